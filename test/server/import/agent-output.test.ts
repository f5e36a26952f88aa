import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readJsonl } from '../../../server/import/readers/jsonl.ts'
import { readAll } from './text-lines.ts'

const root = join(import.meta.dirname, '../../..')
const recording = join(root, 'test/machines/qemu-q35-two-socket/machine.tar.gz')

test('what the agent prints of a machine, with a name, is a line of an import', async () => {
  const agent = Bun.spawn(
    [process.execPath, join(root, 'agent/main.ts'), 'discover', '--root', recording, '--json'],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  const printed: object = JSON.parse(await new Response(agent.stdout).text())
  expect(await agent.exited).toBe(0)
  const [entry] = await readAll(readJsonl, JSON.stringify({ name: 'node-1', ...printed }))
  expect(entry).toMatchObject({ kind: 'machine', machine: { known: { kind: 'facts' } } })
  if (entry?.kind !== 'machine' || entry.machine.known.kind !== 'facts') return
  expect(entry.machine.known.inventory.cpu).toMatchObject({ packageCount: 2, coreCount: 4 })
})
