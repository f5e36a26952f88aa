/**
 * The schema, as numbered steps; `user_version` names the last one taken. A step that was released
 * never changes: what comes later is a new step. Whole records are JSON in `document`; columns
 * beside it are what is searched, checked or kept unique.
 */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly statements: readonly string[]
}

const live = `('preparing', 'prepared', 'authorized', 'started', 'verified')`

/** Records that decisions over the fleet look at, and their tables. */
const fleetTables = [
  ['tenant', 'tenants'],
  ['reservation', 'reservations'],
  ['allocation', 'allocations'],
  ['machine', 'machines'],
] as const

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'first form',
    statements: [
      `create table meta (key text primary key, value text not null) strict`,

      `create table machines (
        id text primary key,
        generation integer not null,
        state text not null,
        is_pending integer not null,
        fencing_token integer not null,
        epoch integer not null,
        wake_at_ms real,
        document text not null
      ) strict`,
      `create index machines_by_wake on machines (wake_at_ms) where wake_at_ms is not null`,
      `create index machines_pending on machines (id) where is_pending = 1`,

      `create table identity_evidence (
        kind text not null,
        value text not null,
        machine_id text not null references machines (id),
        primary key (kind, value, machine_id)
      ) strict, without rowid`,

      `create table sessions (
        id text primary key,
        generation integer not null,
        machine_id text not null references machines (id),
        public_key text not null unique,
        acked_seq integer not null,
        document text not null
      ) strict`,

      `create table inspections (
        id text primary key,
        generation integer not null,
        machine_id text not null references machines (id),
        document text not null
      ) strict`,
      `create index inspections_by_machine on inspections (machine_id, id)`,

      `create table facts (
        inspection_id text not null references inspections (id),
        class text not null,
        facts text not null,
        elapsed_seconds real not null,
        primary key (inspection_id, class)
      ) strict, without rowid`,

      `create table findings (
        position integer primary key,
        inspection_id text not null references inspections (id),
        document text not null
      ) strict`,
      `create index findings_by_inspection on findings (inspection_id, position)`,

      `create table results (
        position integer primary key,
        inspection_id text not null references inspections (id),
        method text not null,
        component text not null,
        document text not null,
        unique (inspection_id, method, component)
      ) strict`,

      `create table log_lines (
        position integer primary key,
        machine_id text not null references machines (id),
        document text not null
      ) strict`,
      `create index log_lines_by_machine on log_lines (machine_id, position)`,

      `create table phases (
        position integer primary key,
        machine_id text not null references machines (id),
        phase text not null,
        at_seconds real,
        at_ms real not null
      ) strict`,
      `create index phases_by_machine on phases (machine_id, position)`,

      `create table allocations (
        id text primary key,
        generation integer not null,
        state text not null,
        wake_at_ms real,
        document text not null
      ) strict`,
      `create index allocations_by_wake on allocations (wake_at_ms) where wake_at_ms is not null`,

      `create table allocation_members (
        allocation_id text not null references allocations (id),
        machine_id text not null references machines (id),
        is_held integer not null,
        primary key (allocation_id, machine_id)
      ) strict, without rowid`,
      // P6: a machine is in at most one live allocation.
      `create unique index allocation_members_held on allocation_members (machine_id)
        where is_held = 1`,

      `create table deployments (
        id text primary key,
        generation integer not null,
        machine_id text not null references machines (id),
        allocation_id text not null references allocations (id),
        state text not null,
        document text not null
      ) strict`,
      `create index deployments_by_machine on deployments (machine_id, id)`,

      `create table commands (
        id text primary key,
        generation integer not null,
        machine_id text not null references machines (id),
        epoch integer not null,
        state text not null,
        document text not null
      ) strict`,
      // At most one command of a machine may still act.
      `create unique index commands_live on commands (machine_id) where state in ${live}`,

      `create table tenancies (
        disk_digest text not null,
        allocation_id text not null references allocations (id),
        machine_id text not null references machines (id),
        granted_at_ms real not null,
        released_at_ms real
      ) strict`,
      // P4: a disk belongs to at most one allocation.
      `create unique index tenancies_held on tenancies (disk_digest) where released_at_ms is null`,
      `create index tenancies_by_allocation on tenancies (allocation_id, machine_id)`,

      `create table idempotency_keys (
        owner text not null,
        key text not null,
        fingerprint text not null,
        allocation_id text not null references allocations (id),
        created_at_ms real not null,
        primary key (owner, key)
      ) strict, without rowid`,

      `create table boot_tickets (
        id text primary key,
        machine_id text,
        address text,
        created_at_ms real not null,
        expires_at_ms real not null,
        used_at_ms real
      ) strict, without rowid`,

      `create table tokens (
        id text primary key,
        name text not null,
        role text not null,
        secret_hash text not null unique,
        created_at_ms real not null,
        expires_at_ms real,
        revoked_at_ms real,
        last_used_at_ms real
      ) strict, without rowid`,

      `create table events (
        seq integer primary key autoincrement,
        at_ms real not null,
        kind text not null,
        document text not null
      ) strict`,
    ],
  },
  {
    version: 2,
    name: 'queue, tenants, reservations, usage, webhooks',
    statements: [
      `alter table allocations add column is_open integer not null default 0`,
      `update allocations set
        is_open = state in ('pending', 'queued', 'reserved', 'active', 'releasing'),
        document = json_set(document,
          '$.tenant', json_extract(document, '$.owner'),
          '$.priority', 0,
          '$.holdSeconds', 60,
          '$.noticeSeconds', 0,
          '$.graceSeconds', 0,
          '$.confirmsItself', json('true'),
          '$.reservationId', null,
          '$.queuedAtMs', null,
          '$.waitUntilMs', null,
          '$.ending', 'released',
          '$.members', json((
            select json_group_array(json_set(value, '$.givenBackAtMs', null))
            from json_each(document, '$.members')
          )))`,
      `create index allocations_open on allocations (id) where is_open = 1`,
      // Events tell an allocation as it was shown then: what is shown since is told from now on.
      `delete from events where kind = 'allocation'`,

      `alter table tokens add column tenant text not null default ''`,
      `update tokens set tenant = name`,

      `create table answers (
        owner text not null,
        key text not null,
        fingerprint text not null,
        resource_id text not null,
        created_at_ms real not null,
        primary key (owner, key)
      ) strict, without rowid`,
      `insert into answers select owner, key, fingerprint, allocation_id, created_at_ms
        from idempotency_keys`,
      `drop table idempotency_keys`,

      `create table tenants (
        id text primary key,
        generation integer not null,
        document text not null
      ) strict`,

      `create table reservations (
        id text primary key,
        generation integer not null,
        until_ms real not null,
        is_cancelled integer not null,
        document text not null
      ) strict`,
      `create index reservations_by_end on reservations (until_ms) where is_cancelled = 0`,

      `create table webhooks (
        id text primary key,
        generation integer not null,
        is_removed integer not null,
        document text not null
      ) strict`,

      `create table usage (
        allocation_id text not null references allocations (id),
        machine_id text not null references machines (id),
        tenant text not null,
        shape_id text,
        shape_text text,
        from_ms real not null,
        until_ms real,
        primary key (allocation_id, machine_id)
      ) strict, without rowid`,
      `create index usage_by_end on usage (until_ms)`,
      // What is held now was granted when its allocation was made.
      `insert into usage
        select allocation_id, machine_id, json_extract(allocations.document, '$.tenant'),
          json_extract(machines.document, '$.shape.id'),
          json_extract(machines.document, '$.shape.text'),
          json_extract(allocations.document, '$.createdAtMs'), null
        from allocation_members
        join allocations on allocations.id = allocation_id
        join machines on machines.id = machine_id
        where is_held = 1`,
    ],
  },
  {
    version: 3,
    name: 'fabrics',
    statements: [
      `create table fabrics (
        name text primary key,
        imported_at_ms real not null,
        imported_by text not null,
        text text not null
      ) strict, without rowid`,
    ],
  },
  {
    version: 4,
    name: 'profiles',
    statements: [
      `create table profiles (
        seq integer primary key,
        name text not null,
        at_ms real not null,
        by_whom text not null,
        document text
      ) strict`,
    ],
  },
  {
    version: 5,
    name: 'names of machines, imported machines',
    statements: [
      `create index machines_by_name on machines (json_extract(document, '$.name'))`,
      `create index machines_imported on machines (id)
        where instr(json_extract(document, '$.flags'), '"imported"') > 0`,
    ],
  },
  {
    version: 6,
    name: 'changes of the fleet',
    statements: [
      // Which records of the fleet changed, in the order of their last change: `seq` only rises.
      `create table fleet_changes (
        seq integer primary key autoincrement,
        kind text not null,
        record_id text not null,
        unique (kind, record_id)
      ) strict`,
      ...fleetTables.flatMap(([kind, table]) => [
        `insert into fleet_changes (kind, record_id) select '${kind}', id from ${table} order by id`,
        ...changeTriggers(kind, table),
      ]),
      `create index usage_spans on usage (until_ms, from_ms, tenant)`,
    ],
  },
]

/** Whoever changes such a record, by whatever statement, is noted. */
function changeTriggers(kind: string, table: string): readonly string[] {
  const events = [
    ['insert', 'new'],
    ['update', 'new'],
    ['delete', 'old'],
  ] as const
  return events.map(
    ([event, row]) =>
      `create trigger ${table}_noted_${event} after ${event} on ${table} begin
        delete from fleet_changes where kind = '${kind}' and record_id = ${row}.id;
        insert into fleet_changes (kind, record_id) values ('${kind}', ${row}.id);
      end`,
  )
}
