import type { FactClass } from '../../../protocol/facts/classes.ts'
import { type ClassedFacts, parseFacts } from '../../../protocol/facts/inventory.ts'
import { memoryFacts } from '../../../protocol/facts/memory.ts'
import { blankFacts, blankItem } from '../../protocol/facts/blank.ts'
import { makeMachine } from '../machine-facts.ts'
import type { MadeMachine } from '../machine-facts.ts'
import {
  gpuFactsOf,
  neighborsFacts,
  nicFactsOf,
  pciFactsOf,
  storageFactsOf,
  usbFactsOf,
} from './rack-devices.ts'
import { bmcFactsOf, sensorsFactsOf } from './rack-platform.ts'

/** What a hostile vendor writes where the page shows text. */
export const hostileText = '<img src=x onerror="document.title=1"><b>bold</b>'

/**
 * A server of two sockets: 64 cores in two NUMA nodes, 16 DIMM slots of which 12 are filled, two NVMe
 * disks, one of them worn out, and one SATA disk, two 100 Gbit/s ports of which one sits in a slot that
 * is too narrow, two GPUs joined by NVLink, a USB stick.
 */
export function rackMachine(n: number, changes: { readonly serial?: string } = {}): MadeMachine {
  const made = makeMachine(n)
  const digits = n.toString(16).padStart(4, '0')
  const serial = changes.serial ?? made.claims.systemSerial
  const [mac = ''] = made.claims.macs
  const facts: readonly ClassedFacts[] = [
    ...made.facts.filter(({ class: name }) => name === 'firmware'),
    { class: 'system', facts: systemFacts(made.claims.smbiosUuid, serial) },
    { class: 'cpu', facts: cpuFacts },
    { class: 'memory', facts: memoryFactsOf(digits) },
    { class: 'numa', facts: numaFacts },
    { class: 'pci', facts: pciFactsOf() },
    { class: 'gpu', facts: gpuFactsOf(digits) },
    { class: 'nic', facts: nicFactsOf(mac) },
    { class: 'neighbors', facts: neighborsFacts },
    { class: 'storage', facts: storageFactsOf(digits) },
    { class: 'usb', facts: usbFactsOf(hostileText) },
    { class: 'bmc', facts: bmcFactsOf },
    { class: 'sensors', facts: sensorsFactsOf },
    {
      class: 'security',
      facts: parseFacts('security', {
        ...blankFacts('security'),
        secureBoot: true,
        setupMode: false,
        lockdown: 'none',
        iommu: true,
      }),
    },
  ]
  return { claims: { ...made.claims, systemSerial: serial }, facts: ordered(facts) }
}

const order: readonly FactClass[] = ['system', 'firmware', 'cpu', 'memory', 'storage']

/** What the smallest probes find comes first, as in a real boot. */
function ordered(facts: readonly ClassedFacts[]): readonly ClassedFacts[] {
  const place = (name: FactClass) => (order.includes(name) ? order.indexOf(name) : order.length)
  return facts.toSorted((a, b) => place(a.class) - place(b.class))
}

function systemFacts(uuid: string | null, serial: string | null) {
  return parseFacts('system', {
    ...blankFacts('system'),
    smbiosVersion: '3.4',
    uuid,
    manufacturer: 'Nordhaven',
    product: 'Fathom 2260',
    version: 'B1',
    serial,
    baseboard: {
      manufacturer: 'Nordhaven',
      product: 'FB-2260',
      version: null,
      serial: null,
      assetTag: null,
    },
    chassis: {
      type: 'Rack Mount Chassis',
      manufacturer: null,
      version: null,
      serial: null,
      assetTag: 'A-1207',
      sku: null,
    },
  })
}

const threads = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => from + at)
const socketCpus = [
  [...threads(0, 32), ...threads(64, 96)],
  [...threads(32, 64), ...threads(96, 128)],
] as const

const cache = (level: number, type: string, sizeBytes: number, instanceCount: number) => ({
  level,
  type,
  sizeBytes,
  instanceCount,
  lineSizeBytes: 64,
  ways: 8,
})

const cpuFacts = parseFacts('cpu', {
  ...blankFacts('cpu'),
  architecture: 'x86_64',
  x86Level: 4,
  packageCount: 2,
  coreCount: 64,
  threadCount: 128,
  presentCount: 128,
  online: threads(0, 128),
  packages: socketCpus.map((cpus, id) => ({
    id,
    vendor: 'AuthenticAMD',
    model: 'AMD EPYC 9354 32-Core Processor',
    family: 25,
    modelNumber: 17,
    stepping: 1,
    revision: null,
    microcode: '0xa101148',
    coreCount: 32,
    threadCount: 64,
    cpus,
    baseFrequencyHz: 3_250_000_000,
    minFrequencyHz: null,
    maxFrequencyHz: 3_800_000_000,
    caches: [
      cache(1, 'data', 32 * 1024, 32),
      cache(1, 'instruction', 32 * 1024, 32),
      cache(2, 'unified', 2 ** 20, 32),
      cache(3, 'unified', 2 ** 25, 8),
    ],
  })),
  flags: ['sse2', 'avx2', 'avx512f'],
})

function memoryFactsOf(digits: string) {
  const slots = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].flatMap((channel) =>
    [1, 2].map((socket) => ({ locator: `P${socket}-DIMM${channel}1`, channel })),
  )
  const dimms = slots.map(({ locator, channel }, at) => ({
    ...blankItem(memoryFacts.shape.dimms),
    arrayIndex: 0,
    locator,
    ...(channel === 'G' || channel === 'H' ? {} : filledSlot(`DIMM-${digits}-${at}`)),
  }))
  return parseFacts('memory', {
    ...blankFacts('memory'),
    sizeBytes: 811_748_818_944,
    installedSizeBytes: 12 * 64 * 2 ** 30,
    arrays: [
      {
        location: 'System Board Or Motherboard',
        use: 'System Memory',
        errorCorrection: 'Multi-bit ECC',
        maximumCapacityBytes: 4 * 2 ** 40,
        slotCount: 16,
        mappedSizeBytes: null,
      },
    ],
    dimms,
  })
}

function filledSlot(serial: string) {
  return {
    populated: true,
    sizeBytes: 64 * 2 ** 30,
    type: 'DDR5',
    formFactor: 'DIMM',
    totalWidthBits: 80,
    dataWidthBits: 64,
    speedMtPerS: 4800,
    configuredSpeedMtPerS: 4800,
    configuredVoltageVolts: 1.1,
    rankCount: 2,
    manufacturer: 'Samsung',
    partNumber: 'M321R8GA0BB0-CQKZJ',
    serial,
  }
}

const numaFacts = parseFacts('numa', {
  nodes: socketCpus.map((cpus, id) => ({
    id,
    cpus: cpus.toSorted((a, b) => a - b),
    memorySizeBytes: 405_874_409_472,
    distances: id === 0 ? [10, 32] : [32, 10],
    access: [],
    memorySideCaches: [],
    hugepages: [],
  })),
})
