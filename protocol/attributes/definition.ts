import type { BenchmarkResult } from '../benchmarks.ts'
import type { MachineFabric } from '../fabric.ts'
import type { FactClass } from '../facts/classes.ts'
import type { Finding } from '../facts/finding.ts'
import type { FactsOf, Inventory } from '../facts/inventory.ts'
import { quantityFromNumber, type Unit } from '../quantity.ts'

/** What of a machine the registry reads. */
export interface MachineRecord {
  readonly inventory: Inventory
  /** The latest result of each method and component. */
  readonly benchmarks: readonly BenchmarkResult[]
  /** Null: not inspected. */
  readonly findings: readonly Finding[] | null
  /** Null: not inspected, or nothing is known of where it is. */
  readonly fabric: MachineFabric | null
  /** Set by operators: `rack` -> `r12`. */
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The value of an attribute. Whole numbers and quantities (in steps of their unit) are `bigint`.
 * A set is unordered text without duplicates; a list holds the attributes of each device.
 */
export type AttributeValue =
  | boolean
  | bigint
  | string
  | { readonly kind: 'set'; readonly members: readonly string[] }
  | { readonly kind: 'list'; readonly devices: readonly AttributeValues[] }

/**
 * Attribute name -> value; null: the machine is known to have none (the GPU model of a machine
 * without GPUs); no entry: not known (never reported, or not told by the hardware).
 */
export type AttributeValues = ReadonlyMap<string, AttributeValue | null>

/** What a reader found: `undefined` is not known, null is known to be none. */
export type Reading<T> = T | null | undefined

/** One attribute of the registry. */
export interface AttributeInfo {
  readonly name: string
  /** `version` is text that also orders by its numbers. */
  readonly type: 'bool' | 'int' | 'quantity' | 'string' | 'version' | 'set' | 'list'
  /** Set for quantities only. */
  readonly unit: Unit | null
  readonly level: 'machine' | 'device' | 'link' | 'domain'
  readonly source: FactClass | 'benchmark' | 'fabric' | 'finding' | 'label'
  /**
   * `shape`: hardware that identical machines share. `identity`: names one piece, such as a serial.
   * `state`: may change without a change of hardware (link, firmware, measurement, label).
   */
  readonly nature: 'shape' | 'identity' | 'state'
  readonly description: string
  /** Attributes of each device of a list; empty for all other types. */
  readonly fields: readonly AttributeInfo[]
}

/** An attribute with the reader that finds it in a source: a machine, or one device of a list. */
export interface AttributeDefinition<Source> extends AttributeInfo {
  read(source: Source): Reading<AttributeValue>
}

/** What the makers below need beside the name and the reader. */
interface Common {
  readonly source: AttributeInfo['source']
  readonly description: string
  readonly nature?: AttributeInfo['nature']
  readonly level?: AttributeInfo['level']
}

type Read<Source, T> = (source: Source) => Reading<T>

/** A reader over one class of facts: not known until the class is reported. */
export function of<C extends FactClass, T>(
  name: C,
  read: (facts: FactsOf<C>) => Reading<T>,
): Read<MachineRecord, T> {
  return ({ inventory }) => {
    const facts: FactsOf<C> | null = inventory[name]
    return facts === null ? undefined : read(facts)
  }
}

export function bool<S>(name: string, common: Common, read: Read<S, boolean>) {
  return define(name, 'bool', null, common, read)
}

/** A whole number without a unit. The reader gives a JavaScript number. */
export function int<S>(name: string, common: Common, read: Read<S, number>) {
  return define(name, 'int', null, common, (source: S) => mapped(read(source), BigInt))
}

/** An amount of `unit`. The reader gives units as a JavaScript number. */
export function quantity<S>(name: string, unit: Unit, common: Common, read: Read<S, number>) {
  return define(name, 'quantity', unit, common, (source: S) =>
    mapped(read(source), (value) => quantityFromNumber(value, unit)),
  )
}

export function string<S>(name: string, common: Common, read: Read<S, string>) {
  return define(name, 'string', null, common, read)
}

export function version<S>(name: string, common: Common, read: Read<S, string>) {
  return define(name, 'version', null, common, read)
}

/** Text values without order. An empty collection means that the machine has none. */
export function set<S>(name: string, common: Common, read: Read<S, readonly string[]>) {
  return define(name, 'set', null, common, (source: S) =>
    mapped(read(source), (values) => {
      const members = [...new Set(values)].toSorted()
      return members.length === 0 ? null : { kind: 'set' as const, members }
    }),
  )
}

/** The devices of a kind, each with its own attributes. */
export function list<S, D>(
  name: string,
  common: Common,
  fields: readonly AttributeDefinition<D>[],
  read: Read<S, readonly D[]>,
): AttributeDefinition<S> {
  const definition = define(name, 'list', null, common, (source: S) =>
    mapped(read(source), (devices) => ({
      kind: 'list' as const,
      devices: devices.map((device) => readAll(fields, device)),
    })),
  )
  return { ...definition, fields }
}

/** The values of all attributes that are known of a source. */
export function readAll<S>(
  definitions: readonly AttributeDefinition<S>[],
  source: S,
): AttributeValues {
  const values = new Map<string, AttributeValue | null>()
  for (const definition of definitions) {
    const value = definition.read(source)
    if (value !== undefined) values.set(definition.name, value)
  }
  return values
}

function define<S>(
  name: string,
  type: AttributeInfo['type'],
  unit: Unit | null,
  common: Common,
  read: Read<S, AttributeValue>,
): AttributeDefinition<S> {
  const { source, description, nature = 'shape', level = 'machine' } = common
  return { name, type, unit, level, source, nature, description, fields: [], read }
}

function mapped<T, U>(value: Reading<T>, map: (value: T) => Reading<U>): Reading<U> {
  if (value === undefined) return undefined
  return value === null ? null : map(value)
}
