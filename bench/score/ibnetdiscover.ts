import { readFile } from 'node:fs/promises'
import type { FabricDump, FabricNode, FabricPort } from '../../protocol/fabric-dump.ts'
import { decodeIbnetdiscover } from '../../protocol/fabric-ibnetdiscover.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'fabric'

/**
 * Every word that the tool prints of a subnet, beside the same words out of what was decoded. What the
 * tool says twice, once at each end of a link, is also held against the other end.
 */
export const ibnetdiscoverScorer: Scorer = {
  source: 'ibnetdiscover',
  peer: 'ibnetdiscover',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(folder, '.out')
    const comparisons: Comparison[] = []
    for (const name of names) {
      const bytes = new Uint8Array(await readFile(corpusPath(folder, `${name}.out`)))
      const dump = decodeIbnetdiscover(bytes)
      const theirs = new TextDecoder().decode(bytes).split('\n').filter(isSaying)
      const ours = printed(dump)
      comparisons.push({
        machine: name,
        field: 'lines',
        ours: String(ours.length),
        theirs: String(theirs.length),
      })
      for (const [index, line] of theirs.entries()) {
        comparisons.push(...compareWords(name, index, line, ours[index] ?? null))
      }
      comparisons.push(...compareEnds(name, dump))
    }
    return { machineCount: names.length, comparisons, uncovered: [] }
  },
}

/** Comments and headings tell nothing but these two, and what stands before a host of Xsigo. */
function isSaying(line: string): boolean {
  if (line.startsWith('#')) return /^# (?:Topology file|Initiated)/.test(line)
  return line.trim() !== '' && line !== 'Non-Chassis Nodes' && !line.startsWith('Hostname: ')
}

const separators = /[\t "[\]()]+/

function compareWords(
  machine: string,
  index: number,
  theirs: string,
  ours: string | null,
): readonly Comparison[] {
  const own = ours?.trimEnd().split(separators) ?? []
  return theirs
    .trimEnd()
    .replace(/ \(scp\)$| slot \d+$/, '')
    .split(separators)
    .map((word, at) => ({
      machine,
      field: `line ${index + 1} word ${at + 1}`,
      ours: own[at] ?? null,
      theirs: word,
    }))
}

/** The decoded subnet as the tool prints it. */
function printed(dump: FabricDump): readonly string[] {
  const { generatedAt, initiatedFrom, nodes } = dump
  return [
    ...(generatedAt === null ? [] : [`# Topology file: generated on ${generatedAt}`]),
    ...(initiatedFrom === null
      ? []
      : [`# Initiated from node ${initiatedFrom.nodeGuid} port ${initiatedFrom.portGuid}`]),
    ...nodes.flatMap((node, index) => [
      ...boxBefore(dump, index),
      ...headOf(node),
      ...node.ports.map((port) => portOf(node, port)),
    ]),
  ]
}

/** A box is named before the first of its nodes. */
function boxBefore({ nodes, chassis }: FabricDump, index: number): readonly string[] {
  const number = nodes[index]?.chassis?.number
  const box = chassis.find((one) => one.number === number)
  if (box === undefined || nodes.findIndex((node) => node.chassis?.number === number) < index) {
    return []
  }
  return [`Chassis ${box.number}${box.guid === null ? '' : ` (guid 0x${short(box.guid)})`}`]
}

const words = { switch: 'Switch', adapter: 'Ca', router: 'Rt' } as const
const letters = { switch: 'S', adapter: 'H', router: 'R' } as const
const guidWords = { switch: 'switchguid', adapter: 'caguid', router: 'rtguid' } as const

function headOf(node: FabricNode): readonly string[] {
  const { kind, guid, portGuid, systemImageGuid, description, managementPort, chassis } = node
  const name = chassis?.name ?? null
  const box =
    chassis === null ? '' : `\t\t# Chassis ${chassis.number}${name === null ? '' : ` (${name})`}`
  const image = systemImageGuid === null ? '' : `sysimgguid=0x${short(systemImageGuid)}`
  const own = portGuid === null ? '' : `(${short(portGuid)})`
  const management =
    managementPort === null
      ? ''
      : ` ${managementPort.enhanced ? 'enhanced' : 'base'} port 0 lid ${managementPort.lid} lmc ${managementPort.lmc}`
  return [
    `vendid=0x${short(node.vendorId ?? '')}`,
    `devid=0x${short(node.deviceId ?? '')}`,
    ...(image + box === '' ? [] : [image + box]),
    `${guidWords[kind]}=0x${short(guid)}${own}\t# ${chassis?.place ?? ''}`.replace(/\t# $/, ''),
    `${words[kind]}\t${node.portCount} "${letters[kind]}-${guid}"\t\t# "${description}"${management}`,
  ]
}

function portOf({ kind }: FabricNode, port: FabricPort): string {
  const { number, guid, peer, lid, lmc } = port
  const own = guid === null ? '' : `(${short(guid)})`
  const at = peer.portGuid === null ? '' : `(${short(peer.portGuid)})`
  const place = externalOf(port.externalNumber)
  const farPlace = externalOf(peer.externalNumber)
  const local = kind === 'switch' ? '' : `lid ${lid} lmc ${lmc} `
  const lanes = port.laneWidth === null ? '??' : `${port.laneWidth}x`
  const { fields } = port
  const full =
    fields === null ? '' : ` s=${fields.speed} w=${fields.width} v=${fields.vlCapability}`
  return (
    `[${number}]${place}${own} \t"${letters[peer.kind]}-${peer.guid}"[${peer.port}]${farPlace}${at} ` +
    `\t\t# ${local}"${peer.description}" lid ${peer.lid} ${lanes}${port.speed ?? '???'}${full}`
  )
}

function externalOf(number: number | null): string {
  return number === null ? '' : `[ext ${number}]`
}

/** Without the zeros before it, as `%x` prints it. */
function short(digits: string): string {
  return digits.replace(/^0+(?=.)/, '')
}

/** Each link from both of its ends; a node that the text leaves out has none. */
function compareEnds(machine: string, { nodes }: FabricDump): readonly Comparison[] {
  const byGuid = new Map(nodes.map((node) => [node.guid, node]))
  return nodes.flatMap((node) =>
    node.ports.flatMap((port) => {
      if (!byGuid.has(port.peer.guid)) return []
      const { peer } = port
      const far = byGuid.get(peer.guid)?.ports.find(({ number }) => number === peer.port)
      return {
        machine,
        field: `${node.guid} port ${port.number} from the other end`,
        ours:
          far === undefined
            ? null
            : `${far.peer.guid} ${far.peer.port} ${far.laneWidth}x${far.speed}`,
        theirs: `${node.guid} ${port.number} ${port.laneWidth}x${port.speed}`,
      }
    }),
  )
}
