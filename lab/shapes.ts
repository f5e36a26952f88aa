/** What a virtual machine is made of. Nothing in a shape is an identity: see `plan.ts` for those. */
export interface MachineShape {
  readonly name: string
  readonly sockets: number
  readonly coresPerSocket: number
  readonly threadsPerCore: number
  /**
   * Memory and cores are spread evenly over the nodes; divides `sockets`, or is a multiple of them
   * that divides all cores.
   */
  readonly numaNodeCount: number
  readonly memoryBytes: number
  /** The first is the one the firmware boots. */
  readonly disks: readonly DiskShape[]
  /** The first one netboots; under UEFI it is `virtio`, the only one OVMF has a driver for. */
  readonly nics: readonly NicModel[]
  /** Behind a USB hub on an xHCI controller; no controller when empty. */
  readonly usb: readonly UsbDevice[]
  readonly product: Product
}

export interface DiskShape {
  readonly bus: 'nvme' | 'sata' | 'scsi' | 'virtio'
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: 512 | 4096
  /** As the device says it itself; at most 16 characters for SCSI. virtio and NVMe cannot say it. */
  readonly model: string | null
  /** Null: says that it does not rotate (SATA, SCSI) or has no way to say (NVMe, virtio). */
  readonly rotationRpm: number | null
}

export type NicModel = 'virtio' | 'e1000e'

export type UsbDevice =
  | { readonly kind: 'keyboard' }
  | { readonly kind: 'tablet' }
  | { readonly kind: 'storage'; readonly sizeBytes: number }

/** The strings of SMBIOS types 0 to 4 and 17. */
export interface Product {
  readonly manufacturer: string
  readonly name: string
  readonly family: string
  readonly sku: string
  readonly baseboard: string
  readonly firmwareVersion: string
  /** month/day/year, as DSP0134 §7.1 has it. */
  readonly firmwareDate: string
  readonly processor: string
  readonly processorMhz: number
  readonly dimmManufacturer: string
  readonly dimmPart: string
  readonly dimmMtPerS: number
}

const mebibyte = 2 ** 20
const gibibyte = 2 ** 30

/** Two sockets on two NUMA nodes, NVMe to boot from, a second virtio disk, two networks, USB. */
const compute: MachineShape = {
  name: 'compute',
  sockets: 2,
  coresPerSocket: 1,
  threadsPerCore: 1,
  numaNodeCount: 2,
  memoryBytes: 1536 * mebibyte,
  disks: [
    {
      bus: 'nvme',
      sizeBytes: 4 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: null,
      rotationRpm: null,
    },
    {
      bus: 'virtio',
      sizeBytes: 2 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: null,
      rotationRpm: null,
    },
  ],
  nics: ['virtio', 'e1000e'],
  usb: [{ kind: 'keyboard' }, { kind: 'tablet' }, { kind: 'storage', sizeBytes: 64 * mebibyte }],
  product: {
    manufacturer: 'Assay Virtual Machines',
    name: 'AVM Compute 2S',
    family: 'Compute',
    sku: 'AVM-C2',
    baseboard: 'AVM-C2-MB',
    firmwareVersion: '2.4.1',
    firmwareDate: '03/14/2026',
    processor: 'Virtual Processor 2000',
    processorMhz: 2000,
    dimmManufacturer: 'Virtual Memory',
    dimmPart: 'VM-DDR4-3200',
    dimmMtPerS: 3200,
  },
}

/** One socket, SATA and SCSI disks, one of them with 4096-byte sectors. */
const storage: MachineShape = {
  name: 'storage',
  sockets: 1,
  coresPerSocket: 2,
  threadsPerCore: 1,
  numaNodeCount: 1,
  memoryBytes: 1024 * mebibyte,
  disks: [
    {
      bus: 'sata',
      sizeBytes: 2 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: 'AVM SATA SSD',
      rotationRpm: null,
    },
    {
      bus: 'sata',
      sizeBytes: 8 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: 'AVM SATA HDD',
      rotationRpm: 7200,
    },
    {
      bus: 'scsi',
      sizeBytes: 8 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: 'SAS HDD',
      rotationRpm: 10_000,
    },
    {
      bus: 'scsi',
      sizeBytes: 8 * gibibyte,
      logicalBlockSizeBytes: 4096,
      model: 'SAS HDD 4Kn',
      rotationRpm: 7200,
    },
  ],
  nics: ['virtio', 'virtio'],
  usb: [{ kind: 'keyboard' }],
  product: {
    ...compute.product,
    name: 'AVM Storage 1S',
    family: 'Storage',
    sku: 'AVM-S1',
    baseboard: 'AVM-S1-MB',
    firmwareVersion: '1.9.0',
    firmwareDate: '11/02/2025',
    dimmPart: 'VM-DDR4-2933',
    dimmMtPerS: 2933,
  },
}

/** One core, little memory, one virtio disk: what a request for `compute` must not be given. */
const small: MachineShape = {
  name: 'small',
  sockets: 1,
  coresPerSocket: 1,
  threadsPerCore: 1,
  numaNodeCount: 1,
  memoryBytes: 768 * mebibyte,
  disks: [
    {
      bus: 'virtio',
      sizeBytes: 1 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: null,
      rotationRpm: null,
    },
  ],
  nics: ['virtio'],
  usb: [],
  product: {
    ...compute.product,
    name: 'AVM Edge',
    family: 'Edge',
    sku: 'AVM-E1',
    baseboard: 'AVM-E1-MB',
    firmwareVersion: '0.9.7',
    firmwareDate: '06/30/2024',
    dimmPart: 'VM-DDR4-2400',
    dimmMtPerS: 2400,
  },
}

/** One of everything: two sockets of two NUMA nodes each, a disk on every bus, three networks, USB. */
const everything: MachineShape = {
  name: 'everything',
  sockets: 2,
  coresPerSocket: 2,
  threadsPerCore: 1,
  numaNodeCount: 4,
  memoryBytes: 2048 * mebibyte,
  disks: [
    {
      bus: 'virtio',
      sizeBytes: 2 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: null,
      rotationRpm: null,
    },
    {
      bus: 'nvme',
      sizeBytes: 4 * gibibyte,
      logicalBlockSizeBytes: 4096,
      model: null,
      rotationRpm: null,
    },
    {
      bus: 'sata',
      sizeBytes: 3 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: 'AVM SATA HDD',
      rotationRpm: 7200,
    },
    {
      bus: 'scsi',
      sizeBytes: 5 * gibibyte,
      logicalBlockSizeBytes: 512,
      model: 'SAS HDD',
      rotationRpm: 10_000,
    },
  ],
  nics: ['virtio', 'e1000e', 'virtio'],
  usb: [{ kind: 'keyboard' }, { kind: 'tablet' }, { kind: 'storage', sizeBytes: 64 * mebibyte }],
  product: {
    ...compute.product,
    name: 'AVM Everything 2S',
    family: 'Everything',
    sku: 'AVM-X2',
    baseboard: 'AVM-X2-MB',
  },
}

/** Every shape the lab knows, by name. */
export const machineShapes = { compute, storage, small, everything } as const

/**
 * The shapes of a rack of `count` machines: two that match the lab's profile, one that does not,
 * and from the fourth on a turn of all shapes.
 */
export function rackShapes(count: number): readonly MachineShape[] {
  const turn = [compute, compute, small, storage]
  return Array.from({ length: count }, (_, index) => turn[index % turn.length] ?? compute)
}
