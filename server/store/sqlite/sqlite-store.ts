import type { Database } from 'bun:sqlite'
import { eventSchema } from '../../../protocol/api.ts'
import { benchmarkResultSchema } from '../../../protocol/benchmarks.ts'
import { finding } from '../../../protocol/facts/finding.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import type { FactClass } from '../../../protocol/facts/classes.ts'
import { emptyInventory, isFactClass, parseFacts } from '../../../protocol/facts/inventory.ts'
import type { FactsOf, Inventory } from '../../../protocol/facts/inventory.ts'
import {
  allocationRecordSchema,
  commandRecordSchema,
  deploymentRecordSchema,
  inspectionRecordSchema,
  logLineSchema,
  machineRecordSchema,
  sessionRecordSchema,
} from '../records.ts'
import type { BootTicket, IdempotencyRecord, MachineRecord, Tenancy } from '../records.ts'
import type { Change, DurableEvent, Due, Evidence, PhaseRow, PruneLimits, Store } from '../store.ts'
import { applyChange } from './apply.ts'
import { sqliteFabric } from './fabric.ts'
import { sqliteFleet } from './fleet.ts'
import { sqliteImports } from './imports.ts'
import { openDatabase } from './database.ts'
import { documentReader, recordReader } from './documents.ts'
import type { DocumentRow } from './documents.ts'
import { sqliteProfiles } from './profiles.ts'
import { sqliteScheduling } from './scheduling.ts'
import { sqliteTokens } from './tokens.ts'

/**
 * A {@link Store} in one SQLite file, or in memory for `:memory:`. Every operation runs to its end
 * without giving way, so that no two transactions interleave.
 */
export function openSqliteStore(file: string, newDatabaseId: () => string): Store {
  const database = openDatabase(file, newDatabaseId)
  const databaseId =
    database.query<{ value: string }, []>(`select value from meta where key = 'database_id'`).get()
      ?.value ?? ''
  const commit = database.transaction((changes: readonly Change[]) =>
    changes.flatMap((change) => applyChange(database, change) ?? []),
  )
  const prune = database.transaction((limits: PruneLimits) => pruneTables(database, limits))
  const documents = documentReader(database)
  const readMachines = recordReader(database, machineRecordSchema, 'machines')
  const readAllocations = recordReader(database, allocationRecordSchema, 'allocations')

  return {
    databaseId,
    ...sqliteTokens(database),
    ...sqliteFabric(database),
    ...sqliteFleet(database),
    ...sqliteImports(database),
    ...sqliteProfiles(database),
    ...sqliteScheduling(database),
    commit: async (changes) => commit.immediate(changes),
    prune: async (limits) => prune.immediate(limits),
    close: async () => {
      database.run('pragma wal_checkpoint(truncate)')
      database.close()
    },

    machine: async (id) => documents.one(machineRecordSchema, byId('machines'), id),
    machines: async () => readMachines('order by id'),
    machinesByEvidence: async (evidence) => machinesByEvidence(database, evidence),
    countMachinesPending: async () =>
      database
        .query<{ count: number }, []>('select count(*) as count from machines where is_pending = 1')
        .get()?.count ?? 0,
    session: async (id) => documents.one(sessionRecordSchema, byId('sessions'), id),
    sessionByKey: async (key) =>
      documents.one(sessionRecordSchema, 'select document from sessions where public_key = ?', key),
    inspection: async (id) => documents.one(inspectionRecordSchema, byId('inspections'), id),
    inspections: async (machineId) =>
      documents.many(
        inspectionRecordSchema,
        'select document from inspections where machine_id = ? order by id desc',
        machineId,
      ),
    inventory: async (inspectionId) => inventoryOf(database, inspectionId),
    findings: async (inspectionId) =>
      documents.many(
        finding,
        'select document from findings where inspection_id = ? order by position',
        inspectionId,
      ),
    results: async (inspectionId) =>
      documents.many(
        benchmarkResultSchema,
        'select document from results where inspection_id = ? order by position',
        inspectionId,
      ),
    logLines: async (machineId, limit) =>
      documents
        .many(
          logLineSchema,
          `select document from log_lines where machine_id = ? order by position desc limit ?`,
          machineId,
          limit,
        )
        .toReversed(),
    phases: async (machineId, limit) =>
      database
        .query<PhaseRow, [string, number]>(
          `select phase, at_seconds as atSeconds, at_ms as atMs from phases
           where machine_id = ? order by position desc limit ?`,
        )
        .all(machineId, limit)
        .toReversed(),
    command: async (id) => documents.one(commandRecordSchema, byId('commands'), id),
    deployment: async (id) => documents.one(deploymentRecordSchema, byId('deployments'), id),
    deployments: async (machineId) =>
      documents.many(
        deploymentRecordSchema,
        'select document from deployments where machine_id = ? order by id desc',
        machineId,
      ),
    allocation: async (id) => documents.one(allocationRecordSchema, byId('allocations'), id),
    allocations: async () => readAllocations('order by id desc'),
    openAllocations: async () => readAllocations('where is_open = 1 order by id desc'),
    tenancy: async (diskDigest) =>
      database
        .query<Tenancy, [string]>(
          `select disk_digest as diskDigest, allocation_id as allocationId,
             machine_id as machineId, granted_at_ms as grantedAtMs
           from tenancies where disk_digest = ? and released_at_ms is null`,
        )
        .get(diskDigest),
    ticket: async (id) =>
      database
        .query<BootTicket, [string]>(
          `select id, machine_id as machineId, address, created_at_ms as createdAtMs,
             expires_at_ms as expiresAtMs, used_at_ms as usedAtMs
           from boot_tickets where id = ?`,
        )
        .get(id),
    idempotency: async (owner, key) =>
      database
        .query<IdempotencyRecord, [string, string]>(
          `select owner, key, fingerprint, resource_id as resourceId,
             created_at_ms as createdAtMs
           from answers where owner = ? and key = ?`,
        )
        .get(owner, key),
    due: async (nowMs) => dueIds(database, nowMs),
    eventsAfter: async (seq, limit) => eventsAfter(database, seq, limit),
    eventRange: async () => {
      const row = database
        .query<{ first: number | null; last: number | null }, []>(
          'select min(seq) as first, max(seq) as last from events',
        )
        .get()
      if (row === null || row.first === null || row.last === null) return null
      return { first: row.first, last: row.last }
    },
  }
}

function byId(table: string): string {
  return `select document from ${table} where id = ?`
}

function machinesByEvidence(
  database: Database,
  evidence: readonly Evidence[],
): readonly MachineRecord[] {
  const found = new Map<string, MachineRecord>()
  for (const { kind, value } of evidence) {
    const rows = database
      .query<DocumentRow, [string, string]>(
        `select document from machines join identity_evidence on machine_id = id
         where kind = ? and value = ?`,
      )
      .all(kind, value)
    for (const row of rows) {
      const record = machineRecordSchema.parse(JSON.parse(row.document))
      found.set(record.id, record)
    }
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function inventoryOf(database: Database, inspectionId: string): Inventory {
  const rows = database
    .query<{ class: string; facts: string }, [string]>(
      'select class, facts from facts where inspection_id = ?',
    )
    .all(inspectionId)
  let inventory: Inventory = emptyInventory
  for (const row of rows) {
    if (!isFactClass(row.class)) continue
    inventory = { ...inventory, [row.class]: keptFacts(row.class, JSON.parse(row.facts)) }
  }
  return inventory
}

/** Null for facts that another release wrote and this one cannot read: the next inspection tells. */
function keptFacts<C extends FactClass>(name: C, facts: unknown): FactsOf<C> | null {
  try {
    return parseFacts(name, facts)
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

function dueIds(database: Database, nowMs: number): Due {
  const ids = (table: 'machines' | 'allocations') =>
    database
      .query<{ id: string }, [number]>(
        `select id from ${table} where wake_at_ms <= ? order by wake_at_ms limit 1000`,
      )
      .all(nowMs)
      .map(({ id }) => id)
  return { machines: ids('machines'), allocations: ids('allocations') }
}

function eventsAfter(database: Database, seq: number, limit: number): readonly DurableEvent[] {
  const rows = database
    .query<{ seq: number; document: string }, [number, number]>(
      'select seq, document from events where seq > ? order by seq limit ?',
    )
    .all(seq, limit)
  return rows.flatMap((row) => {
    const stored: object = JSON.parse(row.document)
    const event = eventSchema.parse({ ...stored, seq: row.seq })
    return event.kind === 'activity' ? [] : [event]
  })
}

function pruneTables(database: Database, limits: PruneLimits): void {
  database
    .query('delete from events where seq <= (select max(seq) from events) - ?')
    .run(limits.eventsKept)
  const perMachine = [
    ['log_lines', limits.logLinesKeptPerMachine],
    ['phases', limits.phasesKeptPerMachine],
  ] as const
  for (const [table, kept] of perMachine) {
    database
      .query(
        `delete from ${table} where position in (
           select position from (
             select position,
               row_number() over (partition by machine_id order by position desc) as age
             from ${table}
           ) where age > ?
         )`,
      )
      .run(kept)
  }
  database.query('delete from boot_tickets where expires_at_ms < ?').run(limits.ticketsBeforeMs)
  database.query('delete from answers where created_at_ms < ?').run(limits.answersBeforeMs)
}
