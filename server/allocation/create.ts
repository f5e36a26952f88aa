import { digestOf } from '../../protocol/canonical.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import { AppError } from '../../protocol/errors.ts'
import { parseRequest, parseRequestText, requestToJson } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import { stepMachine } from '../machines/machine-record.ts'
import { match } from '../matching/match.ts'
import type { Assignment } from '../matching/candidate.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { rewoken } from './allocation-record.ts'
import { listCandidates } from './candidates.ts'
import { confirmAllocation } from './confirm.ts'

/** A request waits this long for its confirmation when it does not say. */
const holdSecondsDefault = 60

/** A request as it was understood, with its image resolved to one version. */
export interface UnderstoodRequest {
  readonly request: Request
  readonly image: { readonly name: string; readonly version: string } | null
  /** SHA-256 of what the client sent. */
  readonly fingerprint: string
}

export interface CreationOrder extends UnderstoodRequest {
  readonly owner: string
  readonly idempotencyKey: string | null
  readonly dryRun: boolean
  readonly confirm: boolean
}

/** What came of it. `allocation` is null for a dry run and where nothing matched. */
export interface Creation {
  readonly allocation: AllocationRecord | null
  readonly explanation: Explanation
}

/** Reads a request; everything wrong with it, and an image nobody has, is the client's to mend. */
export async function understandRequest(
  domain: Domain,
  input: unknown,
): Promise<UnderstoodRequest> {
  const request = typeof input === 'string' ? parseRequestText(input) : parseRequest(input)
  const { image } = request
  const fingerprint = digestOf(requestToJson(request))
  if (image === null) return { request, image: null, fingerprint }
  const named = image.version === null ? image.name : `${image.name}@${image.version}`
  const { name, version } = await domain.images.resolve(named)
  return { request, image: { name, version }, fingerprint }
}

/**
 * Matches and takes, in one decision: either every machine of the request becomes this allocation's
 * with a new fencing token, or none does. A machine that changed since it was read sends the whole
 * decision back to its start.
 */
export async function createAllocation(
  domain: Domain,
  work: Work,
  order: CreationOrder,
): Promise<Creation> {
  const kept = await keptAnswer(work, order)
  if (kept !== null) return kept
  const outcome = match(order.request, await listCandidates(domain, work))
  const { explanation } = outcome
  if (order.dryRun || outcome.kind === 'unmatched') return { allocation: null, explanation }
  const reserved = await reserve(domain, work, order, outcome.assignments, explanation)
  if (order.idempotencyKey !== null) {
    const { owner, idempotencyKey: key, fingerprint } = order
    const allocationId = reserved.id
    const createdAtMs = domain.clock.now()
    const answer = {
      owner,
      key,
      fingerprint: fingerprintOf(fingerprint, order),
      allocationId,
      createdAtMs,
    }
    work.append({ kind: 'answer', answer })
  }
  const allocation = order.confirm ? await confirmAllocation(domain, work, reserved) : reserved
  return { allocation, explanation }
}

async function reserve(
  domain: Domain,
  work: Work,
  { request, image, owner }: CreationOrder,
  assignments: readonly Assignment[],
  explanation: Explanation,
): Promise<AllocationRecord> {
  const nowMs = domain.clock.now()
  const id = domain.random.uuid()
  const members: AllocationRecord['members'][number][] = []
  for (const { role, machines } of assignments) {
    for (const machineId of machines) {
      const machine = await work.machines.get(machineId)
      const fencingToken = machine.fencingToken + 1
      work.machines.update({
        ...stepMachine(machine, 'allocate', nowMs),
        allocationId: id,
        deploymentId: null,
        fencingToken,
      })
      members.push({ machineId, role, fencingToken, deploymentId: null, held: true })
    }
  }
  const { holdSeconds, durationSeconds } = request.lease
  return work.allocations.insert(
    rewoken({
      id,
      generation: 1,
      state: 'reserved',
      owner,
      request: requestToJson(request),
      image,
      leaseSeconds: durationSeconds,
      members,
      explanation,
      createdAtMs: nowMs,
      holdUntilMs: nowMs + (holdSeconds ?? holdSecondsDefault) * 1000,
      leaseUntilMs: null,
      error: null,
      wakeAtMs: null,
    }),
  )
}

/** The allocation an earlier call with the same key made; throws where it asked for something else. */
async function keptAnswer(work: Work, order: CreationOrder): Promise<Creation | null> {
  const { owner, idempotencyKey: key, fingerprint, dryRun } = order
  if (key === null || dryRun) return null
  const kept = await work.store.idempotency(owner, key)
  if (kept === null) return null
  if (kept.fingerprint !== fingerprintOf(fingerprint, order)) {
    throw new AppError(
      'unprocessable',
      `Idempotency-Key '${key}' was used for another request, use a new one`,
    )
  }
  const allocation = await work.allocations.get(kept.allocationId)
  if (allocation.explanation === null) return null
  return { allocation, explanation: allocation.explanation }
}

function fingerprintOf(request: string, { confirm }: CreationOrder): string {
  return digestOf({ request, confirm })
}
