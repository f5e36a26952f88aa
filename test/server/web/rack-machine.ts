import type { BenchmarkResult } from '../../../protocol/benchmarks.ts'
import type { FactClass } from '../../../protocol/facts/classes.ts'
import { parseFacts } from '../../../protocol/facts/inventory.ts'
import type { ClassedFacts } from '../../../protocol/facts/inventory.ts'
import { pciDetails } from '../../../protocol/facts/pci-details.ts'
import { makeDisk, makeMachine } from '../machine-facts.ts'
import type { MadeMachine } from '../machine-facts.ts'

/** What a hostile vendor writes where the page shows text. */
export const hostileText = '<img src=x onerror="document.title=1"><b>bold</b>'

/**
 * A server of two sockets: 64 cores in two NUMA nodes, 16 DIMM slots of which 12 are filled, two NVMe
 * disks and one SATA disk, two 100 Gbit/s ports of which one sits in a slot that is too narrow, two
 * GPUs, a USB stick.
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
    { class: 'memory', facts: memoryFacts(digits) },
    { class: 'numa', facts: numaFacts },
    { class: 'pci', facts: pciFacts },
    { class: 'gpu', facts: gpuFacts },
    { class: 'nic', facts: nicFacts(mac) },
    { class: 'storage', facts: storageFacts(digits) },
    { class: 'usb', facts: usbFacts },
    {
      class: 'security',
      facts: { secureBoot: true, setupMode: false, lockdown: 'none', iommu: true },
    },
  ]
  return { claims: { ...made.claims, systemSerial: serial }, facts: ordered(facts) }
}

/** Figures of such a machine; `factor` makes one slower or faster than its peers. */
export function rackResults(factor = 1): readonly BenchmarkResult[] {
  return [
    result('cpu.clock/1', 'machine', 'effectiveClock', 3.4e9 * factor, 'Hz', 0.002),
    result('cpu.fma/1', 'machine', 'doubleFlops', 2.9e12 * factor, 'FLOP/s', 0.006),
    result('memory.triad/1', 'machine', 'triadRead2Write1', 412e9 * factor, 'B/s', 0.011),
    result('memory.latency/1', 'node:0', 'latencyMemory', 96e-9 / factor, 's', 0.02),
    result('memory.latency/1', 'node:1', 'latencyMemory', 99e-9 / factor, 's', 0.055),
    result('disk.read/1', 'disk:NVME', 'sequential1MiB', 6.8e9 * factor, 'B/s', 0.017),
  ]
}

const order: readonly FactClass[] = ['system', 'firmware', 'cpu', 'memory', 'storage']

/** What the smallest probes find comes first, as in a real boot. */
function ordered(facts: readonly ClassedFacts[]): readonly ClassedFacts[] {
  const place = (name: FactClass) => (order.includes(name) ? order.indexOf(name) : order.length)
  return facts.toSorted((a, b) => place(a.class) - place(b.class))
}

function systemFacts(uuid: string | null, serial: string | null) {
  return parseFacts('system', {
    smbiosVersion: '3.4',
    uuid,
    manufacturer: 'Nordhaven',
    product: 'Fathom 2260',
    version: 'B1',
    serial,
    sku: null,
    family: null,
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
    hypervisor: null,
  })
}

const threads = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => from + at)
const socketCpus = [
  [...threads(0, 32), ...threads(64, 96)],
  [...threads(32, 64), ...threads(96, 128)],
] as const

const cpuFacts = parseFacts('cpu', {
  architecture: 'x86_64',
  x86Level: 4,
  packageCount: 2,
  coreCount: 64,
  threadCount: 128,
  presentCount: 128,
  online: threads(0, 128),
  offline: [],
  topology: [],
  cacheInstances: [],
  kinds: [],
  vulnerabilities: [],
  smtControl: null,
  smtActive: null,
  virtualization: null,
  physicalAddressBits: null,
  virtualAddressBits: null,
  frequencyBoost: null,
  packages: socketCpus.map((cpus, id) => ({
    id,
    vendor: 'AuthenticAMD',
    model: 'AMD EPYC 9354 32-Core Processor',
    family: 25,
    modelNumber: 17,
    stepping: 1,
    microcode: '0xa101148',
    coreCount: 32,
    threadCount: 64,
    cpus,
    baseFrequencyHz: 3_250_000_000,
    minFrequencyHz: null,
    maxFrequencyHz: 3_800_000_000,
    caches: [],
  })),
  sockets: [],
  flags: ['sse2', 'avx2', 'avx512f'],
})

function memoryFacts(digits: string) {
  const slots = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].flatMap((channel) =>
    [1, 2].map((socket) => ({ locator: `P${socket}-DIMM${channel}1`, channel })),
  )
  const dimms = slots.map(({ locator, channel }, at) => {
    const populated = channel !== 'G' && channel !== 'H'
    const held = <T>(value: T) => (populated ? value : null)
    return {
      arrayIndex: 0,
      locator,
      bankLocator: null,
      populated,
      sizeBytes: held(64 * 2 ** 30),
      type: held('DDR5'),
      formFactor: held('DIMM'),
      details: [],
      totalWidthBits: held(80),
      dataWidthBits: held(64),
      speedMtPerS: held(4800),
      configuredSpeedMtPerS: held(4800),
      configuredVoltageVolts: held(1.1),
      rankCount: held(2),
      manufacturer: held('Samsung'),
      partNumber: held('M321R8GA0BB0-CQKZJ'),
      serial: held(`DIMM-${digits}-${at}`),
      assetTag: null,
    }
  })
  return parseFacts('memory', {
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
    hugepages: [],
  })
}

const numaFacts = parseFacts('numa', {
  nodes: socketCpus.map((cpus, id) => ({
    id,
    cpus: cpus.toSorted((a, b) => a - b),
    memorySizeBytes: 405_874_409_472,
    distances: id === 0 ? [10, 32] : [32, 10],
  })),
})

const gen4 = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 }
const gen5 = { maxSpeedGtPerS: 32, speedGtPerS: 32, maxLaneWidth: 16, laneWidth: 16 }
const nvmeLink = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 4, laneWidth: 4 }

const pciFacts = parseFacts('pci', {
  details: Object.fromEntries(Object.keys(pciDetails.shape).map((name) => [name, []])),
  functions: [
    pciFunction('0000:01:00.0', '010802', nvmeLink, 0),
    pciFunction('0000:81:00.0', '010802', nvmeLink, 1),
    pciFunction('0000:41:00.0', '020000', gen4, 0),
    pciFunction('0000:c1:00.0', '020000', { ...gen4, laneWidth: 8 }, 1),
  ],
})

function pciFunction(address: string, classCode: string, link: typeof gen4, numaNode: number) {
  return {
    address,
    parentAddress: null,
    vendorId: '15b3',
    deviceId: '101d',
    subsystemVendorId: null,
    subsystemDeviceId: null,
    classCode,
    revision: '00',
    headerType: 0,
    bridge: null,
    driver: null,
    numaNode,
    iommuGroup: null,
    link,
    capabilityIds: [],
    extendedCapabilityIds: [],
    slot: null,
    physicalFunction: null,
  }
}

const gpuFacts = parseFacts('gpu', {
  gpus: [0, 1].map((node) => ({
    address: node === 0 ? '0000:21:00.0' : '0000:a1:00.0',
    kind: 'gpu',
    vendorId: '10de',
    deviceId: '2331',
    subsystemVendorId: null,
    subsystemDeviceId: null,
    classCode: '030200',
    revision: 'a1',
    driver: null,
    link: gen5,
    numaNode: node,
    model: 'NVIDIA H100 PCIe',
    memorySizeBytes: 80 * 2 ** 30,
    memorySource: 'model',
    largestBarBytes: null,
    formFactor: null,
    management: null,
  })),
  driverVersion: null,
  runtimeVersion: null,
  switches: [],
  baseBoard: null,
  paths: null,
  kfd: null,
})

function nicFacts(mac: string) {
  return parseFacts('nic', {
    interfaces: [0, 1].map((node) => ({
      name: node === 0 ? 'ens1np0' : 'ens2np0',
      mac: node === 0 ? mac : mac.replace(/^52:54/, '52:56'),
      macAssignment: 'permanent',
      linkType: 'ethernet',
      linkTypeCode: 1,
      driver: 'mlx5_core',
      pciAddress: node === 0 ? '0000:41:00.0' : '0000:c1:00.0',
      usbPath: null,
      numaNode: node,
      portIndex: 0,
      physicalPortName: 'p0',
      operationalState: 'up',
      carrier: true,
      linkSpeedBitsPerSecond: 100_000_000_000,
      duplex: 'full',
      mtuBytes: 1500,
      sriov: null,
    })),
  })
}

function storageFacts(digits: string) {
  const nvme = (node: number) =>
    makeDisk({
      name: `nvme${node}n1`,
      model: 'SAMSUNG MZQL27T6HBLA',
      serial: `NVME-${digits}-${node}`,
      sizeBytes: 7_681_501_126_656,
      pciAddress: node === 0 ? '0000:01:00.0' : '0000:81:00.0',
      numaNode: node,
    })
  const sata = makeDisk({
    name: 'sda',
    transport: 'sata',
    model: 'INTEL SSDSC2KB48',
    serial: `SATA-${digits}`,
    sizeBytes: 480_103_981_056,
    partitions: [
      { name: 'sda1', number: 1, startBytes: 1_048_576, sizeBytes: 536_870_912, holders: [] },
    ],
  })
  return parseFacts('storage', { disks: [nvme(0), nvme(1), sata], opticalDrives: [] })
}

const usbFacts = parseFacts('usb', {
  devices: [
    {
      bus: 1,
      path: '1-2',
      deviceNumber: 3,
      vendorId: '0951',
      productId: '1666',
      deviceVersion: '1.10',
      usbVersion: '3.20',
      classCode: '000000',
      speedBitsPerSecond: 5_000_000_000,
      manufacturer: 'Kingston',
      product: hostileText,
      serial: 'E0D55E6C',
      configurations: [],
      drivers: [{ interface: '1-2:1.0', driver: 'usb-storage' }],
    },
  ],
})

function result(
  method: string,
  component: string,
  metric: string,
  median: number,
  unit: string,
  spread: number,
): BenchmarkResult {
  const conditions = { effectiveClockHz: 3.4e9, stealSeconds: 0, thermalThrottleCount: 0 }
  const isTime = unit === 's'
  return {
    method,
    component,
    metrics: {
      [metric]: {
        median,
        mad: median * spread * 0.6,
        best: median * (isTime ? 1 - spread : 1 + spread),
        p10: median * (1 - spread),
        p90: median * (1 + spread),
        count: 9,
        unit,
        better: isTime ? 'lower' : 'higher',
      },
    },
    parameters: {},
    conditions: { before: conditions, after: conditions },
    checksum: '0123456789abcdef',
    noisy: spread > 0.05,
    reasons: spread > 0.05 ? ['spread'] : [],
    elapsedSeconds: 1,
  }
}
