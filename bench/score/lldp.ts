import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodeNeighborFile } from '../../agent/discovery/decode/lldp/capture.ts'
import { cdpTlv, lldpTlv, type NeighborFrame } from '../../protocol/facts/lldp.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { cdpFields } from './tshark/cdp-fields.ts'
import { lldpFields } from './tshark/lldp-fields.ts'
import type { Field } from './tshark/words.ts'

const suffix = '.tshark-4.0.json'

/** Every field tshark prints of LLDP and CDP frames, in two collections of captures. */
export const lldpScorers: readonly Scorer[] = ['lldp-lldpd', 'lldp-tcpdump'].map((folder) => ({
  source: folder,
  peer: 'tshark 4.0.17',
  corpus: folder,
  targetRatio: 0.99,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, suffix)
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      // The oracle's name is the path of the capture, with two underscores for each slash.
      const path = corpusPath(folder, ...name.split('__'))
      const { frames } = decodeNeighborFile(new Uint8Array(await readFile(path)))
      const packets = peerPackets(
        await readFile(corpusPath(`${folder}/oracle`, `${name}${suffix}`), 'utf8'),
      )
      comparisons.push({
        machine: name,
        field: 'frames',
        ours: String(frames.length),
        theirs: String(packets.length),
      })
      for (const [index, fields] of packets.entries()) {
        const frame = frames[index]
        const ours = frame === undefined ? [] : fieldsOf(frame)
        compare(`${name} frame ${index + 1}`, ours, fields, comparisons, uncovered)
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}))

function fieldsOf(frame: NeighborFrame): readonly Field[] {
  if (frame.cdp !== null) return cdpFields(frame.cdp, z.array(cdpTlv).parse(frame.tlvs))
  if (frame.protocol !== 'lldp') return []
  return z.array(lldpTlv).parse(frame.tlvs).flatMap(lldpFields)
}

function compare(
  machine: string,
  ours: readonly Field[],
  theirs: readonly Field[],
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const turns = new Map<string, number>()
  for (const [field, value] of theirs) {
    const turn = turns.get(field) ?? 0
    turns.set(field, turn + 1)
    const own = ours.filter(([name]) => name === field)[turn]?.[1]
    if (own === undefined) uncovered.push(`${machine}: ${field}`)
    else {
      const reason = peerFaults.get(field)
      const [mine, peers] = [plain(own), plain(value)]
      const wrong = reason === undefined || mine === peers ? {} : { peerIsWrong: reason }
      comparisons.push({ machine, field, ours: mine, theirs: peers, ...wrong })
    }
  }
}

/** Fields that the peer reads otherwise than their standard, where the two differ. */
const peerFaults: ReadonlyMap<string, string> = new Map([
  [
    'lldp.ieee.802_3.mdi_power_priority',
    'the priority has two bits, the one above them is PD 4PID (IEEE 802.3-2018 §79.3.2.4, 802.3bt)',
  ],
])

/** tshark shows bytes that are no UTF-8 as it likes, and drops what ends a line. */
function plain(value: string): string {
  return value.replaceAll(/[^\x21-\x7e]+/g, ' ').trim()
}

/**
 * The protocol's fields of each packet in their order. Read line by line: a key that comes twice in
 * one object is two fields, which a JSON parser would make one of.
 */
function peerPackets(text: string): readonly (readonly Field[])[] {
  const packets: Field[][] = []
  for (const line of text.split('\n')) {
    if (/^\s*"_index":/.test(line)) packets.push([])
    const [, name, value] = /^\s*"((?:lldp|cdp)\.[\w.]+)": (".*"),?$/.exec(line) ?? []
    if (
      name === undefined ||
      value === undefined ||
      /(_tree|bad_type|tlv_deprecated|(?:incorrect|excess)_length)$/.test(name)
    )
      continue
    packets.at(-1)?.push([name, z.string().parse(JSON.parse(value))])
  }
  return packets
}
