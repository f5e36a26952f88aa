import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * `npm test`: builds what the tests boot, runs the vitest projects but `long`, and ends with the plain line
 * `N passed, N failed`. Arguments go to vitest (`npm test -- test/server`).
 */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numFailedTestSuites: z.number(),
})

const started = performance.now()
await step('build', ['bun', 'build.ts', '--fast', '--only', 'boot', '--only', 'web'])
const report = join(tmpdir(), `assay-test-report-${process.pid}.json`)
const code = await step('tests', [
  'bun',
  '--bun',
  'vitest',
  'run',
  ...['unit', 'corpora', 'system'].map((project) => `--project=${project}`),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]).catch(() => 1)
const result = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')))
await rm(report)
console.log(`npm test took ${((performance.now() - started) / 1000).toFixed(0)} s`)
const failed = result.numFailedTests + (code !== 0 && result.numFailedTests === 0 ? 1 : 0)
const skipped = result.numPendingTests > 0 ? `, ${result.numPendingTests} skipped` : ''
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped}`)
process.exit(failed === 0 ? 0 : 1)

async function step(name: string, command: readonly string[]): Promise<number> {
  console.log(`npm test: ${name}`)
  const child = Bun.spawn([...command], { stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await child.exited
  if (code !== 0 && name === 'build') throw new Error(`${command.join(' ')} ended with ${code}`)
  return code
}
