import { expect, test } from 'vitest'
import { z } from 'zod'
import { factSchemas } from '../../../../protocol/facts/inventory.ts'
import { componentAt, components } from '../../../../server/inventory/diff/components.ts'
import { volatilePatterns } from '../../../../server/inventory/diff/volatile.ts'

/** A place in the facts by the names of its fields, `memory.dimms.locator`. */
interface Place {
  readonly pattern: string
  /** Of the items of a list of objects; empty for everything else. */
  readonly itemFields: readonly string[]
}

function placesOf(schema: z.core.$ZodType, pattern: string): readonly Place[] {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return placesOf(schema.unwrap(), pattern)
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => placesOf(option, pattern))
  }
  if (schema instanceof z.ZodArray) {
    const { element } = schema
    const itemFields = element instanceof z.ZodObject ? Object.keys(element.shape) : []
    return [{ pattern, itemFields }, ...placesOf(element, pattern).slice(1)]
  }
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape)
    const inner = fields.flatMap(([name, field]) => placesOf(field, `${pattern}.${name}`))
    return [{ pattern, itemFields: [] }, ...inner]
  }
  return [{ pattern, itemFields: [] }]
}

const places = Object.entries(factSchemas).flatMap(([name, schema]) => placesOf(schema, name))
const patterns = new Set(places.map(({ pattern }) => pattern))

test('what is no news is a place in the facts', () => {
  const unknown = volatilePatterns.filter((one) => ![...patterns].some((place) => one.test(place)))
  expect(unknown.map(String)).toEqual([])
})

test('the parts that are told apart are lists in the facts', () => {
  expect([...components.keys()].filter((pattern) => !patterns.has(pattern))).toEqual([])
})

test('every list of things is told apart by more than their place', () => {
  const guessed = ['id', 'address', 'path', 'name', 'number', 'index', 'handle']
  const loose = places.filter(
    ({ pattern, itemFields }) =>
      itemFields.length > 0 &&
      componentAt(pattern) === null &&
      !volatilePatterns.some((one) => one.test(pattern)) &&
      !isBelowVolatile(pattern) &&
      !itemFields.some((field) => guessed.includes(field)),
  )
  const found = loose.map(({ pattern }) => pattern)
  expect(found.filter((pattern) => !lists.includes(pattern))).toEqual([])
})

/** Lists whose items have no name of their own, and an order that lasts. */
const lists: readonly string[] = [
  'gpu.kfd.nodes.memoryBanks',
  'gpu.kfd.nodes.caches',
  'gpu.kfd.nodes.links',
  'nic.interfaces.module.applications',
  'nic.interfaces.module.lengths',
  'storage.abilities.ability.powerStates',
  'storage.abilities.ability.namespace.formats',
  'usb.devices.configurations.interfaceAssociations',
  'tpm.announced',
  'bmc.announcedInterfaces',
  'bmc.controllers.fru.records',
  'bmc.redfish',
]

function isBelowVolatile(pattern: string): boolean {
  const steps = pattern.split('.')
  return steps.some((_, end) =>
    volatilePatterns.some((one) => one.test(steps.slice(0, end + 1).join('.'))),
  )
}
