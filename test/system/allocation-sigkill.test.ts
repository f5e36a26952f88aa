import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { Invariants } from '../server/allocation/histories/invariants.ts'

const main = join(import.meta.dirname, '../server/allocation/histories/live-main.ts')
const kills = 20

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-sigkill-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

it('a server that is killed at any moment leaves a state that keeps every invariant', async () => {
  const file = join(directory, 'assay.sqlite')
  let startMs = Date.UTC(2026, 0, 1)
  let allocations = 0
  for (let seed = 1; seed <= kills; seed++) {
    await liveAndDie([file, String(seed), String(startMs)], 20 + ((seed * 37) % 80))
    const store = openSqliteStore(file, () => 'never used')
    const events = await store.eventsAfter(((await store.eventRange())?.last ?? 1) - 1, 1)
    const [last] = events
    startMs = Math.max(startMs, last?.atMs ?? 0) + 1000
    expect(await new Invariants(store, true).check(startMs), `after kill ${seed}`).toEqual([])
    allocations = (await store.allocations()).length
    await store.close()
  }
  expect(allocations).toBeGreaterThan(kills)
})

/** Runs the history until so many of its steps were told, then kills it in the middle of the next. */
async function liveAndDie(args: readonly string[], steps: number): Promise<void> {
  const child = Bun.spawn([process.execPath, main, ...args], { stdout: 'pipe', stderr: 'pipe' })
  let lines = 0
  for await (const chunk of child.stdout) {
    lines += new TextDecoder().decode(chunk).split('\n').length - 1
    if (lines >= steps) child.kill('SIGKILL')
  }
  await child.exited
  expect(child.signalCode, await new Response(child.stderr).text()).toBe('SIGKILL')
}
