import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrations } from '../../../server/store/sqlite/migrations.ts'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import { storeContract } from './contract.ts'
import { fabricStoreContract } from './fabric-contract.ts'
import { fleetStoreContract } from './fleet-contract.ts'
import { profileStoreContract } from './profile-contract.ts'
import { machineRecord } from './records.ts'
import { schedulingContract } from './scheduling-contract.ts'

let directory: string
let files = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-store-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const newFile = () => join(directory, `${(files += 1)}.sqlite`)
const open = (file: string) => openSqliteStore(file, () => crypto.randomUUID())

storeContract('SQLite store in memory', async () => open(':memory:'))
storeContract('SQLite store in a file', async () => open(newFile()))
schedulingContract('SQLite store in memory', async () => open(':memory:'))
schedulingContract('SQLite store in a file', async () => open(newFile()))
fabricStoreContract('SQLite store in memory', async () => open(':memory:'))
fabricStoreContract('SQLite store in a file', async () => open(newFile()))
fleetStoreContract('SQLite store in memory', async () => open(':memory:'))
fleetStoreContract('SQLite store in a file', async () => open(newFile()))
profileStoreContract('SQLite store in memory', async () => open(':memory:'))
profileStoreContract('SQLite store in a file', async () => open(newFile()))

describe('SQLite store', () => {
  it('keeps its records and its id when it is opened again', async () => {
    const file = newFile()
    const first = open(file)
    const change = {
      kind: 'machine',
      record: machineRecord('m1'),
      before: null,
      evidence: [],
    } as const
    await first.commit([change])
    await first.close()
    const second = open(file)
    expect(second.databaseId).toBe(first.databaseId)
    expect((await second.machine('m1'))?.id).toBe('m1')
    await second.close()
    const other = open(newFile())
    expect(other.databaseId).not.toBe(first.databaseId)
    await other.close()
  })

  it('brings what the first schema kept into the form of today', async () => {
    const file = newFile()
    const old = new Database(file, { create: true, strict: true })
    for (const { version, statements } of migrations) {
      if (version > 1) break
      for (const statement of statements) old.run(statement)
    }
    old.run('pragma user_version = 1')
    const machine = machineRecord('m1', { state: 'allocated', allocationId: 'a1' })
    old.run(`insert into machines values ('m1', 1, 'allocated', 0, 1, 0, null, ?)`, [
      JSON.stringify({ ...machine, shape: { id: 's1', text: 'S' } }),
    ])
    const member = { machineId: 'm1', role: 'n', fencingToken: 1, deploymentId: null, held: true }
    const allocation = {
      id: 'a1',
      generation: 2,
      state: 'active',
      owner: 'slurm',
      request: {},
      image: null,
      leaseSeconds: 60,
      members: [member],
      explanation: null,
      createdAtMs: 5,
      holdUntilMs: null,
      leaseUntilMs: 65,
      error: null,
      wakeAtMs: 65,
    }
    old.run(`insert into allocations values ('a1', 2, 'active', 65, ?)`, [
      JSON.stringify(allocation),
    ])
    old.run(`insert into allocation_members values ('a1', 'm1', 1)`)
    old.run(`insert into idempotency_keys values ('slurm', 'k', 'f', 'a1', 5)`)
    old.run(`insert into tokens values ('t1', 'slurm', 'scheduler', 'h', 1, null, null, null)`)
    old.close()
    const store = open(file)
    expect(await store.openAllocations()).toMatchObject([
      {
        tenant: 'slurm',
        ending: 'released',
        members: [{ machineId: 'm1', held: true, givenBackAtMs: null }],
      },
    ])
    expect(await store.idempotency('slurm', 'k')).toMatchObject({ resourceId: 'a1' })
    expect(await store.fleetChanges(0, 10)).toMatchObject({
      isLast: true,
      machines: [{ id: 'm1' }],
      allocations: [{ id: 'a1' }],
    })
    expect((await store.token('t1'))?.tenant).toBe('slurm')
    expect(await store.usage(0, 100)).toEqual([
      {
        allocationId: 'a1',
        machineId: 'm1',
        tenant: 'slurm',
        shape: { id: 's1', text: 'S' },
        fromMs: 5,
        untilMs: null,
      },
    ])
    await store.close()
  })

  it('refuses a file of a newer schema', () => {
    const file = newFile()
    const database = new Database(file, { create: true })
    database.run('pragma user_version = 999')
    database.close()
    expect(() => open(file)).toThrow('schema 999')
  })

  it('writes ahead, so that readers and the writer do not wait for each other', () => {
    const file = newFile()
    const store = open(file)
    const database = new Database(file)
    expect(database.query('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    database.close()
    return store.close()
  })
})
