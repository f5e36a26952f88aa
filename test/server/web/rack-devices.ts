import { pathsBetween } from '../../../protocol/facts/device-paths.ts'
import { gpuFacts } from '../../../protocol/facts/gpu.ts'
import { emptyManagement } from '../../../protocol/facts/gpu-management.ts'
import { parseFacts } from '../../../protocol/facts/inventory.ts'
import { neighborsFacts as neighborsSchema } from '../../../protocol/facts/neighbors.ts'
import { nicFacts } from '../../../protocol/facts/nic.ts'
import { pciFacts } from '../../../protocol/facts/pci.ts'
import { usbFacts } from '../../../protocol/facts/usb.ts'
import { blankFacts, blankItem } from '../../protocol/facts/blank.ts'
import { makeDisk } from '../machine-facts.ts'
import { efiBootOf } from './rack-platform.ts'

/** A slot of the rack machine: a root port and what is in it, on socket 0 or 1. */
interface Filled {
  /** Bus number of the card, in hex; the port is on the root bus before it. */
  readonly bus: string
  readonly socket: 0 | 1
  readonly ids: readonly [vendorId: string, deviceId: string]
  readonly classCode: string
  readonly driver: string
  readonly link: Link
}

interface Link {
  readonly maxSpeedGtPerS: number
  readonly speedGtPerS: number
  readonly maxLaneWidth: number
  readonly laneWidth: number
}

const gen4 = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 }
const gen5 = { maxSpeedGtPerS: 32, speedGtPerS: 32, maxLaneWidth: 16, laneWidth: 16 }
const nvmeLink = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 4, laneWidth: 4 }

const nvme = { ids: ['144d', 'a80a'], classCode: '010802', driver: 'nvme', link: nvmeLink } as const
const nic = { ids: ['15b3', '101d'], classCode: '020000', driver: 'mlx5_core' } as const
const gpu = { ids: ['10de', '2331'], classCode: '030200', driver: 'nvidia', link: gen5 } as const

const slots: readonly Filled[] = [
  { ...nvme, bus: '01', socket: 0 },
  { ...gpu, bus: '21', socket: 0 },
  { ...nic, bus: '41', socket: 0, link: gen4 },
  { ...nvme, bus: '81', socket: 1 },
  { ...gpu, bus: 'a1', socket: 1 },
  { ...nic, bus: 'c1', socket: 1, link: { ...gen4, laneWidth: 8 } },
]

export function pciFactsOf() {
  return parseFacts('pci', { ...blankFacts('pci'), functions: slots.flatMap(functionsIn) })
}

function functionsIn({ bus, socket, ids, classCode, driver, link }: Filled) {
  const root = `0000:${(Number.parseInt(bus, 16) - 1).toString(16).padStart(2, '0')}:01.1`
  const blank = blankItem(pciFacts.shape.functions)
  const [vendorId, deviceId] = ids
  const secondaryBus = Number.parseInt(bus, 16)
  return [
    {
      ...blank,
      address: root,
      vendorId: '1022',
      deviceId: '14ab',
      classCode: '060400',
      headerType: 1,
      bridge: { secondaryBus, subordinateBus: secondaryBus },
      driver: 'pcieport',
      numaNode: socket,
      link: { ...link, maxSpeedGtPerS: 32, maxLaneWidth: Math.max(4, link.maxLaneWidth) },
    },
    {
      ...blank,
      address: `0000:${bus}:00.0`,
      parentAddress: root,
      vendorId,
      deviceId,
      classCode,
      headerType: 0,
      driver,
      numaNode: socket,
      link,
      slot: bus,
    },
  ]
}

export function gpuFactsOf(digits: string) {
  const isGpu = ({ classCode }: { readonly classCode: string }) => classCode.startsWith('03')
  const paths = pathsBetween(pciFactsOf().functions, 2, isGpu)
  return parseFacts('gpu', {
    ...blankFacts('gpu'),
    driverVersion: '550.54.15',
    paths,
    gpus: ['0000:21:00.0', '0000:a1:00.0'].map((address, index, all) => ({
      ...blankItem(gpuFacts.shape.gpus),
      address,
      kind: 'gpu',
      vendorId: '10de',
      deviceId: '2331',
      classCode: '030200',
      revision: 'a1',
      driver: 'nvidia',
      link: gen5,
      numaNode: index,
      model: 'NVIDIA H100 PCIe',
      memorySizeBytes: 80 * 2 ** 30,
      memorySource: 'model',
      formFactor: 'pcie',
      management: {
        ...emptyManagement('nvml'),
        serial: `GPU-${digits}-${index}`,
        vbiosVersion: '96.00.30.00.01',
        ecc: { enabled: true, pendingEnabled: true },
        eccErrorsAggregate: { 'total-correctable': 4, 'total-uncorrectable': 0 },
        nvLinks: [0, 1, 2, 3].map((link) => ({
          index: link,
          active: true,
          version: 4,
          remoteAddress: all[1 - index],
          remoteKind: 'gpu',
        })),
      },
    })),
  })
}

export function nicFactsOf(mac: string) {
  return parseFacts('nic', {
    ...blankFacts('nic'),
    interfaces: [0, 1].map((node) => ({
      ...blankItem(nicFacts.shape.interfaces),
      name: node === 0 ? 'ens1np0' : 'ens2np0',
      mac: node === 0 ? mac : mac.replace(/^52:54/, '52:56'),
      macAssignment: 'permanent',
      linkTypeCode: 1,
      linkType: 'ethernet',
      driver: 'mlx5_core',
      firmwareVersion: '22.35.1012 (MT_0000000359)',
      pciAddress: node === 0 ? '0000:41:00.0' : '0000:c1:00.0',
      numaNode: node,
      portIndex: 0,
      physicalPortName: 'p0',
      operationalState: 'up',
      carrier: true,
      linkSpeedBitsPerSecond: 100_000_000_000,
      duplex: 'full',
      mtuBytes: 1500,
    })),
  })
}

export const neighborsFacts = parseFacts('neighbors', {
  settled: true,
  ports: [
    {
      ...blankItem(neighborsSchema.shape.ports),
      interface: 'ens1np0',
      neighbors: [
        {
          ...blankItem(neighborsSchema.shape.ports.element.shape.neighbors),
          protocol: 'lldp',
          chassisId: '52:54:00:11:22:33',
          portId: 'Ethernet1/7',
          systemName: 'leaf-3',
        },
      ],
    },
  ],
})

export function storageFactsOf(digits: string) {
  const health = {
    source: 'nvme' as const,
    healthy: true,
    temperatureCelsius: 41,
    powerOnHours: 12_034,
    powerCycleCount: 31,
    usedRatio: 0.04,
    spareRatio: 1,
    readBytes: 1e15,
    writtenBytes: 4e14,
    mediaErrorCount: 0,
    badSectorCount: null,
    warnings: [],
  }
  const nvmeDisk = (node: number) =>
    makeDisk({
      name: `nvme${node}n1`,
      model: 'SAMSUNG MZQL27T6HBLA',
      serial: `NVME-${digits}-${node}`,
      firmware: 'GDC5602Q',
      sizeBytes: 7_681_501_126_656,
      pciAddress: node === 0 ? '0000:01:00.0' : '0000:81:00.0',
      numaNode: node,
      health:
        node === 0
          ? health
          : { ...health, healthy: false, usedRatio: 1.12, warnings: ['spare-low'] },
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
  return parseFacts('storage', {
    ...blankFacts('storage'),
    boot: efiBootOf,
    disks: [nvmeDisk(0), nvmeDisk(1), sata],
    contents: [
      {
        device: 'sda',
        partitionTable: { kind: 'gpt', id: null, state: 'good', partitions: [] },
        signatures: [],
      },
      {
        device: 'sda1',
        partitionTable: null,
        signatures: [
          {
            name: 'ext4',
            use: 'file-system',
            offsetBytes: 1080,
            version: '1.0',
            label: 'boot',
            uuid: null,
          },
        ],
      },
    ],
  })
}

/** A stick whose maker wrote `product`. */
export function usbFactsOf(product: string) {
  return parseFacts('usb', {
    devices: [
      {
        ...blankItem(usbFacts.shape.devices),
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
        product,
        serial: 'E0D55E6C',
        drivers: [{ interface: '1-2:1.0', driver: 'usb-storage' }],
      },
    ],
  })
}
