import type { Database } from 'bun:sqlite'
import { StaleWriteError } from '../store.ts'
import type { Change, Evidence } from '../store.ts'
import type { AllocationRecord, CommandRecord, MachineRecord } from '../records.ts'
import { isOpenAllocation } from '../../../protocol/states.ts'
import { assertRises, assertStep } from '../transitions.ts'

/** Makes one change inside the caller's transaction. The seq, for an event; null otherwise. */
export function applyChange(database: Database, change: Change): number | null {
  switch (change.kind) {
    case 'machine':
      putMachine(database, change.record, change.before, change.evidence)
      return null
    case 'session': {
      const { record, before } = change
      const { machineId, publicKey, ackedSeq } = record
      putRow(database, 'sessions', record, before, {
        machine_id: machineId,
        public_key: publicKey,
        acked_seq: ackedSeq,
      })
      return null
    }
    case 'inspection':
      putRow(database, 'inspections', change.record, change.before, {
        machine_id: change.record.machineId,
      })
      return null
    case 'command':
      putCommand(database, change.record, change.before)
      return null
    case 'deployment': {
      const { machineId, allocationId, state } = change.record
      putRow(database, 'deployments', change.record, change.before, {
        machine_id: machineId,
        allocation_id: allocationId,
        state,
      })
      return null
    }
    case 'allocation':
      putAllocation(database, change.record, change.before)
      return null
    case 'tenant':
      putRow(database, 'tenants', change.record, change.before, {})
      return null
    case 'reservation':
      putRow(database, 'reservations', change.record, change.before, {
        until_ms: change.record.untilMs,
        is_cancelled: change.record.cancelledAtMs === null ? 0 : 1,
      })
      return null
    case 'webhook':
      putRow(database, 'webhooks', change.record, change.before, {
        is_removed: change.record.state === 'removed' ? 1 : 0,
      })
      return null
    case 'event': {
      const { atMs, kind } = change.event
      return insert(database, 'events', {
        at_ms: atMs,
        kind,
        document: JSON.stringify(change.event),
      })
    }
    default:
      appendRow(database, change)
      return null
  }
}

/** Changes of records that have a generation are made one by one above. */
type Recorded = Extract<Change, { readonly record: unknown }>
type Appended = Exclude<Change, Recorded | { kind: 'event' }>

function appendRow(database: Database, change: Appended): void {
  switch (change.kind) {
    case 'facts':
      database
        .query(
          `insert into facts (inspection_id, class, facts, elapsed_seconds) values (?, ?, ?, ?)
           on conflict (inspection_id, class)
           do update set facts = excluded.facts, elapsed_seconds = excluded.elapsed_seconds`,
        )
        .run(change.inspectionId, change.class, JSON.stringify(change.facts), change.elapsedSeconds)
      return
    case 'finding':
      insert(database, 'findings', {
        inspection_id: change.inspectionId,
        document: JSON.stringify(change.finding),
      })
      return
    case 'result':
      database
        .query(
          `insert into results (inspection_id, method, component, document) values (?, ?, ?, ?)
           on conflict (inspection_id, method, component)
           do update set document = excluded.document`,
        )
        .run(
          change.inspectionId,
          change.result.method,
          change.result.component,
          JSON.stringify(change.result),
        )
      return
    case 'log':
      insert(database, 'log_lines', {
        machine_id: change.machineId,
        document: JSON.stringify(change.line),
      })
      return
    case 'phase':
      insert(database, 'phases', {
        machine_id: change.machineId,
        phase: change.phase,
        at_seconds: change.atSeconds,
        at_ms: change.atMs,
      })
      return
    case 'grant-disk':
      insert(database, 'tenancies', {
        disk_digest: change.tenancy.diskDigest,
        allocation_id: change.tenancy.allocationId,
        machine_id: change.tenancy.machineId,
        granted_at_ms: change.tenancy.grantedAtMs,
      })
      return
    case 'release-disks':
      database
        .query(
          `update tenancies set released_at_ms = ?
           where allocation_id = ? and machine_id = ? and released_at_ms is null`,
        )
        .run(change.atMs, change.allocationId, change.machineId)
      return
    case 'ticket':
      insert(database, 'boot_tickets', {
        id: change.ticket.id,
        machine_id: change.ticket.machineId,
        address: change.ticket.address,
        created_at_ms: change.ticket.createdAtMs,
        expires_at_ms: change.ticket.expiresAtMs,
        used_at_ms: change.ticket.usedAtMs,
      })
      return
    case 'use-ticket': {
      const { changes } = database
        .query('update boot_tickets set used_at_ms = ? where id = ? and used_at_ms is null')
        .run(change.atMs, change.id)
      if (changes !== 1) throw new StaleWriteError(`boot ticket '${change.id}' was used before`)
      return
    }
    case 'fleet':
      countFleetDecision(database, change.before)
      return
    case 'usage-begin': {
      const { allocationId, machineId, tenant, shape, fromMs } = change.usage
      insert(database, 'usage', {
        allocation_id: allocationId,
        machine_id: machineId,
        tenant,
        shape_id: shape?.id ?? null,
        shape_text: shape?.text ?? null,
        from_ms: fromMs,
        until_ms: null,
      })
      return
    }
    case 'usage-end':
      database
        .query(
          `update usage set until_ms = ?
           where allocation_id = ? and machine_id = ? and until_ms is null`,
        )
        .run(change.atMs, change.allocationId, change.machineId)
      return
    case 'answer':
      insert(database, 'answers', {
        owner: change.answer.owner,
        key: change.answer.key,
        fingerprint: change.answer.fingerprint,
        resource_id: change.answer.resourceId,
        created_at_ms: change.answer.createdAtMs,
      })
  }
}

function putMachine(
  database: Database,
  record: MachineRecord,
  before: number | null,
  evidence: readonly Evidence[],
): void {
  const { id, state, fencingToken, epoch } = record
  const old = database
    .query<{ state: string; fencing_token: number; epoch: number }, [string]>(
      'select state, fencing_token, epoch from machines where id = ?',
    )
    .get(id)
  putRow(database, 'machines', record, before, {
    state,
    is_pending: record.flags.includes('pending') ? 1 : 0,
    fencing_token: fencingToken,
    epoch,
    wake_at_ms: record.wakeAtMs,
  })
  assertStep('machine', id, before === null ? null : (old?.state ?? null), state)
  assertRises('fencing token', id, old?.fencing_token ?? 0, fencingToken)
  assertRises('epoch', id, old?.epoch ?? 0, epoch)
  if (before !== null) return
  for (const { kind, value } of evidence) {
    insert(database, 'identity_evidence', { kind, value, machine_id: id })
  }
}

function putCommand(database: Database, record: CommandRecord, before: number | null): void {
  const old = stateOf(database, 'commands', record.id)
  putRow(database, 'commands', record, before, {
    machine_id: record.machineId,
    epoch: record.epoch,
    state: record.state,
  })
  assertStep('command', record.id, before === null ? null : old, record.state)
}

function putAllocation(database: Database, record: AllocationRecord, before: number | null): void {
  const old = stateOf(database, 'allocations', record.id)
  putRow(database, 'allocations', record, before, {
    state: record.state,
    is_open: isOpenAllocation(record.state) ? 1 : 0,
    wake_at_ms: record.wakeAtMs,
  })
  assertStep('allocation', record.id, before === null ? null : old, record.state)
  for (const { machineId, held } of record.members) {
    guarded(() =>
      database
        .query(
          `insert into allocation_members (allocation_id, machine_id, is_held) values (?, ?, ?)
           on conflict (allocation_id, machine_id) do update set is_held = excluded.is_held`,
        )
        .run(record.id, machineId, held ? 1 : 0),
    )
  }
}

/** The first decision finds nothing to count on. */
function countFleetDecision(database: Database, before: number): void {
  const key = 'fleet_generation'
  const row = database
    .query<{ value: string }, [string]>('select value from meta where key = ?')
    .get(key)
  if (Number(row?.value ?? 0) !== before) {
    throw new StaleWriteError('another decision took from the fleet meanwhile')
  }
  database
    .query(
      `insert into meta (key, value) values (?, ?)
       on conflict (key) do update set value = excluded.value`,
    )
    .run(key, String(before + 1))
}

function stateOf(database: Database, table: 'commands' | 'allocations', id: string): string | null {
  const row = database
    .query<{ state: string }, [string]>(`select state from ${table} where id = ?`)
    .get(id)
  return row?.state ?? null
}

type Column = string | number | null

/** Inserts or updates a record with a generation, from the generation it was read at. */
function putRow(
  database: Database,
  table:
    | 'machines'
    | 'sessions'
    | 'inspections'
    | 'commands'
    | 'deployments'
    | 'allocations'
    | 'tenants'
    | 'reservations'
    | 'webhooks',
  record: { readonly id: string; readonly generation: number },
  before: number | null,
  columns: Readonly<Record<string, Column>>,
): void {
  const { id, generation } = record
  const values = { ...columns, generation, document: JSON.stringify(record) }
  if (before === null) {
    insert(database, table, { id, ...values })
    return
  }
  const names = Object.keys(values)
  const { changes } = guarded(() =>
    database
      .query(
        `update ${table} set ${names.map((name) => `${name} = ?`).join(', ')}
         where id = ? and generation = ?`,
      )
      .run(...Object.values(values), id, before),
  )
  if (changes !== 1) {
    throw new StaleWriteError(`${table} '${id}' is no longer at generation ${before}`)
  }
}

/** Names are ours and fixed, values are bound. The new row's id. */
function insert(
  database: Database,
  table: string,
  columns: Readonly<Record<string, Column>>,
): number {
  const names = Object.keys(columns)
  const marks = names.map(() => '?').join(', ')
  const { lastInsertRowid } = guarded(() =>
    database
      .query(`insert into ${table} (${names.join(', ')}) values (${marks})`)
      .run(...Object.values(columns)),
  )
  return Number(lastInsertRowid)
}

/** A uniqueness rule that strikes means that somebody else was first. */
function guarded<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
      throw new StaleWriteError('another record was there first', { cause: error })
    }
    throw error
  }
}
