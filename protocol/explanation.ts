import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'
import { requestChangeSchema } from './request/change.ts'

/**
 * Why a request matched or did not. Every number counts machines. Made for people and programs
 * alike: `explainText` renders it, and every relaxation holds the clause to write instead.
 */

const machineCount = z.number().int().min(0)
const machineId = z.string().max(64)

/** Machines by what keeps them: `total` is the sum of the other three. */
const availabilitySchema = z.strictObject({
  total: machineCount,
  free: machineCount,
  /** Held by an allocation, or on the way back from one. */
  held: machineCount,
  /** Pending, in maintenance, quarantined, failed, ... */
  unschedulable: machineCount,
})

/** A clause of a request in its written form: `{"memory.size": {"gte": "1.5TiB"}}`. */
const clauseMatchSchema = z.record(z.string(), z.unknown())

const relaxationSchema = z.strictObject({
  /** Written in place of the clause, it lets `machines` into the role. */
  match: clauseMatchSchema,
  text: z.string(),
  /** Machines that pass every other clause, not this one, and pass the relaxed one. */
  admits: availabilitySchema,
  /** Some of them, in order of their id. */
  machines: z.array(machineId).max(10),
})

const clauseSchema = z.strictObject({
  text: z.string(),
  match: clauseMatchSchema,
  /** The clause by itself over all machines. `unknown`: the fact it asks for was never reported. */
  alone: z.strictObject({ yes: machineCount, no: machineCount, unknown: machineCount }),
  /** Machines that pass this clause and all before it. */
  remaining: machineCount,
  /** Machines that pass every other clause and fail this one; null: the role has enough anyway. */
  failsOnlyThis: machineCount.nullable(),
  /** Machines that pass every other clause and whose fact for this one is unknown; null likewise. */
  unknownOnlyThis: machineCount.nullable(),
  /** What machines have where none has the name wanted, most frequent first. */
  observed: z.array(z.strictObject({ value: z.string(), count: machineCount })).max(8),
  /**
   * Smallest first: for one machine more, for as many as are wanted, for all that it could admit.
   * Empty for a role that has enough machines.
   */
  relaxations: z.array(relaxationSchema).max(3),
})

const roleSchema = z.strictObject({
  name: z.string(),
  /** At least so many; `most`: so many where they can be had. */
  wanted: machineCount,
  most: machineCount,
  /** Machines that pass all clauses. */
  eligible: availabilitySchema,
  /**
   * Machines that fail no clause, but whose answer to at least one is unknown; null: the role has
   * enough without them, and nobody counted.
   */
  unknown: machineCount.nullable(),
  /** In the order of the request. */
  clauses: z.array(clauseSchema),
})

const constraintSchema = z.strictObject({
  text: z.string(),
  level: z.string(),
  /** Eligible machines without the label: they cannot be placed under this constraint. */
  unlabelled: machineCount,
  /** Eligible machines with a link nobody has seen: they may or may not fit. */
  unseen: machineCount,
  /** How far the best domain goes by itself; null for a constraint that spreads, or no domain. */
  best: z
    .strictObject({ domain: z.string(), placeable: machineCount, wanted: machineCount })
    .nullable(),
  /** The most machines that can be placed under this constraint by itself. */
  placeable: machineCount,
  wanted: machineCount,
})

const choiceSchema = z.strictObject({
  role: z.string(),
  machine: machineId,
  /** Sum of the weights of `prefer`, each scaled to 0..1 over the eligible machines. More is better. */
  preference: z.number(),
  /** How much of the fleet the machine outclasses, 0 to 1. Less is better: rare machines are kept. */
  scarcity: z.number(),
  /** What it has beyond the request, summed over the clauses as a ratio. Less is better. */
  surplus: z.number(),
  /**
   * How far its measured speed is off the middle of the machines that were as good by all of the
   * above, as a ratio. Less is better: a gang runs at the pace of its slowest. Null: these decided,
   * or its speed is not known.
   */
  deviation: z.number().nullable(),
  /** Wear of its most worn disk in per cent. Less is better. Null: not known. */
  wear: z.number().nullable(),
})

/**
 * `busy`: enough machines exist, some are held. `unschedulable`: enough exist, some are out of
 * service. `impossible`: no wait helps. `search-exhausted`: constraints cross and the bounded search
 * ended without an answer.
 */
export const verdicts = [
  'matched',
  'busy',
  'unschedulable',
  'impossible',
  'search-exhausted',
] as const
export type Verdict = (typeof verdicts)[number]

const remedySchema = z.strictObject({
  text: z.string(),
  /** Made together, the request matches: each remedy was tried on the machines that are free. */
  changes: z.array(requestChangeSchema).min(1).max(4),
})

const triedSchema = z.strictObject({
  /** By role: 0 is the role as it stands, 1 its first alternative. */
  choices: z.array(z.number().int().min(0)),
  verdict: z.enum(verdicts),
  summary: z.string(),
})

export const explanationSchema = z.strictObject({
  verdict: z.enum(verdicts),
  /** One sentence. */
  summary: z.string(),
  machines: availabilitySchema,
  /** Why machines are unschedulable, most frequent reason first. */
  reasons: z.array(z.strictObject({ reason: z.string(), count: machineCount })).max(16),
  roles: z.array(roleSchema),
  constraints: z.array(constraintSchema),
  /** The smallest set of roles that together want more machines than are eligible; null when none. */
  deficient: z
    .strictObject({
      roles: z.array(z.string()),
      wanted: machineCount,
      /** Machines eligible for at least one of them, among those the verdict speaks of. */
      eligible: machineCount,
    })
    .nullable(),
  /** Who holds machines the request could use, soonest end first. `until` null: no known end. */
  blockers: z
    .array(
      z.strictObject({ machine: machineId, heldBy: z.string(), untilMs: z.number().nullable() }),
    )
    .max(20),
  /** When enough of the held machines are due back; null when not busy, or nobody can tell. */
  earliestAtMs: z.number().nullable(),
  /** Changes of the request that would make it match, the smallest first. Empty when it matched. */
  remedies: z.array(remedySchema).max(16),
  /** Alternatives that were looked at, in order; empty where the request has none. */
  tried: z.array(triedSchema).max(64),
  /** The machines chosen, in the order of the request's roles; empty unless matched. */
  chosen: z.array(choiceSchema),
})

export type Explanation = Frozen<z.infer<typeof explanationSchema>>
export type RoleExplanation = Explanation['roles'][number]
export type ClauseExplanation = RoleExplanation['clauses'][number]
export type Relaxation = ClauseExplanation['relaxations'][number]
export type ConstraintExplanation = Explanation['constraints'][number]
export type Remedy = Explanation['remedies'][number]
export type Choice = Explanation['chosen'][number]
export type Availability = Explanation['machines']
