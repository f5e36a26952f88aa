import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiServer } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
let dir: string
beforeAll(async () => {
  server = await startApiServer()
  dir = await mkdtemp(path.join(tmpdir(), 'assay-cli-'))
})
afterAll(async () => {
  await rm(dir, { recursive: true })
  await server[Symbol.asyncDispose]()
})

const role = ['request', '--role', '1,cpu.cores>=1']

/** What is written wrong, how the command ends, and what it says about it. */
const wrong: readonly (readonly [args: readonly string[], exitCode: number, says: string])[] = [
  [[...role, '--priority', 'soon'], 2, "--priority 'soon' is not a whole number"],
  [[...role, '--priority', '-1'], 2, "--priority '-1' is not a whole number"],
  [[...role, '--lease', 'soon'], 1, "'soon' is no duration"],
  [['capacity', '--count', 'x'], 2, "--count 'x' is not a whole number from 1"],
  [['capacity', '--count', '0'], 2, "--count '0' is not a whole number from 1"],
  [['profiles', 'remove', 'x', '--generation', '1.5'], 2, "--generation '1.5' is not a whole"],
  [['quota', 'set', 't', '--machines', '1.5'], 2, "--machines '1.5' is not a whole number"],
  [['quota', 'set', 't', '--weight', 'x'], 2, "--weight 'x' is not a number such as 2 or 0.5"],
  [['renew', 'x', 'soon'], 2, "'soon' is no duration"],
  [['revoke', 'x', '--reason', 'y', '--grace', 'soon'], 2, "'soon' is no duration"],
  [['usage', '--until', '2020-01-01', '--from', '2021-01-01'], 2, 'wants --from before --until'],
  [['usage', '--csv', '--json'], 2, 'wants either --csv or --json'],
  [['reservations', 'cancel', 'x'], 6, "no reservation has the id 'x'"],
  [['webhooks', 'resume', 'x'], 6, "no webhook has the id 'x'"],
  [['release', 'x'], 6, "no allocation has the id 'x'"],
  [['export', 'x', '--format', 'slurm'], 6, "no allocation has the id 'x'"],
  [['profiles', 'show', 'x@1'], 6, "no profile is named 'x'"],
]

test.each(wrong)('assay %j ends with %i and says why in one line', async (args, exitCode, says) => {
  const ran = await assay(server, args)
  expect(ran.errors).toHaveLength(1)
  expect(ran.errors[0]).toContain(says)
  expect(ran.errors[0]).toMatch(/^assay: /)
  expect([ran.exitCode, ran.out]).toEqual([exitCode, ''])
})

test('a file that is no YAML is told with the line, and a key twice is not taken for one', async () => {
  const file = path.join(dir, 'written.yaml')
  const commands = [
    ['request', '--file', file],
    ['explain', '--file', file],
    ['profiles', 'put', file],
  ]
  for (const [text, says] of [
    ['name: x\nroles: [\n', 'line 3'],
    ['name: x\nmatch: { cpu.cores: 1, cpu.cores: 2 }\n', "'cpu.cores' stands there twice"],
  ] as const) {
    await writeFile(file, text)
    for (const args of commands) {
      const { exitCode, errors } = await assay(server, args)
      expect([args[0], exitCode]).toEqual([args[0], 2])
      expect(errors.join('\n')).toContain(says)
    }
  }
})
