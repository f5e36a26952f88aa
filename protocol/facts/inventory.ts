import type { z } from 'zod'
import { DecodeError } from '../errors.ts'
import { bmcFacts } from './bmc.ts'
import type { FactClass } from './classes.ts'
import { cpuFacts } from './cpu.ts'
import type { Frozen } from './fields.ts'
import { firmwareFacts } from './firmware.ts'
import { gpuFacts } from './gpu.ts'
import { memoryFacts } from './memory.ts'
import { neighborsFacts } from './neighbors.ts'
import { nicFacts } from './nic.ts'
import { numaFacts } from './numa.ts'
import { pciFacts } from './pci.ts'
import { securityFacts } from './security.ts'
import { sensorsFacts } from './sensors.ts'
import { storageFacts } from './storage.ts'
import { systemFacts } from './system.ts'
import { tpmFacts } from './tpm.ts'
import { usbFacts } from './usb.ts'

/** One schema per class of facts: the one list of what an inventory holds. */
export const factSchemas = {
  system: systemFacts,
  firmware: firmwareFacts,
  cpu: cpuFacts,
  memory: memoryFacts,
  numa: numaFacts,
  pci: pciFacts,
  gpu: gpuFacts,
  nic: nicFacts,
  neighbors: neighborsFacts,
  storage: storageFacts,
  usb: usbFacts,
  tpm: tpmFacts,
  bmc: bmcFacts,
  sensors: sensorsFacts,
  security: securityFacts,
} as const satisfies Record<FactClass, z.ZodType>

/** Facts of one class. */
export type FactsOf<C extends FactClass> = Frozen<z.infer<(typeof factSchemas)[C]>>

/** All that an inspection found; null: that class was not reported (yet, or its probe failed). */
export type Inventory = { readonly [C in FactClass]: FactsOf<C> | null }

/** Facts with the name of their class, as one union. */
export type ClassedFacts = {
  readonly [C in FactClass]: { readonly class: C; readonly facts: FactsOf<C> }
}[FactClass]

/** An inventory of which nothing is known. */
export const emptyInventory: Inventory = {
  system: null,
  firmware: null,
  cpu: null,
  memory: null,
  numa: null,
  pci: null,
  gpu: null,
  nic: null,
  neighbors: null,
  storage: null,
  usb: null,
  tpm: null,
  bmc: null,
  sensors: null,
  security: null,
}

/** `factSchemas` typed so that a class picks its own facts. */
const parsers: { readonly [C in FactClass]: Parser<FactsOf<C>> } = factSchemas

interface Parser<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: z.ZodError }
}

/** True when `name` is a class of facts. */
export function isFactClass(name: string): name is FactClass {
  return Object.hasOwn(factSchemas, name)
}

/** Facts of class `name` out of a message; throws DecodeError when they are not in its schema. */
export function parseFacts<C extends FactClass>(name: C, value: unknown): FactsOf<C> {
  const result = parsers[name].safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new DecodeError(
    `Cannot take ${name} facts: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}`,
  )
}
