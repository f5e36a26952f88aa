import { expect, test } from 'vitest'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

test('a server that does not run is one line with its address and exit code 4', async () => {
  const { exitCode, errors } = await assay({ url: 'http://127.0.0.1:1', token: 'x' }, ['machines'])
  expect(exitCode).toBe(4)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/^assay: cannot reach http:\/\/127\.0\.0\.1:1, check the address/)
})

test('no token and a wrong token are one line with what to do and exit code 5', async () => {
  await using server = await startApiServer()
  const none = await assay(null, ['machines'], { env: { ASSAY_SERVER: server.url } })
  expect(none.exitCode).toBe(5)
  expect(none.errors[0]).toContain('set ASSAY_TOKEN')
  const wrong = await assay({ ...server, token: 'assay_x' }, ['machines'])
  expect(wrong.exitCode).toBe(5)
  expect(wrong.errors[0]).toContain('ask an operator for one')
})

test('a server that is none of ours is named', async () => {
  const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('<html>') })
  try {
    const url = `http://127.0.0.1:${other.port}`
    const { exitCode, errors } = await assay({ url, token: 'x' }, ['machines'])
    expect(exitCode).toBe(1)
    expect(errors[0]).toContain('is no Assay server')
  } finally {
    await other.stop(true)
  }
})

test('settings come from the option, then the environment, then the file', async () => {
  await using server = await startApiServer()
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-operator-'))
  try {
    await mkdir(path.join(dir, 'assay'))
    const file = path.join(dir, 'assay/config.yaml')
    await writeFile(file, `server: ${server.url}\ntoken: ${server.token}\n`)
    const env = { XDG_CONFIG_HOME: dir }
    expect((await assay(null, ['machines'], { env })).exitCode).toBe(0)
    const wrongEnv = { ...env, ASSAY_TOKEN: 'wrong' }
    expect((await assay(null, ['machines'], { env: wrongEnv })).exitCode).toBe(5)
    const option = ['machines', '--token', server.token]
    expect((await assay(null, option, { env: wrongEnv })).exitCode).toBe(0)
    await writeFile(file, 'sever: x\n')
    const bad = await assay(null, ['machines'], { env })
    expect(bad.exitCode).toBe(2)
    expect(bad.errors[0]).toContain('is not valid')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('help prints the commands and the exit codes', async () => {
  const { exitCode, out } = await assay(null, ['--help'])
  expect(exitCode).toBe(0)
  expect(out).toContain('3  no machines match the request')
  for (const command of ['machines', 'show', 'request', 'watch', 'token']) {
    expect(out).toContain(`  ${command} `)
  }
})

test('a command that does not exist is one line with the nearest and exit code 2', async () => {
  const { exitCode, errors } = await assay(null, ['machnes'])
  expect(exitCode).toBe(2)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/^assay: unknown command 'machnes' \(Did you mean machines\?\)$/)
})
