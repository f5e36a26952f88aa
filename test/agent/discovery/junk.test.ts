import fc from 'fast-check'
import { expect, test } from 'vitest'
import { discovered } from '../../../agent/discovery/discovered.ts'
import { type Host, rootedHost } from '../../../agent/host.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { propertyRuns } from '../../property-runs.ts'
import { machine } from './machines.ts'

const junk = ['', 'x', '-1', '0', '99999999999999999999', '<unknown>', '0-', '0-70000', '\0\u0001']
const attack = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), content: fc.constantFrom(...junk) }),
  fc.record({ kind: fc.constant('text' as const), content: fc.string({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant('failure' as const) }),
)
type Attack = typeof attack extends fc.Arbitrary<infer T> ? T : never

test('one file with any content, or none, costs no class of a recorded machine', async () => {
  await using recorded = await machine('qemu-q35-two-socket')
  const host = rootedHost(recorded.root)
  const read: string[] = []
  const clean = await classesOf(noting(host, read))
  const paths = [...new Set(read)]
  expect(paths.length).toBeGreaterThan(300)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), attack, async (path, what) => {
      expect(await classesOf(attacked(host, path, what)), path).toEqual(clean)
    }),
    { numRuns: propertyRuns(200) },
  )
}, 60_000)

async function classesOf(host: Host): Promise<readonly string[]> {
  return Object.keys((await discovered(host, systemClock, new AbortController().signal)).facts)
}

function noting(host: Host, read: string[]): Host {
  return {
    ...host,
    text: async (path) => {
      const text = await host.text(path)
      if (text !== undefined) read.push(path)
      return text
    },
    bytes: async (path) => {
      const bytes = await host.bytes(path)
      if (bytes !== undefined) read.push(path)
      return bytes
    },
  }
}

function attacked(host: Host, target: string, what: Attack): Host {
  const encoder = new TextEncoder()
  const content = (path: string) => {
    if (path !== target) return null
    if (what.kind === 'failure') throw Object.assign(new Error(`EIO, ${path}`), { code: 'EIO' })
    return what.content
  }
  return {
    ...host,
    text: async (path) => content(path) ?? host.text(path),
    bytes: async (path) => {
      const text = content(path)
      return text === null ? host.bytes(path) : encoder.encode(text)
    },
  }
}
