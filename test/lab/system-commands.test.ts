import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isRunning, markProcess } from '../../lab/process-mark.ts'
import { systemCommands } from '../../lab/system-commands.ts'

test('a program that fails is quoted with what it said', async () => {
  await expect(systemCommands.run(['sh', '-c', 'echo no luck >&2; exit 3'])).rejects.toThrow(
    "Cannot run 'sh -c echo no luck >&2; exit 3': ended with status 3: no luck",
  )
})

test('a program reads its input and environment', async () => {
  const options = { input: 'in', environment: { WORD: 'out' } }
  expect(await systemCommands.run(['sh', '-c', 'cat; echo $WORD'], options)).toBe('inout\n')
})

test('a started program dies with the process that started it, even when that is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-lab-commands-'))
  try {
    const parent = Bun.spawn([process.execPath, '-e', parentProgram(folder)], { stdout: 'pipe' })
    const { value } = await parent.stdout.getReader().read()
    const child = await markProcess(Number(new TextDecoder().decode(value)))
    if (child === null) throw new Error('the child does not run')
    expect(await isRunning(child)).toBe(true)
    parent.kill('SIGKILL')
    await parent.exited
    await expect.poll(() => isRunning(child)).toBe(false)
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('started\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** Starts a child, says its id once the child has written, and waits. */
function parentProgram(folder: string): string {
  const program = join(import.meta.dirname, '../../lab/system-commands.ts')
  const log = join(folder, 'log')
  return `
    import { systemCommands } from ${JSON.stringify(program)}
    const log = ${JSON.stringify(log)}
    const child = systemCommands.start(['sh', '-c', 'echo started; exec sleep 60'], log)
    while ((await Bun.file(log).text()) === '') await Bun.sleep(10)
    console.log(child.pid)
    await Bun.sleep(60_000)
  `
}
