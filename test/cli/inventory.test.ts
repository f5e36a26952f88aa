import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer } from './api-server.ts'
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

const openb = 'sn,cpu_milli,memory_mib,gpu,model\nt-1,96000,786432,8,V100M32\nt-2,x,1,0,\n'

describe('assay inventory import', () => {
  test('says what it would do, what is wrong, and what it did', async () => {
    const file = path.join(dir, 'nodes.csv')
    await writeFile(file, openb)
    const args = ['inventory', 'import', file, '--from', 'openb']
    const refused = await assay(server, args)
    expect(refused.exitCode).toBe(1)
    expect(refused.errors.join()).toContain("line 3: cpu_milli is 'x', wanted a whole number")
    const worse = path.join(dir, 'worse.csv')
    await writeFile(worse, `${openb}t-3,1000,y,0,\nt-1,1000,1,0,\n`)
    const all = await assay(server, ['inventory', 'import', worse, '--from', 'openb'])
    expect(all.errors).toEqual([
      expect.stringMatching(/^assay: line 3: .*, and 2 more problems; nothing was imported$/),
      "  line 4: memory_mib is 'y', wanted a whole number",
      "  line 5: machine 't-1' is on line 2 already",
    ])
    const dry = await assay(server, [...args, '--continue', '--dry-run'])
    expect(dry.out).toContain('would import: 1 added, 0 changed, 0 as before')
    expect((await assay(server, ['machines', '--json'])).out).toBe('[]\n')
    const done = await assay(server, [...args, '--continue'])
    expect(done.exitCode).toBe(1)
    expect(done.out).toContain('imported: 1 added')
    expect(done.out).toContain('left out, line 3:')
    expect(done.out).toMatch(/gpu\.count +1/)
    const listed = await assay(server, ['machines', '--flag', 'imported', '--json'])
    expect(listed.out).toContain('"t-1"')
  })

  test('shows somebody who looks how far it is, and nobody else', async () => {
    const file = path.join(dir, 'many.csv')
    const rows = Array.from({ length: 150 }, (_, index) => `many-${index},1000,1024,0,\n`)
    await writeFile(file, `sn,cpu_milli,memory_mib,gpu,model\n${rows.join('')}`)
    const args = ['inventory', 'import', file, '--from', 'openb']
    const { exitCode, out } = await assay(server, args, { isTerminal: true })
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^sending 3\.\d+ kB\n/)
    expect(out).toContain('checking the file: 0 machines')
    expect(out).toContain('taking 100 of 150 machines, 66 %')
    const last = 'taking 150 of 150 machines, 100 %\n'
    expect(out.slice(out.indexOf(last))).toContain(`${last}\x1b[1A\x1b[Jimported: 150 added`)
    const again = await assay(server, args)
    expect(again.out).toMatch(/^imported: 0 added, 0 changed, 150 as before\n/)
  })

  test('reads standard input, and refuses a file that is not there or a format it has not', async () => {
    const args = ['inventory', 'import', '-', '--from', 'jsonl', '--json']
    const input = '{"name":"u-1","attributes":{"cpu.cores":8}}\n'
    const { exitCode, out } = await assay(server, args, { input })
    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ format: 'jsonl', added: 1, known: { 'cpu.cores': 1 } })
    expect((await assay(server, ['inventory', 'import', 'x', '--from', 'csv'])).exitCode).toBe(2)
    const absent = ['inventory', 'import', '/nonexistent/x', '--from', 'openb']
    expect((await assay(server, absent)).exitCode).toBe(2)
  })
})

describe('assay explain', () => {
  test('counts imported machines only where it is asked to', async () => {
    const args = ['explain', '--role', '1,gpu.count>=8']
    const real = await assay(server, args)
    expect(real.exitCode).toBe(3)
    const imported = await assay(server, [...args, '--imported'])
    expect(imported.exitCode).toBe(0)
    expect((await assay(server, ['allocations', '--json'])).out).toBe('[]\n')
  })
})

describe('assay inventory forget', () => {
  test('drops what was imported', async () => {
    expect((await assay(server, ['inventory', 'forget'])).exitCode).toBe(2)
    expect((await assay(server, ['inventory', 'forget', 't-1'])).out).toBe(
      'forgot 1 imported machines\n',
    )
    expect((await assay(server, ['inventory', 'forget', '--all'])).exitCode).toBe(0)
    expect((await assay(server, ['machines', '--flag', 'imported', '--json'])).out).toBe('[]\n')
  })
})

describe('assay export', () => {
  test('prints the files of an allocation, or writes them into a folder', async () => {
    const id = await availableId(server, server.connect(server.agent(makeMachine(1))))
    await server.client.machines.setName(id, 'node-1')
    const { allocation } = await server.client.allocations.create({
      request: {
        roles: [{ name: 'node', count: 1, match: { 'memory.size': { gte: 1 } } }],
        lease: { duration: '1h' },
      },
    })
    const args = ['export', allocation?.id ?? '', '--format', 'slurm']
    const printed = await assay(server, args)
    expect(printed.out).toContain('# file: nodes.conf\n')
    expect(printed.out).toContain('NodeName=node-1 ')
    expect(printed.out).toContain('# file: topology.conf\n')
    const out = path.join(dir, 'slurm')
    const written = await assay(server, [...args, '--topology', 'block', '--out', out])
    expect(written.out).toContain(`wrote ${path.join(out, 'topology.conf')}`)
    expect(await readdir(out)).toEqual(expect.arrayContaining(['nodes.conf', 'topology.conf']))
    expect(await readFile(path.join(out, 'topology.conf'), 'utf8')).toContain('BlockName=')
    const labels = ['export', allocation?.id ?? '', '--format', 'kubernetes-labels']
    expect((await assay(server, labels)).out).toContain('kind: "Node"')
    expect((await assay(server, ['export', allocation?.id ?? '', '--format', 'x'])).exitCode).toBe(
      2,
    )
  })
})
