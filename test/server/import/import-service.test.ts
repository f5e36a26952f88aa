import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApiRig } from '../api/api-rig.ts'
import type { ApiRig } from '../api/api-rig.ts'
import type { ImportProgress } from '../../../protocol/imports.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const header = 'sn,cpu_milli,memory_mib,gpu,model\n'
const openb = `${header}a-1,96000,786432,8,V100M32\na-2,32000,262144,0,\na-3,32000,262144,0,\n`
const importOpenb = (
  text: string,
  changes: { dryRun?: boolean; onProblem?: 'stop' | 'skip' } = {},
) =>
  rig.clients.operator.inventory.import(new Blob([text]), {
    format: 'openb',
    dryRun: false,
    onProblem: 'stop',
    ...changes,
  })
const request = (match: Readonly<Record<string, unknown>>, count = 1) => ({
  roles: [{ name: 'node', count, match }],
  lease: { duration: '1h' },
})

test('a file becomes machines with a flag that keeps them from being granted', async () => {
  expect(await importOpenb(openb)).toMatchObject({
    dryRun: false,
    added: 3,
    changed: 0,
    unchanged: 0,
    refused: [],
    known: { 'cpu.threads': 3, 'gpu.count': 3, 'gpu.model': 3 },
  })
  const machines = await rig.clients.viewer.machines.list()
  expect(machines.map(({ name }) => name)).toEqual(['a-1', 'a-2', 'a-3'])
  expect(machines[0]).toMatchObject({
    state: 'enrolled',
    flags: ['imported'],
    connected: false,
    attributes: { 'cpu.threads': 96, 'memory.size': '768GiB', 'gpu.count': 8 },
    shape: { text: '96 threads, 768 GiB, 8 V100M32' },
  })
  expect(machines[1]?.shape).toEqual(machines[2]?.shape)
  const where = await rig.clients.viewer.machines.list({ where: ['gpu.count>=8'] })
  expect(where.map(({ name }) => name)).toEqual(['a-1'])
})

test('imported machines answer a question of their own, and no request', async () => {
  await importOpenb(openb)
  const wanted = request({ 'gpu.count': { gte: 8 }, 'memory.size': { gte: '512Gi' } })
  const asked = await rig.clients.viewer.inventory.match(wanted)
  expect(asked.allocation).toBeNull()
  expect(asked.explanation.verdict).toBe('matched')
  const dry = await rig.clients.viewer.allocations.match(wanted)
  expect(dry.explanation.verdict).toBe('unschedulable')
  const real = await rig.clients.scheduler.allocations.create({ request: wanted })
  expect(real.allocation).toBeNull()
  // What a file does not state is unknown, and unknown never matches.
  const cores = await rig.clients.viewer.inventory.match(request({ 'cpu.cores': { gte: 1 } }))
  expect(cores.explanation.verdict).not.toBe('matched')
  await expect(rig.clients.viewer.inventory.match({ roles: [] })).rejects.toMatchObject({
    code: 'unprocessable',
  })
})

test('the same file again changes nothing, another one what it says', async () => {
  await importOpenb(openb)
  expect(await importOpenb(openb)).toMatchObject({ added: 0, changed: 0, unchanged: 3 })
  const [before] = await rig.clients.viewer.machines.list()
  const grown = openb.replace('a-1,96000', 'a-1,128000').concat('a-4,1000,1024,0,\n')
  expect(await importOpenb(grown)).toMatchObject({ added: 1, changed: 1, unchanged: 2 })
  const [after] = await rig.clients.viewer.machines.list()
  expect(after).toMatchObject({ id: before?.id, attributes: { 'cpu.threads': 128 } })
  const { explanation } = await rig.clients.viewer.inventory.match(
    request({ 'cpu.threads': { gte: 128 } }),
  )
  expect(explanation.verdict).toBe('matched')
})

test('a dry run says the same and changes nothing', async () => {
  expect(await importOpenb(openb, { dryRun: true })).toMatchObject({ dryRun: true, added: 3 })
  expect(await rig.clients.viewer.machines.list()).toEqual([])
})

test('a file with anything wrong is refused whole, unless it is told to go on', async () => {
  const wrong = openb.replace('a-2,32000', 'a-2,x').concat('a-1,1000,1024,0,\n')
  await expect(importOpenb(wrong)).rejects.toMatchObject({
    code: 'unprocessable',
    message:
      "line 3: cpu_milli is 'x', wanted a whole number, and 1 more problem; nothing was imported",
    details: {
      problems: [{ line: 3 }, { line: 5, message: "machine 'a-1' is on line 2 already" }],
    },
  })
  expect(await rig.clients.viewer.machines.list()).toEqual([])
  const report = await importOpenb(wrong, { onProblem: 'skip' })
  expect(report).toMatchObject({ added: 2, refused: [{ line: 3 }, { line: 5 }] })
  await expect(importOpenb('')).rejects.toThrow("holds no machine in the format 'openb'")
})

test('a machine that an agent reported is not overwritten by a file', async () => {
  const agent = await rig.world.available(1)
  const id = agent.welcome?.machineId ?? ''
  await rig.clients.operator.machines.setName(id, 'a-2')
  await expect(importOpenb(openb)).rejects.toThrow(
    "line 3: 'a-2' is a machine that an agent reported, not an imported one",
  )
  expect(await importOpenb(openb, { onProblem: 'skip' })).toMatchObject({ added: 2 })
  expect((await rig.clients.viewer.machines.get(id)).flags).toEqual([])
})

test('facts of an agent make a machine with an inventory, findings and figures', async () => {
  const agent = await rig.world.available(7)
  const id = agent.welcome?.machineId ?? ''
  const real = await rig.clients.viewer.machines.get(id)
  const line = {
    name: 'copy-1',
    labels: { rack: 'r1' },
    facts: real.inventory,
    findings: real.findings,
    results: real.results,
  }
  const text = `${JSON.stringify(line)}\n`
  const order = { format: 'jsonl', dryRun: false, onProblem: 'stop' } as const
  const { inventory } = rig.clients.operator
  expect(await inventory.import(new Blob([text]), order)).toMatchObject({ added: 1 })
  expect(await inventory.import(new Blob([text]), order)).toMatchObject({ unchanged: 1 })
  const copy = (await rig.clients.viewer.machines.list()).find(({ name }) => name === 'copy-1')
  const shown = await rig.clients.viewer.machines.get(copy?.id ?? '')
  expect(shown.inventory).toEqual(real.inventory)
  expect(shown.shape).toEqual(real.shape)
  expect(shown.attributes).toEqual({ ...real.attributes, 'label.rack': 'r1' })
  // Labels can be changed, and nothing else is lost by it.
  const labelled = await rig.clients.operator.machines.setLabels(shown.id, { rack: 'r2' })
  expect(labelled.attributes).toEqual({ ...real.attributes, 'label.rack': 'r2' })
})

test('labels of a machine without facts can be changed, and nothing is lost by it', async () => {
  await importOpenb(openb)
  const [machine] = await rig.clients.viewer.machines.list()
  const labelled = await rig.clients.operator.machines.setLabels(machine?.id ?? '', { rack: 'r9' })
  expect(labelled.attributes).toEqual({ ...machine?.attributes, 'label.rack': 'r9' })
  const matched = await rig.clients.viewer.inventory.match(
    request({ 'label.rack': 'r9', 'gpu.count': 8 }),
  )
  expect(matched.explanation.verdict).toBe('matched')
})

test('a machine that boots is not taken for an imported one of the same serial', async () => {
  const agent = await rig.world.available(1)
  const real = await rig.clients.viewer.machines.get(agent.welcome?.machineId ?? '')
  const line = { name: 'told-1', facts: real.inventory }
  const order = { format: 'jsonl', dryRun: false, onProblem: 'stop' } as const
  const other = await openApiRig({ kind: 'manual' })
  await other.clients.operator.inventory.import(new Blob([JSON.stringify(line)]), order)
  const booted = other.world.agent(1).connect(other.world.service)
  await other.world.until(() => booted.welcome !== undefined)
  const machines = await other.clients.viewer.machines.list()
  expect(machines.map(({ flags }) => flags)).toEqual([['imported'], ['pending']])
  expect(booted.welcome?.approved).toBe(false)
  await other.close()
})

test('imported machines can be forgotten, one or all, and no other machine can', async () => {
  const agent = await rig.world.available(1)
  const real = agent.welcome?.machineId ?? ''
  const detail = await rig.clients.viewer.machines.get(real)
  await importOpenb(openb)
  const line = JSON.stringify({ name: 'b-1', facts: detail.inventory, findings: detail.findings })
  const order = { format: 'jsonl', dryRun: false, onProblem: 'stop' } as const
  const { inventory } = rig.clients.operator
  await inventory.import(new Blob([line]), order)
  const [first] = (await rig.clients.viewer.machines.list()).filter(({ name }) => name === 'a-1')
  expect(await inventory.forget(first?.id ?? '')).toEqual({ forgotten: 1 })
  await expect(inventory.forget(real)).rejects.toMatchObject({ code: 'not-found' })
  expect(await inventory.forget(null)).toEqual({ forgotten: 3 })
  expect((await rig.clients.viewer.machines.list()).map(({ id }) => id)).toEqual([real])
  expect((await rig.clients.viewer.machines.get(real)).inventory).toEqual(detail.inventory)
  expect(await inventory.forget(null)).toEqual({ forgotten: 0 })
})

test('only an operator imports', async () => {
  const refused = await rig.request('/v1/imports?format=openb', {
    method: 'POST',
    body: openb,
    headers: { authorization: `Bearer ${rig.secrets.scheduler}` },
  })
  expect(refused.status).toBe(403)
})

test('an imported machine stays as it is through every sweep', async () => {
  await importOpenb(openb)
  await rig.world.pass(3600)
  const machines = await rig.clients.viewer.machines.list()
  expect(machines.map(({ state, flags }) => [state, ...flags])).toEqual(
    machines.map(() => ['enrolled', 'imported']),
  )
})

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => `n-${index + 1},1000,1024,0,\n`)

test('a long file is taken some machines at a time, and says how far it is', async () => {
  const progress: ImportProgress[] = []
  const report = await rig.clients.operator.inventory.import(new Blob([header, ...rows(1250)]), {
    format: 'openb',
    dryRun: false,
    onProblem: 'stop',
    onProgress: (one) => progress.push(one),
  })
  expect(report).toMatchObject({ added: 1250, known: { 'cpu.threads': 1250 } })
  const checking = progress.filter(({ kind }) => kind === 'checking')
  expect(checking.map(({ machines }) => machines)).toEqual([0, 500, 1000])
  const taking = progress.filter(({ kind }) => kind === 'taking')
  expect(taking).toHaveLength(13)
  expect(taking.at(-1)).toEqual({ kind: 'taking', machines: 1250, of: 1250 })
  expect(await rig.clients.operator.inventory.forget(null)).toEqual({ forgotten: 1250 })
  expect(await rig.clients.viewer.machines.list()).toEqual([])
})

test('who does not ask how far it is gets the report alone', async () => {
  const response = await rig.request('/v1/imports?format=openb', {
    method: 'POST',
    body: openb,
    headers: { authorization: `Bearer ${rig.secrets.operator}` },
  })
  expect(response.headers.get('content-type')).toContain('application/json')
  expect(await response.json()).toMatchObject({ added: 3 })
})

test('an import that ends in the middle says so, and the same file again takes the rest', async () => {
  const agent = await rig.world.available(1)
  const id = agent.welcome?.machineId ?? ''
  const { imports, machines } = rig.world.service
  const text = header + rows(250).join('')
  const order = { format: 'openb', dryRun: false, onProblem: 'stop', actor: 'test' } as const
  const body = () => new Blob([text]).stream()
  const renamed: Promise<unknown>[] = []
  const ended = imports.import(order, body(), ({ kind }) => {
    if (kind === 'taking') renamed.push(machines.setName(id, 'n-250', 'olga'))
  })
  await expect(ended).rejects.toMatchObject({
    code: 'unavailable',
    message:
      "import ended early: line 251: 'n-250' is a machine that an agent reported, not an imported " +
      'one; 200 of 250 machines were taken, the same file again takes the rest',
    details: { taken: 200, of: 250 },
  })
  await Promise.all(renamed)
  await expect(imports.import(order, body())).rejects.toThrow('nothing was imported')
  await machines.setName(id, null, 'olga')
  expect(await imports.import(order, body())).toMatchObject({ added: 50, unchanged: 200 })
})

test('others are served while a file is taken', async () => {
  const { imports } = rig.world.service
  const order = { format: 'openb', dryRun: false, onProblem: 'stop', actor: 'test' } as const
  const ended = new AbortController()
  const imported = imports
    .import(order, new Blob([header, ...rows(1000)]).stream())
    .finally(() => ended.abort())
  const seen = new Set<number>()
  while (!ended.signal.aborted) {
    seen.add((await rig.clients.viewer.machines.list()).length)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await imported
  // Somebody who asks all the time sees it grow.
  expect(seen.size).toBeGreaterThan(3)
})

test('what imported machines would give follows every change of them', async () => {
  const { inventory, machines } = rig.clients.operator
  const verdict = async () =>
    (await rig.clients.viewer.inventory.match(request({ 'gpu.count': { gte: 8 } }))).explanation
      .verdict
  expect(await verdict()).toBe('impossible')
  await importOpenb(openb)
  expect(await verdict()).toBe('matched')
  const [machine] = await machines.list()
  const id = machine?.id ?? ''
  await machines.setMaintenance(id, 'fan')
  expect(await verdict()).toBe('unschedulable')
  await machines.setMaintenance(id, null)
  // An index that nobody asked for long is made anew.
  await rig.world.pass(3600)
  expect(await verdict()).toBe('matched')
  await importOpenb(openb.replace(',8,V100M32', ',4,V100M32'))
  expect(await verdict()).toBe('impossible')
  await importOpenb(openb)
  expect(await verdict()).toBe('matched')
  await inventory.forget(id)
  expect(await verdict()).toBe('impossible')
})
