import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodePciFile } from '../../agent/discovery/decode/pci/file.ts'
import type { PciConfigSpace } from '../../protocol/facts/pci-config.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import { capabilityTitle, extendedTitle } from './lspci/titles.ts'
import type { Comparison, Scorer } from './scorer.ts'

const capability = z.object({
  offset: z.string(),
  version: z.string().nullable(),
  name: z.string(),
})
const link = z.object({ speed: z.string(), width: z.string() })
const report = z.array(
  z
    .object({
      slot: z.string(),
      cls: z.string(),
      vendor: z.string(),
      device: z.string(),
      rev: z.string(),
      progif: z.string(),
      ssvid: z.string(),
      ssid: z.string(),
      dsn: z.string(),
      caps: z.array(capability),
      ext_caps: z.array(capability),
      bus: z.record(z.string(), z.string()),
      LnkCap: link,
      LnkSta: link,
      regions: z.record(z.string(), z.string()),
    })
    .partial()
    .required({ slot: true })
    .catchall(z.unknown()),
)
type Peer = z.infer<typeof report>[number]

const folder = 'pciutils'

/** Ids, classes, buses, regions, capabilities and links as lspci prints them. */
export const lspciScorer: Scorer = {
  source: 'lspci',
  peer: 'lspci 3.14.0',
  corpus: folder,
  targetRatio: 0.995,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, '.json')
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const dump = new Uint8Array(await readFile(corpusPath(folder, 'dumps', name)))
      const found = new Map(
        decodePciFile(dump).functions.map((space) => [space.address ?? '', space]),
      )
      for (const peer of report.parse(await corpusJson(`${folder}/oracle`, `${name}.json`))) {
        const space = found.get(peer.slot) ?? found.get(peer.slot.replace(/^0000:/, ''))
        compareFunction(`${name} ${peer.slot}`, space, peer, comparisons, uncovered)
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

function compareFunction(
  machine: string,
  space: PciConfigSpace | undefined,
  peer: Peer,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const add = (field: string, ours: string | null, theirs: string | null) =>
    comparisons.push({ machine, field, ours, theirs })
  if (space === undefined) {
    add('function', null, peer.slot)
    return
  }
  const simple: Readonly<Record<string, string | null>> = {
    cls: space.classCode.slice(0, 4),
    progif: space.classCode.slice(4),
    vendor: space.vendorId,
    device: space.deviceId,
    rev: space.revision,
    ssvid: space.subsystem?.vendorId ?? null,
    ssid: space.subsystem?.deviceId ?? null,
    dsn: serialOf(space),
  }
  for (const [field, theirs] of Object.entries(peer)) {
    if (field === 'slot') continue
    if (field in simple) add(field, simple[field] ?? null, z.string().parse(theirs))
    else if (!knownParts.has(field)) uncovered.push(`${machine}: ${field}`)
  }
  compareParts(space, peer, add)
}

const knownParts: ReadonlySet<string> = new Set([
  'caps',
  'ext_caps',
  'bus',
  'LnkCap',
  'LnkSta',
  'regions',
])

type Add = (field: string, ours: string | null, theirs: string | null) => void

function compareParts(space: PciConfigSpace, peer: Peer, add: Add): void {
  const { link: ours, bridge } = space
  if (peer.bus !== undefined) {
    const bus = (number: number | undefined) => number?.toString(16).padStart(2, '0') ?? null
    add('bus.primary', bus(bridge?.primaryBus), peer.bus['primary'] ?? null)
    add('bus.secondary', bus(bridge?.secondaryBus), peer.bus['secondary'] ?? null)
    add('bus.subordinate', bus(bridge?.subordinateBus), peer.bus['subordinate'] ?? null)
  }
  if (peer.LnkCap !== undefined) {
    add('LnkCap.speed', speed(ours?.maxSpeedGtPerS ?? null), peer.LnkCap.speed)
    add('LnkCap.width', ours === null ? null : `x${ours.maxLaneWidth}`, peer.LnkCap.width)
  }
  if (peer.LnkSta !== undefined) {
    add('LnkSta.width', ours === null ? null : `x${ours.laneWidth}`, peer.LnkSta.width)
    // A link without lanes has no speed; lspci shows the one it had last.
    if (ours?.laneWidth !== 0)
      add('LnkSta.speed', speed(ours?.speedGtPerS ?? null), peer.LnkSta.speed)
  }
  compareCapabilities('capability', space.capabilities, peer.caps ?? [], add, (one) =>
    capabilityTitle(one, space.vendorId),
  )
  compareCapabilities('extended', space.extendedCapabilities, peer.ext_caps ?? [], add, (one) =>
    extendedTitle(one),
  )
  for (const [index, theirs] of Object.entries(peer.regions ?? {})) {
    const found = space.baseAddresses.find((one) => one.index === Number(index))
    add(`region ${index}`, found === undefined ? null : region(found), theirs.replace(/ \[.*$/, ''))
  }
}

function compareCapabilities(
  list: string,
  ours: PciConfigSpace['capabilities'],
  theirs: readonly z.infer<typeof capability>[],
  add: Add,
  titleOf: (one: PciConfigSpace['capabilities'][number]) => string,
): void {
  add(`${list} count`, String(ours.length), String(theirs.length))
  for (const [index, peer] of theirs.entries()) {
    const own = ours[index]
    add(
      `${list} ${index} offset`,
      own === undefined ? null : own.offset.toString(16),
      peer.offset.replace(/^0+(?=.)/, ''),
    )
    if (peer.version !== null) {
      add(
        `${list} ${index} version`,
        own?.version === null ? null : String(own?.version),
        peer.version,
      )
    }
    // lspci goes on with parts that the head of the capability does not tell.
    const title = own === undefined ? null : titleOf(own)
    const head = title !== null && peer.name.startsWith(title) ? title : peer.name
    add(`${list} ${index} name`, title, head)
  }
}

function serialOf(space: PciConfigSpace): string | null {
  const serial = space.extendedCapabilities.find(({ id }) => id === '0003')?.fields?.['serial']
  return typeof serial === 'string' ? (serial.match(/../g)?.join('-') ?? null) : null
}

function speed(value: number | null): string {
  return value === null ? 'unknown' : `${value}GT/s`
}

function region({
  kind,
  address,
  widthBits,
  prefetchable,
}: PciConfigSpace['baseAddresses'][number]) {
  const digits = address.slice(2)
  if (kind === 'io') return `I/O ports at ${digits.padStart(4, '0')}`
  const width = widthBits === 20 ? 'low-1M' : `${widthBits}-bit`
  return `Memory at ${digits.padStart(8, '0')} (${width}, ${prefetchable ? '' : 'non-'}prefetchable)`
}
