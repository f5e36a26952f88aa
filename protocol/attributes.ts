import type { Json } from './canonical.ts'
import { benchmarkAttributes } from './attributes/benchmark.ts'
import {
  type AttributeDefinition,
  type AttributeInfo,
  type AttributeValue,
  type AttributeValues,
  type MachineRecord,
  readAll,
} from './attributes/definition.ts'
import { findingAttributes } from './attributes/findings.ts'
import { cpuAttributes } from './attributes/cpu.ts'
import { diskAttributes } from './attributes/disks.ts'
import { fabricAttributes } from './attributes/fabric.ts'
import { gpuAttributes } from './attributes/gpus.ts'
import { machineAttributes } from './attributes/machine.ts'
import { managementAttributes } from './attributes/management.ts'
import { memoryAttributes } from './attributes/memory.ts'
import { nicAttributes } from './attributes/nics.ts'
import { pciAttributes } from './attributes/pci.ts'
import { usbAttributes } from './attributes/usb.ts'
import { nearestName } from './attributes/nearest.ts'
import { formatQuantity } from './quantity.ts'

const definitions: readonly AttributeDefinition<MachineRecord>[] = [
  ...machineAttributes,
  ...cpuAttributes,
  ...memoryAttributes,
  ...pciAttributes,
  ...gpuAttributes,
  ...nicAttributes,
  ...diskAttributes,
  ...usbAttributes,
  ...managementAttributes,
  ...fabricAttributes,
  ...benchmarkAttributes,
  ...findingAttributes,
]

/**
 * The attribute registry: every name that requests, queries, the page and the documentation know.
 * Labels are there too, under `label.<key>`, see {@link findAttribute}.
 */
export const attributes: readonly AttributeInfo[] = definitions

const byName = new Map<string, AttributeInfo>(attributes.map((info) => [info.name, info]))

const labelPrefix = 'label.'
const labelKey = /^[a-z][a-z0-9-]{0,62}$/

/** The attribute of that name, or null. Any `label.<key>` is one: text at a topology domain. */
export function findAttribute(name: string): AttributeInfo | null {
  if (name.startsWith(labelPrefix) && labelKey.test(name.slice(labelPrefix.length))) {
    return {
      name,
      type: 'string',
      unit: null,
      level: 'domain',
      source: 'label',
      nature: 'state',
      description: `Label '${name.slice(labelPrefix.length)}' set by operators`,
      fields: [],
    }
  }
  return byName.get(name) ?? null
}

/** The attribute whose name is most like an unknown one, or null when none is near. */
export function nearestAttribute(name: string, among = attributes): string | null {
  return nearestName(
    name,
    among.map((info) => info.name),
  )
}

/**
 * All that is known of a machine, by attribute name. What nobody reported has no entry; what the
 * machine is known not to have is null.
 */
export function flatten(machine: MachineRecord): AttributeValues {
  const values = new Map(readAll(definitions, machine))
  for (const [key, value] of Object.entries(machine.labels)) {
    values.set(labelPrefix + key, value)
  }
  return values
}

/** The attribute that holds a label: `rack` -> `label.rack`. */
export function labelAttribute(key: string): string {
  return labelPrefix + key
}

/**
 * Values as JSON, for the API: whole numbers as numbers, quantities as exact text with their unit
 * (`1.5TiB`), sets as arrays of text, lists as arrays of objects, null for known to be none.
 */
export function presentAttributes(values: AttributeValues): Readonly<Record<string, Json>> {
  const presented: Record<string, Json> = {}
  for (const [name, value] of [...values].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const info = findAttribute(name)
    if (info !== null) presented[name] = presentValue(info, value)
  }
  return presented
}

/** One value as JSON, as {@link presentAttributes} gives them. */
export function presentValue(info: AttributeInfo, value: AttributeValue | null): Json {
  if (typeof value === 'bigint') {
    return info.unit === null ? Number(value) : formatQuantity(value, info.unit)
  }
  if (value === null || typeof value !== 'object') return value
  if (value.kind === 'set') return value.members
  return value.devices.map((device) =>
    Object.fromEntries(
      info.fields.flatMap((field) => {
        const held = device.get(field.name)
        return held === undefined ? [] : [[field.name, presentValue(field, held)]]
      }),
    ),
  )
}
