import { expect, test } from 'vitest'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import { assay } from './terminal.ts'

test('watch prints a line for each event until it is interrupted', async () => {
  await using server = await startApiServer()
  const stop = new AbortController()
  let seen = ''
  const watching = assay(server, ['watch', '--since', '0'], {
    stop: stop.signal,
    onOutput: (all) => {
      seen = all
    },
  })
  await availableId(server, server.connect(server.agent(makeMachine(3))))
  await until(() => /machine SN-0003 available/.test(seen), 'watch shows the machine')
  stop.abort()
  const { exitCode, errors } = await watching
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] })
  expect(seen).toMatch(/^\d\d:\d\d:\d\d machine /m)
  expect(seen).not.toContain('\x1b')
})

test('watch rewrites activity in place on a terminal', async () => {
  await using server = await startApiServer()
  const agent = server.agent(makeMachine(4))
  agent.habits.benchmark = false
  server.connect(agent)
  await until(() => agent.has('benchmark'), 'asked to benchmark')
  const stop = new AbortController()
  let seen = ''
  const watching = assay(server, ['watch', 'SN-0004'], {
    stop: stop.signal,
    isTerminal: true,
    onOutput: (all) => {
      seen = all
    },
  })
  // Live events are for those who listen already: said again until the watcher does.
  await until(() => {
    agent.report({
      kind: 'sample',
      sample: {
        method: 'memory.triad/1',
        component: 'machine',
        metric: 'triadRead2Write1',
        value: 300e9,
        unit: 'B/s',
        atSeconds: 1,
      },
    })
    return seen.split('measures memory.triad/1 of machine: 300 GB/s').length > 3
  }, 'watch shows samples')
  stop.abort()
  await watching
  expect(seen).toContain('\x1b[1A\x1b[J')
})

test('watch --json prints one object a line', async () => {
  await using server = await startApiServer()
  await availableId(server, server.connect(server.agent(makeMachine(5))))
  const stop = new AbortController()
  const { out } = await assay(server, ['watch', '--since', '0', '--json'], {
    stop: stop.signal,
    onOutput: (all) => {
      if (all.includes('"state":"available"')) stop.abort()
    },
  })
  const [first = ''] = out.split('\n')
  expect(JSON.parse(first)).toMatchObject({ kind: 'machine', seq: 1 })
})
