import { findAttribute } from '../../protocol/attributes.ts'
import type { AttributeValue, AttributeValues } from '../../protocol/attributes/definition.ts'
import { digestOf, type Json } from '../../protocol/canonical.ts'
import { humanQuantity } from '../../protocol/quantity.ts'
import { hardwareValue, type Shape } from '../inventory/shape.ts'

/**
 * The shape of a machine that is known by stated attributes only: equal for machines of which the
 * same hardware is stated. Null where nothing of it is.
 */
export function statedShape(values: AttributeValues): Shape | null {
  const hardware: Record<string, Json> = {}
  for (const [name, value] of values) {
    const info = findAttribute(name)
    if (info === null || value === null) continue
    const counts = info.nature === 'shape' || info.name === 'memory.size'
    if (counts) hardware[name] = hardwareValue(info, value)
  }
  if (Object.keys(hardware).length === 0) return null
  // A shape of stated attributes and one of facts are never the same class.
  const id = digestOf({ stated: hardware }).slice(0, 12)
  const words = [...processorWords(values), ...memoryWords(values), ...partWords(values)]
  return { id, text: words.length === 0 ? 'stated hardware' : words.join(', ') }
}

function processorWords(values: AttributeValues): readonly string[] {
  const model = onlyMember(values.get('cpu.model'))
  const packages = values.get('cpu.packages')
  const cores = values.get('cpu.cores')
  const threads = values.get('cpu.threads')
  const processor =
    model === null ? [] : [typeof packages === 'bigint' ? `${packages}x ${model}` : model]
  if (typeof cores === 'bigint') return [...processor, plural(cores, 'core')]
  return typeof threads === 'bigint' ? [...processor, plural(threads, 'thread')] : processor
}

function memoryWords(values: AttributeValues): readonly string[] {
  const size = values.get('memory.installed') ?? values.get('memory.size')
  return typeof size === 'bigint' ? [humanQuantity(size, 'B', true)] : []
}

function partWords(values: AttributeValues): readonly string[] {
  const gpus = values.get('gpu.count')
  const model = onlyMember(values.get('gpu.model'))
  const disks = values.get('storage.diskCount')
  const nics = values.get('nic.count')
  return [
    ...(typeof gpus === 'bigint' && gpus > 0n ? [`${gpus} ${model ?? 'GPU'}`] : []),
    ...(typeof disks === 'bigint' ? [plural(disks, 'disk')] : []),
    ...(typeof nics === 'bigint' ? [plural(nics, 'NIC')] : []),
  ]
}

function onlyMember(value: AttributeValue | null | undefined): string | null {
  if (typeof value !== 'object' || value === null || value.kind !== 'set') return null
  return value.members.length === 1 ? (value.members[0] ?? null) : null
}

function plural(count: bigint, noun: string): string {
  return `${count} ${noun}${count === 1n ? '' : 's'}`
}
