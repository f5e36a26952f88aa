import { z } from 'zod'
import {
  allocationAnswerSchema,
  allocationSchema,
  createAllocationSchema,
} from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { AllocationService } from '../service.ts'
import type { Caller } from '../tokens/token-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { actorOf } from './machine-endpoints.ts'

const idParams = z.object({ id: z.string().min(1).max(64) })
const allocationAnswer = {
  status: 200,
  description: 'The allocation',
  schema: allocationSchema,
} as const

/** Longest lease: a year. */
const leaseSecondsMaximum = 366 * 86_400

/**
 * `/v1/allocations`: machines for a request. The owner is the token's name; schedulers touch their
 * own allocations only, operators all.
 */
export function allocationEndpoints(allocations: AllocationService): readonly Endpoint[] {
  const requireOwner = async (id: string, caller: Caller): Promise<void> => {
    if (caller.role === 'operator') return
    const { owner } = await allocations.get(id)
    if (owner === caller.name) return
    throw new AppError(
      'forbidden',
      `allocation '${id}' belongs to '${owner}', not to '${caller.name}'`,
    )
  }

  return [
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations',
      role: 'scheduler',
      summary: 'Ask for machines; Idempotency-Key makes a repeated request safe',
      body: createAllocationSchema,
      answer: {
        status: 200,
        description: 'What matched or why nothing did; the allocation is null then',
        schema: allocationAnswerSchema,
      },
      handle: ({ body, caller, idempotencyKey }) =>
        allocations.create(body, { owner: caller.name, idempotencyKey }),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/match',
      role: 'viewer',
      summary: 'What a request would get; holds nothing',
      body: z.strictObject({ request: z.unknown() }),
      answer: {
        status: 200,
        description: 'The explanation; the allocation is always null',
        schema: allocationAnswerSchema,
      },
      handle: ({ body, caller }) =>
        allocations.create(
          { request: body.request, dryRun: true },
          { owner: caller.name, idempotencyKey: null },
        ),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/allocations',
      role: 'viewer',
      summary: 'Allocations, the newest first',
      answer: {
        status: 200,
        description: 'Allocations',
        schema: z.array(allocationSchema).readonly(),
      },
      handle: () => allocations.list(),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/allocations/{id}',
      role: 'viewer',
      summary: 'One allocation',
      params: idParams,
      answer: allocationAnswer,
      handle: ({ params }) => allocations.get(params.id),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/confirm',
      role: 'scheduler',
      summary: 'Turn a reservation into a lease',
      params: idParams,
      body: z.object({}).optional(),
      answer: allocationAnswer,
      async handle({ params, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        return allocations.confirm(params.id, ifGeneration)
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/renew',
      role: 'scheduler',
      summary: 'Let the lease end later: durationSeconds from now',
      params: idParams,
      body: z.strictObject({ durationSeconds: z.number().int().min(1).max(leaseSecondsMaximum) }),
      answer: allocationAnswer,
      async handle({ params, body, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        return allocations.renew(params.id, body.durationSeconds, ifGeneration)
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/release',
      role: 'scheduler',
      summary: 'Give the machines back',
      params: idParams,
      body: z.object({}).optional(),
      answer: allocationAnswer,
      async handle({ params, caller }) {
        await requireOwner(params.id, caller)
        return allocations.release(params.id, actorOf(caller))
      },
    }),
  ]
}
