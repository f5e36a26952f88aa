import type { Database } from 'bun:sqlite'
import type { z } from 'zod'
import type { FleetChanges, FleetStore, UsageSpan } from '../fleet-store.ts'
import {
  allocationRecordSchema,
  machineRecordSchema,
  reservationRecordSchema,
  tenantRecordSchema,
} from '../records.ts'

interface ChangeRow {
  readonly seq: number
  readonly kind: 'machine' | 'allocation' | 'tenant' | 'reservation'
  readonly id: string
}

/** The changes that triggers note in the table `fleet_changes`, with the records as they are. */
export function sqliteFleet(database: Database): FleetStore {
  const one = <S extends z.ZodType>(schema: S, sql: string, id: string): z.infer<S> | null => {
    const row = database.query<{ document: string }, [string]>(sql).get(id)
    return row === null ? null : schema.parse(JSON.parse(row.document))
  }
  const read = database.transaction((seq: number, limit: number): FleetChanges => {
    const rows = database
      .query<ChangeRow, [number, number]>(
        `select seq, kind, record_id as id from fleet_changes where seq > ? order by seq limit ?`,
      )
      .all(seq, limit + 1)
    const told = rows.slice(0, limit)
    const idsOf = (kind: ChangeRow['kind']) =>
      told.flatMap((row) => (row.kind === kind ? [row.id] : []))
    const machines = idsOf('machine').map((id) => ({
      id,
      record: one(machineRecordSchema, 'select document from machines where id = ?', id),
    }))
    const openSql = 'select document from allocations where id = ? and is_open = 1'
    const allocations = idsOf('allocation').map((id) => ({
      id,
      record: one(allocationRecordSchema, openSql, id),
    }))
    return {
      seq: told.at(-1)?.seq ?? seq,
      isLast: rows.length <= limit,
      machines: machines.flatMap(({ record }) => record ?? []),
      machinesGone: machines.flatMap(({ id, record }) => (record === null ? [id] : [])),
      allocations: allocations.flatMap(({ record }) => record ?? []),
      allocationsEnded: allocations.flatMap(({ id, record }) => (record === null ? [id] : [])),
      tenants: idsOf('tenant').flatMap(
        (id) => one(tenantRecordSchema, 'select document from tenants where id = ?', id) ?? [],
      ),
      reservations: idsOf('reservation').flatMap(
        (id) =>
          one(reservationRecordSchema, 'select document from reservations where id = ?', id) ?? [],
      ),
    }
  })
  return {
    fleetChanges: async (seq, limit) => read(seq, limit),
    usageSpans: async (fromMs, untilMs) =>
      database
        // Two searches of one index: what ended long ago is not looked at.
        .query<UsageSpan, [number, number]>(
          `select tenant, from_ms as fromMs, until_ms as untilMs, count(*) as machines
           from usage where until_ms is null and from_ms < ?2 group by tenant, from_ms
           union all
           select tenant, from_ms, until_ms, count(*)
           from usage where until_ms > ?1 and from_ms < ?2 group by tenant, from_ms, until_ms
           order by tenant, fromMs, untilMs`,
        )
        .all(fromMs, untilMs),
  }
}
