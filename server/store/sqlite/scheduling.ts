import type { Database } from 'bun:sqlite'
import type { z } from 'zod'
import { reservationRecordSchema, tenantRecordSchema, webhookRecordSchema } from '../records.ts'
import type { SchedulingStore } from '../scheduling-store.ts'

interface DocumentRow {
  readonly document: string
}

/** Tenants, reservations, webhooks and usage in their tables. */
export function sqliteScheduling(database: Database): SchedulingStore {
  const one = <S extends z.ZodType>(schema: S, table: string, id: string): z.infer<S> | null => {
    const row = database
      .query<DocumentRow, [string]>(`select document from ${table} where id = ?`)
      .get(id)
    return row === null ? null : schema.parse(JSON.parse(row.document))
  }
  const many = <S extends z.ZodType>(
    schema: S,
    rest: string,
    ...keys: readonly number[]
  ): z.infer<S>[] =>
    database
      .query<DocumentRow, number[]>(`select document from ${rest}`)
      .all(...keys)
      .map((row) => schema.parse(JSON.parse(row.document)))
  return {
    fleetGeneration: async () => {
      const row = database
        .query<{ value: string }, [string]>('select value from meta where key = ?')
        .get('fleet_generation')
      return row === null ? 0 : Number(row.value)
    },
    tenant: async (id) => one(tenantRecordSchema, 'tenants', id),
    tenants: async () => many(tenantRecordSchema, 'tenants order by id'),
    reservation: async (id) => one(reservationRecordSchema, 'reservations', id),
    reservations: async (atMs) =>
      many(
        reservationRecordSchema,
        'reservations where is_cancelled = 0 and until_ms > ? order by id',
        atMs,
      ),
    allReservations: async () => many(reservationRecordSchema, 'reservations order by id desc'),
    webhook: async (id) => one(webhookRecordSchema, 'webhooks', id),
    webhooks: async () => many(webhookRecordSchema, 'webhooks where is_removed = 0 order by id'),
    usage: async (fromMs, untilMs) =>
      database
        .query<UsageColumns, [number, number]>(
          `select allocation_id as allocationId, machine_id as machineId, tenant,
             shape_id as shapeId, shape_text as shapeText, from_ms as fromMs, until_ms as untilMs
           from usage
           where (until_ms is null or until_ms > ?) and from_ms < ?
           order by tenant, allocation_id, machine_id`,
        )
        .all(fromMs, untilMs)
        .map(({ shapeId, shapeText, ...row }) => ({
          ...row,
          shape: shapeId === null ? null : { id: shapeId, text: shapeText ?? '' },
        })),
  }
}

interface UsageColumns {
  readonly allocationId: string
  readonly machineId: string
  readonly tenant: string
  readonly shapeId: string | null
  readonly shapeText: string | null
  readonly fromMs: number
  readonly untilMs: number | null
}
