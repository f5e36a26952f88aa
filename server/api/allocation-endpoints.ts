import { z } from 'zod'
import {
  allocationAnswerSchema,
  allocationSchema,
  createAllocationSchema,
} from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import {
  confirmSchema,
  deploySchema,
  powerSchema,
  releaseSchema,
  renewSchema,
  revokeSchema,
} from '../../protocol/holder.ts'
import { queueEntrySchema } from '../../protocol/queue.ts'
import type { AllocationService } from '../service.ts'
import type { Caller } from '../tokens/token-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { actorOf } from './machine-endpoints.ts'

const id = z.string().min(1).max(64)
const idParams = z.object({ id })
const machineParams = z.object({ id, machine: id })
/** Read, and refused with all that is wrong in it, by the domain. */
const writtenRequest = z
  .unknown()
  .meta({ description: 'A request in JSON, or as YAML text: see #/components/schemas/Request' })
const allocationAnswer = {
  status: 200,
  description: 'The allocation',
  schema: allocationSchema,
} as const

/**
 * `/v1/allocations`: machines for a request. The owner is the token's name; schedulers touch the
 * allocations of their own tenant only, operators all.
 */
export function allocationEndpoints(allocations: AllocationService): readonly Endpoint[] {
  const requireOwner = async (id: string, caller: Caller): Promise<void> => {
    if (caller.role === 'operator') return
    const { owner, tenant } = await allocations.get(id)
    if (tenant === caller.tenant) return
    throw new AppError(
      'forbidden',
      `allocation '${id}' belongs to '${owner}' of '${tenant}', not to '${caller.name}'`,
    )
  }

  return [
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations',
      role: 'scheduler',
      summary: 'Ask for machines; Idempotency-Key makes a repeated request safe',
      body: createAllocationSchema.extend({ request: writtenRequest }),
      answer: {
        status: 200,
        description: 'What matched or why nothing did; the allocation is null then',
        schema: allocationAnswerSchema,
      },
      handle: ({ body, caller, idempotencyKey }) =>
        allocations.create(body, { owner: caller.name, tenant: caller.tenant, idempotencyKey }),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/match',
      role: 'viewer',
      summary: 'What a request would get; holds nothing',
      body: z.strictObject({ request: writtenRequest }),
      answer: {
        status: 200,
        description: 'The explanation; the allocation is always null',
        schema: allocationAnswerSchema,
      },
      handle: ({ body, caller }) =>
        allocations.create(
          { request: body.request, dryRun: true },
          { owner: caller.name, tenant: caller.tenant, idempotencyKey: null },
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
      method: 'get',
      path: '/v1/queue',
      role: 'viewer',
      summary: 'Who waits for machines, in the order they are served, with estimates',
      answer: {
        status: 200,
        description: 'The queue',
        schema: z.array(queueEntrySchema).readonly(),
      },
      handle: () => allocations.queue(),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/confirm',
      role: 'scheduler',
      summary: 'Turn a reservation into a lease',
      params: idParams,
      body: confirmSchema,
      answer: allocationAnswer,
      async handle({ params, body, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        return allocations.confirm(params.id, ifGeneration, body.fencingTokens)
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/renew',
      role: 'scheduler',
      summary: 'Let the lease end later: durationSeconds from now',
      params: idParams,
      body: renewSchema,
      answer: allocationAnswer,
      async handle({ params, body, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        const { durationSeconds, fencingTokens } = body
        return allocations.renew(params.id, durationSeconds, ifGeneration, fencingTokens)
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/release',
      role: 'scheduler',
      summary: 'Give the machines back, or some of them, or a place in the queue',
      params: idParams,
      body: releaseSchema,
      answer: allocationAnswer,
      async handle({ params, body, caller, ifGeneration: generation }) {
        await requireOwner(params.id, caller)
        const { machines = null, fencingTokens: tokens = {} } = body
        return allocations.release(params.id, actorOf(caller), { generation, machines, tokens })
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/revoke',
      role: 'operator',
      summary: 'Take the machines back from their holder, at once or after a grace',
      params: idParams,
      body: revokeSchema,
      answer: allocationAnswer,
      handle: ({ params, body, caller, ifGeneration }) =>
        allocations.revoke(params.id, body, actorOf(caller), ifGeneration),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/machines/{machine}/reboot',
      role: 'scheduler',
      summary: 'Reboot a machine of the lease; wants its fencing token',
      params: machineParams,
      body: powerSchema,
      answer: { status: 204, description: 'The agent was told', schema: null },
      async handle({ params, body, caller }) {
        await requireOwner(params.id, caller)
        const { fencingToken } = body
        return allocations.reboot({
          allocationId: params.id,
          machineId: params.machine,
          fencingToken,
        })
      },
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/allocations/{id}/machines/{machine}/deploy',
      role: 'scheduler',
      summary: 'Write an image to a machine that was lent as it is; wants its fencing token',
      params: machineParams,
      body: deploySchema,
      answer: allocationAnswer,
      async handle({ params, body, caller }) {
        await requireOwner(params.id, caller)
        const { fencingToken, image } = body
        const named = { allocationId: params.id, machineId: params.machine, fencingToken }
        return allocations.deploy(named, image)
      },
    }),
  ]
}
