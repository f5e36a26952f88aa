import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRunning, markProcess, type ProcessMark } from '../../lab/process-mark.ts'
import { removeDeadRuns, writeRunRecord } from '../../lab/run-record.ts'
import { systemCommands } from '../../lab/system-commands.ts'
import { systemClock } from '../../protocol/system-effects.ts'

let runs: string
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'assay-lab-runs-'))
})
afterEach(() => rmSync(runs, { recursive: true }))

describe('the runs of the lab', () => {
  test('lose what a dead one left running, and its directory', async () => {
    const left = await startedSleep()
    const directory = await recordedRun('dead', await endedProcess(), [left])
    expect(await removeDead()).toEqual([directory])
    expect(existsSync(directory)).toBe(false)
    expect(await isRunning(left)).toBe(false)
  })

  test('keep what a live one made', async () => {
    const left = await startedSleep()
    const directory = await recordedRun('live', await marked(process.pid), [left])
    expect(await removeDead()).toEqual([])
    expect(existsSync(directory)).toBe(true)
    expect(await isRunning(left)).toBe(true)
    process.kill(left.pid)
  })

  test('spare a process that has the id of one that ended', async () => {
    const other = await startedSleep()
    const before = { ...other, startTicks: other.startTicks - 1 }
    await recordedRun('dead', await endedProcess(), [before])
    await removeDead()
    expect(await isRunning(other)).toBe(true)
    process.kill(other.pid)
  })

  test('spare directories without a record, and do without a directory of runs', async () => {
    mkdirSync(join(runs, 'notes'))
    expect(await removeDead()).toEqual([])
    expect(await removeDeadRuns(join(runs, 'none'), systemCommands, systemClock)).toEqual([])
  })

  test('name the run whose record is damaged', async () => {
    mkdirSync(join(runs, 'odd'))
    writeFileSync(join(runs, 'odd', 'rack.json'), '{')
    await expect(removeDead()).rejects.toThrow(`record of the run in '${join(runs, 'odd')}'`)
  })
})

async function recordedRun(
  name: string,
  owner: ProcessMark,
  processes: ProcessMark[],
): Promise<string> {
  const directory = join(runs, name)
  mkdirSync(directory)
  await writeRunRecord(directory, { owner, networkNumber: null, processes })
  return directory
}

function removeDead(): Promise<readonly string[]> {
  return removeDeadRuns(runs, systemCommands, systemClock)
}

async function startedSleep(): Promise<ProcessMark> {
  return marked(systemCommands.start(['sleep', '60'], join(runs, 'sleep.log')).pid)
}

async function endedProcess(): Promise<ProcessMark> {
  const child = systemCommands.start(['sleep', '60'], join(runs, 'sleep.log'))
  const mark = await marked(child.pid)
  child.kill('SIGKILL')
  await child.exited
  return mark
}

async function marked(pid: number): Promise<ProcessMark> {
  const mark = await markProcess(pid)
  if (mark === null) throw new Error(`no process ${pid} runs`)
  return mark
}
