import type { PciConfigSpace } from '../../protocol/facts/pci-config.ts'
import type { PciDetails } from '../../protocol/facts/pci-details.ts'
import type { Host } from '../host.ts'
import { detailsOfSpace, type FunctionDetails } from './decode/pci/details.ts'
import { parseErrorCounts, parsePciResources } from './decode/pci/resources.ts'
import { paths } from './paths.ts'
import type { PciFunctionReading } from './pci-function.ts'
import { all } from './probe.ts'
import { attribute } from './sysfs.ts'

/** What the kernel and the config space tell of one physical function beyond what all have. */
export async function readPciDetails(
  host: Host,
  { facts, space }: PciFunctionReading,
): Promise<FunctionDetails> {
  const { address } = facts
  const folder = `${paths.pci}/${address}`
  const own = space === null ? {} : detailsOfSpace(address, space)
  const [regions, errorCounts, lowPower, resets, protocols] = await Promise.all([
    readRegions(host, folder, address),
    readErrors(host, folder, address),
    readPower(host, folder, address),
    readResets(host, folder, address, space),
    host.list(`${folder}/doe_features`),
  ])
  const features = protocols.filter((name) => /^[0-9a-f]{4}:[0-9a-f]{2}$/.test(name))
  return {
    ...own,
    regions,
    errorCounts,
    lowPower,
    resets,
    dataObjectExchange: (own.dataObjectExchange ?? []).map((one) => ({
      ...one,
      protocols: features,
    })),
  }
}

/** Joins the rows of all functions, in the order of the functions. */
export function joinDetails(rows: readonly FunctionDetails[]): PciDetails {
  const of = <T>(select: (one: FunctionDetails) => readonly T[] | undefined) =>
    rows.flatMap((one) => select(one) ?? [])
  return {
    regions: of((one) => one.regions),
    resizableRegions: of((one) => one.resizableRegions),
    payloads: of((one) => one.payloads),
    serials: of((one) => one.serials),
    interrupts: of((one) => one.interrupts),
    virtualization: of((one) => one.virtualization),
    accessControls: of((one) => one.accessControls),
    containment: of((one) => one.containment),
    errorCounts: of((one) => one.errorCounts),
    lowPower: of((one) => one.lowPower),
    resets: of((one) => one.resets),
    cxl: of((one) => one.cxl),
    dataObjectExchange: of((one) => one.dataObjectExchange),
    encryption: of((one) => one.encryption),
  }
}

/** Smaller ones tell nothing of a device, and there are thousands. */
const leastRegionBytes = 1024 * 1024

async function readRegions(host: Host, folder: string, address: string) {
  const text = await attribute(host, `${folder}/resource`)
  const resources = text === null ? [] : parsePciResources(text)
  return resources
    .filter(({ index, sizeBytes }) => index <= 6 && sizeBytes >= leastRegionBytes)
    .map(({ index, kind, sizeBytes, prefetchable, widthBits }) => ({
      address,
      index,
      kind,
      sizeBytes,
      prefetchable,
      widthBits,
    }))
}

const severities = [
  ['correctable', 'aer_dev_correctable'],
  ['non-fatal', 'aer_dev_nonfatal'],
  ['fatal', 'aer_dev_fatal'],
] as const

async function readErrors(host: Host, folder: string, address: string) {
  const found = await all(severities, async ([severity, name]) => {
    const text = await attribute(host, `${folder}/${name}`)
    return { address, severity, counts: text === null ? {} : parseErrorCounts(text) }
  })
  return found.filter(({ counts }) => Object.keys(counts).length > 0)
}

const states = { D1: 'd1', D2: 'd2', D3hot: 'd3hot', D3cold: 'd3cold' } as const

/** Only the kernel can tell: a function that sleeps deeply has no config space to read. */
async function readPower(host: Host, folder: string, address: string) {
  const text = await attribute(host, `${folder}/power_state`)
  const state = Object.entries(states).find(([name]) => name === text)?.[1]
  return state === undefined ? [] : [{ address, state }]
}

async function readResets(
  host: Host,
  folder: string,
  address: string,
  space: PciConfigSpace | null,
) {
  // Those of bridges reset what is below them, and nobody hands out parts of the chipset.
  if (space?.headerType !== 0 || space.link === null) return []
  const text = await attribute(host, `${folder}/reset_method`)
  return text === null ? [] : [{ address, methods: text.split(/\s+/) }]
}
