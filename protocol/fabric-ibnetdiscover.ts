import { DecodeError } from './errors.ts'
import type { Finding } from './facts/finding.ts'
import type { FabricDump, FabricNode, FabricPort } from './fabric-dump.ts'

/** Longer lines are none of the tool: a description has 64 bytes, and name maps have short names. */
const maxLineLength = 2048
/** The largest subnet has 49,151 local ids (InfiniBand Architecture 1.4 §4.1.3). */
const maxNodes = 100_000
const maxFindings = 100

/**
 * The topology that `ibnetdiscover` prints, also with `--grouping` and `--full`. Lines that are none
 * of it become findings; throws for a text without a node in it.
 */
export function decodeIbnetdiscover(file: Uint8Array): FabricDump {
  const reader = new Reader()
  let lineNumber = 0
  for (const line of linesOf(file)) reader.take(line, ++lineNumber)
  return reader.end()
}

/** Lines of a text without making one string of all. */
function* linesOf(file: Uint8Array): Generator<string> {
  const decoder = new TextDecoder()
  for (let at = 0; at < file.length;) {
    const found = file.indexOf(0x0a, at)
    const end = found < 0 ? file.length : found
    yield decoder.decode(file.subarray(at, end)).replace(/\r$/, '')
    at = end + 1
  }
}

/** What is said of a node before its own line. */
interface Heading {
  vendorId: string | null
  deviceId: string | null
  systemImageGuid: string | null
  portGuid: string | null
  chassis: FabricNode['chassis']
}

interface OpenNode {
  readonly node: Omit<FabricNode, 'ports'>
  readonly ports: FabricPort[]
}

const blank: Heading = {
  vendorId: null,
  deviceId: null,
  systemImageGuid: null,
  portGuid: null,
  chassis: null,
}

class Reader {
  readonly #nodes: OpenNode[] = []
  readonly #chassis: { readonly number: number; readonly guid: string | null }[] = []
  readonly #findings: Finding[] = []
  #generatedAt: string | null = null
  #initiatedFrom: FabricDump['initiatedFrom'] = null
  #heading: Heading = { ...blank }
  #otherForm: string | null = null

  take(text: string, lineNumber: number): void {
    // A manual page, and who pastes one, sets the lines in.
    const line = text.trim()
    if (line === '' || line === 'Non-Chassis Nodes') return
    if (line.length > maxLineLength) return this.#refuse(lineNumber, 'is too long')
    if (line.startsWith('[')) return this.#takePort(line, lineNumber)
    if (line.startsWith('#')) return this.#takeComment(line)
    if (!this.#takeHeading(line) && !this.#takeNode(line)) {
      this.#otherForm ??= otherFormOf(line)
      this.#refuse(lineNumber, `'${line.slice(0, 80)}' is no line of ibnetdiscover`)
    }
  }

  end(): FabricDump {
    if (this.#nodes.length === 0) {
      const form = this.#otherForm
      throw new DecodeError(
        form === null
          ? 'Cannot read fabric: the text has no node of ibnetdiscover in it'
          : `Cannot read fabric: this is ${form}, which does not tell the topology; ` +
              'want what ibnetdiscover prints without such an option',
      )
    }
    return {
      generatedAt: this.#generatedAt,
      initiatedFrom: this.#initiatedFrom,
      chassis: this.#chassis,
      nodes: this.#nodes.map(({ node, ports }) => ({ ...node, ports })),
      findings: this.#findings,
    }
  }

  #takeComment(line: string): void {
    const generated = /^# Topology file: generated on (.{1,64})$/.exec(line)
    if (generated !== null) this.#generatedAt = generated[1] ?? null
    const from = /^# Initiated from node ([0-9a-f]{1,16}) port ([0-9a-f]{1,16})$/.exec(line)
    if (from === null) return
    this.#initiatedFrom = { nodeGuid: padded(from[1]), portGuid: padded(from[2]) }
  }

  /** `vendid=0x2c9` and its like, before the node's own line. */
  #takeHeading(line: string): boolean {
    const box = /^Chassis (\d{1,9})(?: \(guid 0x([0-9a-f]{1,16})\))?$/.exec(line)
    if (box !== null) {
      this.#chassis.push({
        number: Number(box[1]),
        guid: box[2] === undefined ? null : padded(box[2]),
      })
      return true
    }
    if (line.startsWith('Hostname: ')) return true
    const field =
      /^(vendid|devid|sysimgguid|switchguid|caguid|rtguid)=0x([0-9a-f]{1,16})(.*)$/.exec(line)
    if (field === null) return false
    const [, name, value = '', rest = ''] = field
    switch (name) {
      case 'vendid':
        // The first of a node: what was said before and had no node is forgotten.
        this.#heading = { ...blank, vendorId: value.padStart(6, '0').slice(-6) }
        break
      case 'devid':
        this.#heading.deviceId = value.padStart(4, '0').slice(-4)
        break
      case 'sysimgguid':
        this.#heading.systemImageGuid = padded(value)
        this.#heading.chassis = chassisIn(rest)
        break
      case 'switchguid': {
        const [, own, place = ''] = /^\(([0-9a-f]{1,16})\)(?:\s+# (.*))?$/.exec(rest) ?? []
        this.#heading.portGuid = own === undefined ? null : padded(own)
        const { chassis } = this.#heading
        if (chassis !== null) this.#heading.chassis = { ...chassis, place: place.trim() || null }
        break
      }
      default:
    }
    return true
  }

  #takeNode(line: string): boolean {
    const found =
      /^(Switch|Ca|Rt)\s+(\d{1,3}) "[SHR?]-([0-9a-f]{1,16})"\s+# "(.*)"(?: (enhanced|base) port 0 lid (\d{1,9}) lmc (\d))?(?: \(scp\))?$/.exec(
        line,
      )
    if (found === null) return false
    const [, word, ports, guid, description = '', smart, lid, lmc] = found
    const heading = this.#heading
    this.#heading = { ...blank }
    if (this.#nodes.length >= maxNodes) {
      throw new DecodeError(`Cannot read fabric: it has more than ${maxNodes} nodes`)
    }
    this.#nodes.push({
      node: {
        kind: word === 'Switch' ? 'switch' : word === 'Ca' ? 'adapter' : 'router',
        guid: padded(guid),
        systemImageGuid: heading.systemImageGuid,
        portGuid: heading.portGuid,
        vendorId: heading.vendorId,
        deviceId: heading.deviceId,
        portCount: Number(ports),
        description,
        managementPort:
          smart === undefined
            ? null
            : { enhanced: smart === 'enhanced', lid: Number(lid), lmc: Number(lmc) },
        chassis: heading.chassis,
      },
      ports: [],
    })
    return true
  }

  /** `[1](guid) <tab> "S-guid"[17] <tab><tab># ...`, from both sides of a link. */
  #takePort(line: string, lineNumber: number): void {
    const found =
      /^\[(\d{1,3})\](?:\[ext (\d{1,4})\])?(?:\(([0-9a-f]{1,16})\))?\s+"([SHR])-([0-9a-f]{1,16})"\[(\d{1,3})\](?:\[ext (\d{1,4})\])?(?: ?\(([0-9a-f]{1,16})\))?\s+# (.*)$/.exec(
        line,
      )
    const said = found === null ? null : saidOf(found[9] ?? '')
    const open = this.#nodes.at(-1)
    if (found === null || said === null || open === undefined) {
      return this.#refuse(lineNumber, `'${line.slice(0, 80)}' is no port of ibnetdiscover`)
    }
    if (open.ports.length >= open.node.portCount) {
      return this.#refuse(lineNumber, `${open.node.guid} has more ports than it says`)
    }
    const [, number, external, own, letter, peer, port, peerExternal, peerGuid] = found
    const { laneWidth, speed, fields } = said
    open.ports.push({
      number: Number(number),
      guid: own === undefined ? null : padded(own),
      externalNumber: external === undefined ? null : Number(external),
      lid: said.lid,
      lmc: said.lmc,
      peer: {
        kind: letter === 'S' ? 'switch' : letter === 'H' ? 'adapter' : 'router',
        guid: padded(peer),
        port: Number(port),
        portGuid: peerGuid === undefined ? null : padded(peerGuid),
        externalNumber: peerExternal === undefined ? null : Number(peerExternal),
        description: said.description,
        lid: said.peerLid,
      },
      laneWidth,
      speed,
      linkSpeedBitsPerSecond: speedOf(laneWidth, speed),
      fields,
    })
  }

  #refuse(lineNumber: number, what: string): void {
    if (this.#findings.length >= maxFindings) return
    this.#findings.push({
      code: 'fabric.unreadable-line',
      severity: 'warning',
      subject: `line ${lineNumber}`,
      message: `Line ${lineNumber} ${what}`,
    })
  }
}

/** What a line is of that the tool and its siblings print with other options. */
const otherForms: readonly (readonly [form: string, line: RegExp])[] = [
  [
    'a list of nodes (--list, -S, -H, -R)',
    /^(?:Switch|Ca|Router|\?\?\?)\s+: 0x[0-9a-f]{16} ports /,
  ],
  ['a report of ports (--ports)', /^\s*(?:SW|CA|RT|\?\?)\s+\d+\s+\d+ 0x[0-9a-f]{16} /],
  ['a comparison (--diff)', /^[<>] (?:vendid=|devid=|Switch|Ca|Rt|\[)/],
  ['the output of iblinkinfo', /^(?:CA|Switch|Router): /],
  // It begins with 2b 83 e7 8f, which is no text after its first letter.
  ['a cache of ibnetdiscover (--cache)', /^\+\ufffd{2}/],
]

function otherFormOf(line: string): string | null {
  return otherForms.find(([, form]) => form.test(line))?.[0] ?? null
}

/** What stands behind the `#` of a port: of a switch's port without, of the others with their lid. */
function saidOf(text: string) {
  const found =
    /^(?:lid (\d{1,9}) lmc (\d) )?"(.*)" lid (\d{1,9})(?: (\?\?|\d{1,2}x)(\?\?\?|[A-Z]{3}\d{0,3}))?(?: s=(\d{1,9}) w=(\d{1,9}) v=(\d{1,9}))?(?: slot \d{1,9}| \(scp\))?$/.exec(
      text,
    )
  if (found === null) return null
  const [, lid, lmc, description = '', peerLid, width = '??', speed = '???', s, w, v] = found
  return {
    lid: lid === undefined ? null : Number(lid),
    lmc: lmc === undefined ? null : Number(lmc),
    description,
    peerLid: Number(peerLid),
    laneWidth: width === '??' ? null : Number.parseInt(width, 10),
    speed: speed === '???' ? null : speed,
    fields:
      s === undefined ? null : { speed: Number(s), width: Number(w), vlCapability: Number(v) },
  }
}

/** `<tab><tab># Chassis 1 (name) slot 3`. */
function chassisIn(text: string): FabricNode['chassis'] {
  const found = /^\s+# Chassis (\d{1,9})(?: \((.{0,256})\))?(?: slot \d{1,9})?$/.exec(text)
  return found === null ? null : { number: Number(found[1]), name: found[2] ?? null, place: null }
}

/** Rate of a lane as it is sold (InfiniBand Trade Association roadmap), bit/s. */
const laneSpeeds: ReadonlyMap<string, number> = new Map([
  ['SDR', 2.5e9],
  ['DDR', 5e9],
  ['QDR', 10e9],
  ['FDR10', 10e9],
  ['FDR', 14e9],
  ['EDR', 25e9],
  ['HDR', 50e9],
  ['NDR', 100e9],
  ['XDR', 200e9],
])

function speedOf(laneWidth: number | null, speed: string | null): number | null {
  const lane = laneSpeeds.get(speed ?? '')
  return lane === undefined || laneWidth === null ? null : lane * laneWidth
}

function padded(digits = ''): string {
  return digits.padStart(16, '0')
}
