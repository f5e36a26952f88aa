import { z } from 'zod'
import type { MachineSummary } from '../../protocol/api.ts'
import {
  fleetFindingSchema,
  labelsSchema,
  machineDetailSchema,
  machineSummarySchema,
} from '../../protocol/api.ts'
import { deviceNamesSchema } from '../../protocol/device-names.ts'
import { machineFlags, machineStates } from '../../protocol/states.ts'
import type { MachineService, Seen } from '../service.ts'
import type { Caller } from '../tokens/token-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { machineFilter } from './machine-filter.ts'

const idParams = z.object({ id: z.string().min(1).max(64) })

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.union([item.transform((one) => [one]), z.array(item)]).default([])

const summaryAnswer = {
  status: 200,
  description: 'The machine after the change',
  schema: machineSummarySchema,
} as const

/** `/v1/machines`: the inventory, and what an operator does with a machine. */
export function machineEndpoints(machines: MachineService): readonly Endpoint[] {
  /** A step on one machine, refused when the caller has seen another generation. */
  const step = <Body extends z.ZodType>(
    action: string,
    summary: string,
    body: Body,
    apply: (id: string, body: z.output<Body>, actor: string, seen: Seen) => Promise<MachineSummary>,
  ): Endpoint =>
    jsonEndpoint({
      method: 'post',
      path: `/v1/machines/{id}/${action}`,
      role: 'operator',
      summary,
      params: idParams,
      body,
      answer: summaryAnswer,
      handle: ({ params, body, caller, ifGeneration }) =>
        apply(params.id, body, actorOf(caller), { generation: ifGeneration }),
    })
  const noBody = z.object({}).optional()

  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines',
      role: 'viewer',
      summary: 'Machines, filtered by state, flag and attribute expressions',
      query: z.object({
        state: listOf(z.enum(machineStates)),
        flag: listOf(z.enum(machineFlags)),
        where: listOf(z.string().max(500)).describe('attribute expression: cpu.cores>=4'),
      }),
      answer: {
        status: 200,
        description: 'Machines by id, which is by age',
        schema: z.array(machineSummarySchema).readonly(),
      },
      async handle({ query }) {
        const { state: states, flag: flags } = query
        const passes = machineFilter(query.where)
        return (await machines.list()).filter(
          (machine) =>
            (states.length === 0 || states.includes(machine.state)) &&
            flags.every((flag) => machine.flags.includes(flag)) &&
            passes(machine.attributes),
        )
      },
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines/{id}',
      role: 'viewer',
      summary: 'One machine with its inventory, findings, figures and history',
      params: idParams,
      answer: { status: 200, description: 'The machine', schema: machineDetailSchema },
      handle: ({ params }) => machines.get(params.id),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines/{id}/names',
      role: 'viewer',
      summary: 'What the PCI and USB ids in a machine stand for',
      params: idParams,
      answer: { status: 200, description: 'Names by device', schema: deviceNamesSchema },
      handle: ({ params }) => machines.deviceNames(params.id),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/findings',
      role: 'viewer',
      summary: 'What shows only across machines: one serial twice, firmware unlike the others',
      answer: {
        status: 200,
        description: 'Findings about the fleet',
        schema: z.array(fleetFindingSchema).readonly(),
      },
      handle: () => machines.fleetFindings(),
    }),
    step('approve', 'Let a pending machine in', noBody, (id, _, actor, seen) =>
      machines.approve(id, actor, seen),
    ),
    step(
      'maintenance',
      'Take a machine out of service for a reason, or back with null',
      z.strictObject({ reason: z.string().min(1).max(500).nullable() }),
      (id, { reason }, actor, seen) => machines.setMaintenance(id, reason, actor, seen),
    ),
    step(
      'name',
      'Give a machine a name',
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a host name of one part, lower case')
          .nullable(),
      }),
      (id, { name }, actor, seen) => machines.setName(id, name, actor, seen),
    ),
    step(
      'labels',
      'Replace the labels of a machine',
      z.strictObject({ labels: labelsSchema }),
      (id, { labels }, actor, seen) => machines.setLabels(id, labels, actor, seen),
    ),
    step('inspect', 'Discover and measure again', noBody, (id, _, actor, seen) =>
      machines.inspect(id, actor, seen),
    ),
    step('recover', 'Take a machine out of error and inspect it', noBody, (id, _, actor, seen) =>
      machines.recover(id, actor, seen),
    ),
    jsonEndpoint({
      method: 'post',
      path: '/v1/machines/{id}/reboot',
      role: 'operator',
      summary: 'Reboot a machine whose agent is connected',
      params: idParams,
      body: z.object({ fencingToken: z.number().int().min(0).optional() }).optional(),
      answer: { status: 204, description: 'The agent was told', schema: null },
      handle: ({ params, body, caller, ifGeneration: generation }) => {
        const seen = { generation, fencingToken: body?.fencingToken ?? null }
        return machines.reboot(params.id, actorOf(caller), seen)
      },
    }),
  ]
}

/** Who did it, as the record of the change names them. */
export function actorOf(caller: Caller): string {
  return `token:${caller.name}`
}
