import { attributes, flatten, presentValue } from '../../protocol/attributes.ts'
import type { AttributeInfo, AttributeValue } from '../../protocol/attributes/definition.ts'
import { canonicalJson, digestOf, type Json } from '../../protocol/canonical.ts'
import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'
import { humanQuantity, quantityFromNumber } from '../../protocol/quantity.ts'

/** The class of machines with the same hardware, and that hardware in a few words. */
export interface Shape {
  /** Equal for machines with equal hardware: 12 hex digits of a hash. */
  readonly id: string
  /** `2x QEMU Virtual CPU, 4 cores, 1 GiB, 1 NVMe 8 GB, 2 NICs`. */
  readonly text: string
}

/**
 * The shape of an inspected machine; null before its processors, memory and disks are known. Serial
 * numbers, firmware, links and measurements are no part of it, so that two machines of one order
 * share a shape.
 */
export function shapeOf(inventory: Inventory): Shape | null {
  const { cpu, memory, storage } = inventory
  const memorySizeBytes = memory?.installedSizeBytes ?? memory?.sizeBytes ?? null
  if (cpu === null || memorySizeBytes === null || storage === null) return null
  const values = flatten({ inventory, benchmarks: [], findings: null, fabric: null, labels: {} })
  const hardware: Record<string, Json> = { memory: Math.round(memorySizeBytes / memoryStep) }
  for (const info of attributes) {
    const value = values.get(info.name)
    if (info.nature === 'shape' && value !== undefined && value !== null) {
      hardware[info.name] = hardwareValue(info, value)
    }
  }
  const words = [
    cpuText(cpu),
    plural(cpu.coreCount, 'core'),
    humanQuantity(BigInt(Math.round(memorySizeBytes / memoryStep) * memoryStep), 'B', true),
    ...gpuWords(inventory.gpu),
    ...diskWords(storage),
    ...(inventory.nic === null ? [] : [plural(inventory.nic.interfaces.length, 'NIC')]),
  ]
  return { id: digestOf(hardware).slice(0, 12), text: words.join(', ') }
}

/** MemTotal differs by a few MiB between equal machines, by what kernel and firmware keep. */
const memoryStep = 256 * 1024 * 1024

/** A value without what names one piece; devices of a list without their order. */
export function hardwareValue(info: AttributeInfo, value: AttributeValue): Json {
  if (typeof value !== 'object' || value.kind !== 'list') return presentValue(info, value)
  const fields = info.fields.filter((field) => field.nature === 'shape')
  return value.devices
    .map((device) =>
      canonicalJson(fields.map((field) => presentValue(field, device.get(field.name) ?? null))),
    )
    .toSorted()
}

function cpuText({ packages, packageCount, architecture }: FactsOf<'cpu'>): string {
  const models = [...new Set(packages.map((cpu) => cpu.model ?? cpu.vendor))]
  const name = models.filter((model) => model !== null).join(' + ')
  return `${packageCount}x ${name === '' ? (architecture ?? 'CPU') : name}`
}

function gpuWords(facts: FactsOf<'gpu'> | null): readonly string[] {
  const gpus = facts?.gpus.filter((gpu) => gpu.kind !== 'console') ?? []
  return counted(gpus.map((gpu) => gpu.model ?? `GPU ${gpu.vendorId}:${gpu.deviceId}`))
}

const transportNames: Readonly<Record<string, string>> = {
  nvme: 'NVMe',
  sata: 'SATA',
  sas: 'SAS',
  scsi: 'SCSI',
  usb: 'USB',
  mmc: 'MMC',
}

function diskWords({ disks }: FactsOf<'storage'>): readonly string[] {
  return counted(
    disks.map((disk) => {
      const size = humanQuantity(quantityFromNumber(disk.sizeBytes, 'B'), 'B')
      return `${transportNames[disk.transport] ?? disk.transport} ${size}`
    }),
  )
}

/** `2 NVMe 8 GB`, most frequent first. */
function counted(names: readonly string[]): readonly string[] {
  return [...Map.groupBy(names, (name) => name)]
    .toSorted(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
    .map(([name, same]) => `${same.length} ${name}`)
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
