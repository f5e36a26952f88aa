import { z } from 'zod'
import { createReservationSchema, reservationSchema } from '../../protocol/reservations.ts'
import type { ReservationService } from '../reservations/reservation-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { actorOf } from './machine-endpoints.ts'

const idParams = z.object({ id: z.string().min(1).max(64) })

/** `/v1/reservations`: machines kept for a tenant in a window of time. */
export function reservationEndpoints(reservations: ReservationService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'post',
      path: '/v1/reservations',
      role: 'operator',
      summary: 'Keep machines for a tenant; Idempotency-Key makes a repeated request safe',
      body: createReservationSchema,
      answer: { status: 201, description: 'The reservation', schema: reservationSchema },
      handle: ({ body, caller, idempotencyKey }) =>
        reservations.create(body, { owner: caller.name, idempotencyKey }),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/reservations',
      role: 'viewer',
      summary: 'Reservations, the newest first',
      answer: {
        status: 200,
        description: 'Reservations',
        schema: z.array(reservationSchema).readonly(),
      },
      handle: () => reservations.list(),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/reservations/{id}',
      role: 'viewer',
      summary: 'One reservation',
      params: idParams,
      answer: { status: 200, description: 'The reservation', schema: reservationSchema },
      handle: ({ params }) => reservations.get(params.id),
    }),
    jsonEndpoint({
      method: 'delete',
      path: '/v1/reservations/{id}',
      role: 'operator',
      summary: 'Keep nothing any more; leases run on',
      params: idParams,
      answer: { status: 200, description: 'The reservation, cancelled', schema: reservationSchema },
      handle: ({ params, caller, ifGeneration }) =>
        reservations.cancel(params.id, actorOf(caller), ifGeneration),
    }),
  ]
}
