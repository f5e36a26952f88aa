import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import { storeContract } from './contract.ts'
import { fabricStoreContract } from './fabric-contract.ts'
import { machineRecord } from './records.ts'

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
fabricStoreContract('SQLite store in memory', async () => open(':memory:'))
fabricStoreContract('SQLite store in a file', async () => open(newFile()))

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
