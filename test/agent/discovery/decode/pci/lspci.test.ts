import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  decodePciConfig,
  type PciConfig,
} from '../../../../../agent/discovery/decode/pci/config.ts'
import { corpusJson, corpusNames, unpacked } from '../../../../../bench/score/corpus.ts'
import { corpusTimeoutMs, describeCorpus } from '../../corpora.ts'

const capability = z.object({
  offset: z.string(),
  version: z.string().nullable(),
  name: z.string(),
})
const linkText = z.object({ speed: z.string(), width: z.string() })
const report = z.array(
  z.object({
    slot: z.string(),
    cls: z.string(),
    vendor: z.string(),
    device: z.string(),
    rev: z.string(),
    progif: z.string(),
    ssvid: z.string().optional(),
    ssid: z.string().optional(),
    caps: z.array(capability),
    ext_caps: z.array(capability),
    LnkCap: linkText.optional(),
    LnkSta: linkText.optional(),
    bus: z.object({ secondary: z.string(), subordinate: z.string() }).optional(),
  }),
)

type Oracle = z.infer<typeof report>[number]

/** lspci's names of the capabilities in this corpus. */
const ids: readonly (readonly [string, string])[] = [
  ['Debug port', '0a'],
  ['Express', '10'],
  ['HyperTransport', '08'],
  ['MSI-X', '11'],
  ['MSI', '05'],
  ['PCI Advanced Features', '13'],
  ['Power Management', '01'],
  ['SATA HBA', '12'],
  ['Subsystem', '0d'],
  ['Vendor Specific Information', '09'],
  ['Vital Product Data', '03'],
]

const extendedIds: readonly (readonly [string, string])[] = [
  ['Access Control Services', '000d'],
  ['Address Translation Service', '000f'],
  ['Advanced Error Reporting', '0001'],
  ['Data Object Exchange', '002e'],
  ['Device 3', '002f'],
  ['Device Serial Number', '0003'],
  ['L1 PM Substates', '001e'],
  ['Latency Tolerance Reporting', '0018'],
  ['Multicast', '0012'],
  ['Page Request Interface', '0013'],
  ['Power Budgeting', '0004'],
  ['Precision Time Measurement', '001f'],
  ['Process Address Space ID', '001b'],
  ['Root Complex Event Collector', '0007'],
  ['Root Complex Link', '0005'],
  ['Secondary PCI Express', '0019'],
  ['Vendor Specific Information', '000b'],
  ['Virtual Channel', '0002'],
]

function theirs(oracle: Oracle) {
  const list = (found: Oracle['caps'], names: typeof ids) =>
    found.map(({ offset, name, version }) => {
      const id = names.find(([start]) => name.startsWith(start))?.[1] ?? name
      return `${id} ${Number.parseInt(offset, 16)} ${version}`
    })
  return {
    ids: `${oracle.vendor} ${oracle.device} ${oracle.cls}${oracle.progif} ${oracle.rev}`,
    subsystem: oracle.ssvid === undefined ? null : `${oracle.ssvid} ${oracle.ssid}`,
    capabilities: list(oracle.caps, ids),
    extendedCapabilities: list(oracle.ext_caps, extendedIds),
    maxLink: linkOf(oracle.LnkCap),
    link: linkOf(oracle.LnkSta),
    bus:
      oracle.bus === undefined
        ? null
        : `${Number.parseInt(oracle.bus.secondary, 16)} ${Number.parseInt(oracle.bus.subordinate, 16)}`,
  }
}

/** lspci shows the speed that a link without lanes had last; there is no speed to be had. */
function linkOf(link: { speed: string; width: string } | undefined): string | null {
  if (link === undefined) return null
  const speed = link.speed === 'unknown' ? null : Number.parseFloat(link.speed)
  return `${link.width} ${link.width === 'x0' ? null : speed}`
}

function ours(config: PciConfig) {
  const { capabilities, extendedCapabilities, subsystem, link, bridge } = config
  const list = (found: PciConfig['capabilities']) =>
    found.map(({ id, offset, version }) => `${id} ${offset} ${version}`)
  return {
    ids: `${config.vendorId} ${config.deviceId} ${config.classCode} ${config.revision}`,
    subsystem: subsystem === null ? null : `${subsystem.vendorId} ${subsystem.deviceId}`,
    capabilities: list(capabilities),
    extendedCapabilities: list(extendedCapabilities),
    maxLink: link === null ? null : `x${link.maxLaneWidth} ${link.maxSpeedGtPerS}`,
    link: link === null ? null : `x${link.laneWidth} ${link.speedGtPerS}`,
    bus: bridge === null ? null : `${bridge.secondaryBus} ${bridge.subordinateBus}`,
  }
}

describeCorpus('pciutils', 'PCI config spaces of real machines', () => {
  test(
    'identity, capabilities, links and buses are those of lspci',
    async () => {
      const names = await corpusNames('pciutils/config', '.tar.xz')
      await using files = await unpacked(
        'pciutils/config',
        names.map((name) => `${name}.tar.xz`),
      )
      let functions = 0
      for (const name of names) {
        for (const oracle of report.parse(await corpusJson('pciutils/oracle', `${name}.json`))) {
          const path = join(files.root, name, oracle.slot, 'config')
          const config = decodePciConfig(new Uint8Array(await readFile(path)))
          expect(ours(config), `${name} ${oracle.slot}`).toEqual(theirs(oracle))
          functions++
        }
      }
      expect(functions).toBe(99)
    },
    corpusTimeoutMs,
  )
})
