import type { MachineRecord } from '../../../protocol/attributes/definition.ts'
import { gpuFacts } from '../../../protocol/facts/gpu.ts'
import { emptyInventory, type FactsOf, parseFacts } from '../../../protocol/facts/inventory.ts'
import { nicFacts } from '../../../protocol/facts/nic.ts'
import { storageFacts } from '../../../protocol/facts/storage.ts'
import { blankFacts, blankItem } from '../facts/blank.ts'

/** A machine of two sockets, two NVMe disks, a USB stick, two NICs, a GPU and a BMC console. */
export function exampleMachine(): MachineRecord {
  return {
    inventory: {
      ...emptyInventory,
      system: exampleSystem('S-1'),
      cpu: exampleCpu,
      memory: exampleMemory,
      nic: exampleNics,
      storage: exampleStorage('D-1'),
      gpu: exampleGpus,
    },
    benchmarks: [
      exampleResult('memory.triad/1', 'machine', 'triadRead2Write1', 300e9, 'B/s'),
      exampleResult('memory.triad/1', 'node:0', 'triadRead2Write1', 150e9, 'B/s'),
      exampleResult('cpu.int/1', 'machine', 'independent', 5e9, '1/s'),
      exampleResult('cpu.int/2', 'machine', 'independent', 4e9, '1/s'),
      exampleResult('cpu.int/2', 'cpu:0', 'independent', 9e9, '1/s'),
      exampleResult('memory.latency/1', 'node:0', 'latencyMemory', 85.3e-9, 's'),
      exampleResult('memory.latency/1', 'node:1', 'latencyMemory', 91e-9, 's'),
    ],
    findings: [],
    fabric: null,
    labels: { rack: 'r12', leaf: 'l3' },
  }
}

function exampleResult(
  method: string,
  component: string,
  metric: string,
  best: number,
  unit: string,
): MachineRecord['benchmarks'][number] {
  const conditions = { effectiveClockHz: null, stealSeconds: null, thermalThrottleCount: null }
  return {
    method,
    component,
    metrics: {
      [metric]: {
        median: best * 0.9,
        mad: 0,
        best,
        p10: best * 0.9,
        p90: best,
        count: 8,
        unit,
        better: 'higher',
      },
    },
    parameters: {},
    conditions: { before: conditions, after: conditions },
    checksum: '0123456789abcdef',
    noisy: false,
    reasons: [],
    elapsedSeconds: 1,
  }
}

function exampleSystem(serial: string): FactsOf<'system'> {
  return parseFacts('system', {
    ...blankFacts('system'),
    smbiosVersion: '3.4',
    uuid: null,
    manufacturer: 'Acme',
    product: 'Rocket 2U',
    version: null,
    serial,
    sku: null,
    family: null,
    baseboard: null,
    chassis: null,
    hypervisor: null,
  })
}

const cpuPackage = {
  id: 0,
  vendor: 'GenuineIntel',
  model: 'Xeon 6',
  family: 6,
  modelNumber: 1,
  stepping: 2,
  revision: null,
  microcode: null,
  coreCount: 4,
  threadCount: 8,
  cpus: [0, 1, 2, 3, 4, 5, 6, 7],
  baseFrequencyHz: null,
  minFrequencyHz: null,
  maxFrequencyHz: 3_200_000_000,
  caches: [],
}

const exampleCpu = parseFacts('cpu', {
  ...blankFacts('cpu'),
  architecture: 'x86_64',
  x86Level: 3,
  packageCount: 2,
  coreCount: 8,
  threadCount: 16,
  presentCount: 16,
  online: Array.from({ length: 16 }, (_, index) => index),
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
  packages: [cpuPackage, { ...cpuPackage, id: 1 }],
  flags: ['sse2', 'avx2'],
  sockets: [],
})

const exampleMemory = parseFacts('memory', {
  ...blankFacts('memory'),
  sizeBytes: 66_571_993_088,
  installedSizeBytes: null,
  arrays: [],
  dimms: [],
  hugepages: [],
  errorControllers: [],
  blocks: null,
})

const nic = {
  ...blankItem(nicFacts.shape.interfaces),
  name: 'eth0',
  mac: '52:54:00:00:00:01',
  macAssignment: 'permanent',
  linkType: 'ethernet',
  linkTypeCode: 1,
  driver: 'mlx5_core',
  pciAddress: null,
  usbPath: null,
  numaNode: 0,
  portIndex: null,
  physicalPortName: null,
  operationalState: 'up',
  carrier: true,
  linkSpeedBitsPerSecond: 100_000_000_000,
  duplex: 'full',
  mtuBytes: 1500,
  sriov: null,
}

const exampleNics = parseFacts('nic', {
  ...blankFacts('nic'),
  interfaces: [
    nic,
    { ...nic, name: 'eth1', mac: '52:54:00:00:00:02', linkSpeedBitsPerSecond: null },
  ],
})

/** Disks whose serial numbers begin with `serial`. */
export function exampleStorage(serial: string): FactsOf<'storage'> {
  const disk = {
    ...blankItem(storageFacts.shape.disks),
    name: 'nvme0n1',
    transport: 'nvme',
    vendor: null,
    model: 'Fast 8T',
    serial: `${serial}-0`,
    wwn: null,
    eui64: null,
    nguid: null,
    firmware: null,
    sizeBytes: 8_001_563_222_016,
    logicalBlockSizeBytes: 512,
    physicalBlockSizeBytes: 4096,
    rotational: false,
    removable: false,
    readOnly: false,
    holders: [],
    partitions: [],
    pciAddress: null,
    numaNode: 1,
    attachment: null,
    health: null,
  }
  return parseFacts('storage', {
    ...blankFacts('storage'),
    disks: [
      disk,
      { ...disk, name: 'nvme1n1', serial: `${serial}-1`, numaNode: null },
      { ...disk, name: 'sda', transport: 'usb', removable: true, sizeBytes: 16_000_000_000 },
    ],
  })
}

const gpu = {
  ...blankItem(gpuFacts.shape.gpus),
  address: '0000:17:00.0',
  kind: 'gpu',
  vendorId: '10de',
  deviceId: '2330',
  subsystemVendorId: null,
  subsystemDeviceId: null,
  classCode: '030200',
  revision: 'a1',
  driver: null,
  link: { maxSpeedGtPerS: 32, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 },
  numaNode: 0,
  model: null,
  memorySizeBytes: null,
  memorySource: null,
  largestBarBytes: null,
  formFactor: null,
  management: null,
}

const exampleGpus = parseFacts('gpu', {
  ...blankFacts('gpu'),
  gpus: [gpu, { ...gpu, address: '0000:02:00.0', kind: 'console', deviceId: '2000' }],
  driverVersion: null,
  runtimeVersion: null,
  switches: [],
  baseBoard: null,
  paths: null,
  kfd: null,
})
