import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodePciFile } from '../../agent/discovery/decode/pci/file.ts'
import type { PciConfigSpace } from '../../protocol/facts/pci-config.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import { capabilityText } from './lspci/conventional.ts'
import { extendedText } from './lspci/extended.ts'
import { lspciFault } from './lspci/faults.ts'
import { regions } from './lspci/head.ts'
import { linesOfReport, linesOfSpace, portTypeOf } from './lspci/report.ts'
import { at } from './lspci/template.ts'
import type { Comparison, Scorer } from './scorer.ts'

const capability = z.object({
  offset: z.string(),
  version: z.string().nullable(),
  name: z.string(),
})
const link = z.object({ speed: z.string(), width: z.string() })
/** What the corpora keep of one function, taken out of lspci's text. */
export const lspciFunction = z
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
  .catchall(z.unknown())
type Peer = z.infer<typeof lspciFunction>

const folder = 'pciutils'

/** Spaces of a dump by slot, with their domain. */
async function spacesOf(name: string): Promise<ReadonlyMap<string, PciConfigSpace>> {
  const dump = new Uint8Array(await readFile(corpusPath(folder, 'dumps', name)))
  return new Map(decodePciFile(dump).functions.map((space) => [space.address ?? '', space]))
}

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
      const found = await spacesOf(name)
      const report = z
        .array(lspciFunction)
        .parse(await corpusJson(`${folder}/oracle`, `${name}.json`))
      for (const peer of report) {
        const machine = `${name} ${peer.slot}`
        const space = found.get(peer.slot.length === 7 ? `0000:${peer.slot}` : peer.slot)
        comparisons.push(...compareFunction(machine, space, peer))
        uncovered.push(...unknownParts(peer).map((field) => `${machine}: ${field}`))
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

/** Every line that `lspci -vvv` prints, flag by flag. */
export const lspciLinesScorer: Scorer = {
  source: 'lspci-vvv',
  peer: 'lspci 3.14.0',
  corpus: folder,
  targetRatio: 0.995,
  async measure() {
    const suffix = '.lspci-n-vvv.txt'
    const names = await corpusNames(`${folder}/oracle`, suffix)
    const comparisons: Comparison[] = []
    for (const name of names) {
      const found = await spacesOf(name)
      const text = await readFile(corpusPath(folder, 'oracle', `${name}${suffix}`), 'utf8')
      for (const [slot, theirs] of linesOfReport(text)) {
        const space = found.get(slot)
        const ours = space === undefined ? new Map<string, string>() : linesOfSpace(space)
        for (const field of new Set([...theirs.keys(), ...ours.keys()])) {
          comparisons.push(
            compared(`${name} ${slot}`, field, ours.get(field) ?? null, theirs.get(field) ?? null),
          )
        }
      }
    }
    return { machineCount: names.length, comparisons, uncovered: [] }
  },
}

function compared(
  machine: string,
  field: string,
  ours: string | null,
  theirs: string | null,
): Comparison {
  const fault = ours === theirs ? undefined : lspciFault(field, ours, theirs)
  return { machine, field, ours, theirs, ...(fault === undefined ? {} : { peerIsWrong: fault }) }
}

const simpleParts = ['cls', 'progif', 'vendor', 'device', 'rev', 'ssvid', 'ssid', 'dsn'] as const
const knownParts: ReadonlySet<string> = new Set([
  ...simpleParts,
  'slot',
  'caps',
  'ext_caps',
  'bus',
  'LnkCap',
  'LnkSta',
  'regions',
])

function unknownParts(peer: Peer): readonly string[] {
  return Object.keys(peer).filter((part) => !knownParts.has(part))
}

function compareFunction(
  machine: string,
  space: PciConfigSpace | undefined,
  peer: Peer,
): readonly Comparison[] {
  if (space === undefined) return [{ machine, field: 'function', ours: null, theirs: peer.slot }]
  const comparisons: Comparison[] = []
  const add: Add = (field, ours, theirs) => comparisons.push(compared(machine, field, ours, theirs))
  const simple: Readonly<Record<(typeof simpleParts)[number], string | null>> = {
    cls: space.classCode.slice(0, 4),
    progif: space.classCode.slice(4),
    vendor: space.vendorId,
    device: space.deviceId,
    rev: space.revision,
    ssvid: space.subsystem?.vendorId ?? null,
    ssid: space.subsystem?.deviceId ?? null,
    dsn: serialOf(space),
  }
  for (const part of simpleParts) {
    const theirs = peer[part]
    if (theirs !== undefined) add(part, simple[part], theirs)
  }
  compareParts(space, peer, add)
  return comparisons
}

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
    // A link without lanes has no speed in the facts; lspci shows what the register holds.
    const express = space.capabilities.find(({ id }) => id === '10')?.fields ?? null
    const held = at(express, 'linkStatus.speedGtPerS')
    add('LnkSta.speed', speed(typeof held === 'number' ? held : null), peer.LnkSta.speed)
  }
  compareCapabilities('capability', space.capabilities, peer.caps ?? [], add, (one) =>
    capabilityText(one, space),
  )
  compareCapabilities('extended', space.extendedCapabilities, peer.ext_caps ?? [], add, (one) =>
    extendedText(one, portTypeOf(space)),
  )
  const lines = new Map(regions(space).map((line) => [line.slice(7).split(':')[0] ?? '', line]))
  for (const [index, theirs] of Object.entries(peer.regions ?? {})) {
    const own = lines.get(index)?.replace(/^Region \d: /, '') ?? null
    add(`head Region ${index}`, own, theirs.replace(/ \[size=.*$/, ''))
  }
}

function compareCapabilities(
  list: string,
  ours: PciConfigSpace['capabilities'],
  theirs: readonly z.infer<typeof capability>[],
  add: Add,
  textOf: (one: PciConfigSpace['capabilities'][number]) => readonly string[],
): void {
  add(`${list} count`, String(ours.length), String(theirs.length))
  for (const [index, peer] of theirs.entries()) {
    const own = ours[index]
    const offset = own === undefined ? null : own.offset.toString(16)
    add(`${list} ${index} offset`, offset, peer.offset.replace(/^0+(?=.)/, ''))
    if (peer.version !== null) {
      const version = own?.version ?? null
      add(`${list} ${index} version`, version === null ? null : String(version), peer.version)
    }
    add(`${list} ${index} name`, own === undefined ? null : (textOf(own)[0] ?? null), peer.name)
  }
}

function serialOf(space: PciConfigSpace): string | null {
  const serial = space.extendedCapabilities.find(({ id }) => id === '0003')?.fields?.['serial']
  return typeof serial === 'string' ? (serial.match(/../g)?.join('-') ?? null) : null
}

function speed(value: number | null): string {
  return value === null ? 'unknown' : `${value}GT/s`
}
