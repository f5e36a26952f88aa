import type { FactsOf, Inventory } from '../../../protocol/facts/inventory.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import { dnsLabel } from './words.ts'

/** A value of an attribute: exactly one kind, and one name has the same kind on every device. */
export type AttributeValue =
  | { readonly string: string }
  | { readonly int: number }
  | { readonly bool: boolean }

/** A device of a ResourceSlice (resource.k8s.io/v1, Device). */
export interface Device {
  readonly name: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** Amounts in whole units: bytes. */
  readonly capacity: Readonly<Record<string, { readonly value: string }>>
}

/**
 * GPUs and accelerators, network interfaces on PCI and NVMe disks of a machine, by PCI address, so
 * that their names stay the same. Virtual functions and software devices are none.
 */
export function devicesOf(inventory: Inventory): readonly Device[] {
  const places = new Places(inventory.pci?.functions ?? [])
  const gpus = inventory.gpu?.gpus.filter(({ kind }) => kind !== 'console') ?? []
  const nics = inventory.nic?.interfaces ?? []
  const disks = inventory.storage?.disks.filter(({ transport }) => transport === 'nvme') ?? []
  return numbered([
    ...gpus.map((gpu) => gpuDevice(gpu, places)),
    ...nics.flatMap((nic) => nicDevice(nic, places)),
    ...disks.map((disk) => diskDevice(disk, places)),
  ])
}

type Gpu = FactsOf<'gpu'>['gpus'][number]
type Nic = FactsOf<'nic'>['interfaces'][number]
type Disk = FactsOf<'storage'>['disks'][number]

function gpuDevice(gpu: Gpu, places: Places): Device {
  const { management, model, memorySizeBytes } = gpu
  return {
    name: deviceName('gpu', gpu.address),
    attributes: known({
      type: text(gpu.kind),
      productName: text(management?.name ?? model),
      architecture: text(management?.architecture),
      uuid: text(management?.uuid),
      serial: text(management?.serial),
      vendorId: text(gpu.vendorId),
      deviceId: text(gpu.deviceId),
      driver: text(gpu.driver),
      formFactor: text(gpu.formFactor),
      laneWidth: int(gpu.link?.laneWidth),
      ...places.of(gpu.address, gpu.numaNode),
    }),
    capacity: amount('memory', memorySizeBytes),
  }
}

function nicDevice(nic: Nic, places: Places): readonly Device[] {
  const { pciAddress, portIndex } = nic
  if (pciAddress === null || places.isVirtual(pciAddress)) return []
  return [
    {
      name: deviceName('nic', pciAddress, portIndex === null || portIndex === 0 ? null : portIndex),
      attributes: known({
        type: text('nic'),
        interface: text(nic.name),
        mac: text(nic.mac),
        linkType: text(nic.linkType),
        driver: text(nic.driver),
        linkUp: bool(nic.carrier),
        linkSpeedBitsPerSecond: int(nic.linkSpeedBitsPerSecond),
        ...places.of(pciAddress, nic.numaNode),
      }),
      capacity: {},
    },
  ]
}

function diskDevice(disk: Disk, places: Places): Device {
  const { pciAddress } = disk
  return {
    name: deviceName('nvme', pciAddress ?? disk.name),
    attributes: known({
      type: text('nvme'),
      productName: text(disk.model),
      serial: text(disk.serial),
      namespaceId: text(disk.nguid ?? disk.eui64 ?? disk.wwn),
      firmware: text(disk.firmware),
      logicalBlockSizeBytes: int(disk.logicalBlockSizeBytes),
      ...(pciAddress === null ? {} : places.of(pciAddress, disk.numaNode)),
    }),
    capacity: amount('storage', disk.sizeBytes),
  }
}

/** Where devices are on PCI, by the attributes that Kubernetes keeps for that. */
class Places {
  readonly #functions: ReadonlyMap<string, PciFunction>

  constructor(functions: readonly PciFunction[]) {
    this.#functions = new Map(functions.map((one) => [one.address, one]))
  }

  isVirtual(address: string): boolean {
    return (this.#functions.get(address)?.physicalFunction ?? null) !== null
  }

  of(address: string, numaNode: number | null) {
    return {
      numaNode: int(numaNode),
      'resource.kubernetes.io/pciBusID': text(address),
      'resource.kubernetes.io/pcieRoot': text(this.#rootOf(address)),
    }
  }

  /** `pci0000:00`, the root complex; null where the way up to it is not known. */
  #rootOf(address: string): string | null {
    let at = this.#functions.get(address)
    for (let steps = 0; at !== undefined && steps < 64; steps += 1) {
      if (at.parentAddress === null) return `pci${at.address.split(':').slice(0, 2).join(':')}`
      at = this.#functions.get(at.parentAddress)
    }
    return null
  }
}

function deviceName(kind: string, place: string, port: number | null = null): string {
  return dnsLabel([kind, place, ...(port === null ? [] : [port])].join('-'))
}

/** Several namespaces of one controller have one address: they are counted. */
function numbered(devices: readonly Device[]): readonly Device[] {
  const taken = new Set(devices.map(({ name }) => name))
  const seen = new Set<string>()
  return devices.map((device) => {
    let { name } = device
    for (let count = 2; seen.has(name) || (name !== device.name && taken.has(name)); count += 1) {
      name = `${device.name}-${count}`
    }
    seen.add(name)
    return { ...device, name }
  })
}

/** Limit of the API for the length of a string value. */
const textLength = 64

/** A longer text is left out: cut, it would be another's. */
function text(value: string | null | undefined): AttributeValue | null {
  if (value === null || value === undefined || value === '') return null
  return Buffer.byteLength(value) > textLength ? null : { string: value }
}

function int(value: number | null | undefined): AttributeValue | null {
  return value === null || value === undefined ? null : { int: value }
}

function bool(value: boolean | null): AttributeValue | null {
  return value === null ? null : { bool: value }
}

function known(
  values: Readonly<Record<string, AttributeValue | null>>,
): Readonly<Record<string, AttributeValue>> {
  const found: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(values)) if (value !== null) found[name] = value
  return found
}

function amount(name: string, sizeBytes: number | null): Device['capacity'] {
  return sizeBytes === null ? {} : { [name]: { value: String(sizeBytes) } }
}
