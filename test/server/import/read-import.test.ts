import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { importFormats } from '../../../protocol/imports.ts'
import type { ImportFormat, ProblemPolicy } from '../../../protocol/imports.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { checkImport, machinesOf } from '../../../server/import/read-import.ts'
import { Turns } from '../../../server/turns.ts'
import { pieces } from './text-lines.ts'

const turns = new Turns(systemClock)

/** What a check makes of a text, where machines of these names are an agent's. */
async function check(
  format: ImportFormat,
  text: string,
  policy: ProblemPolicy,
  foreign: readonly string[] = [],
) {
  return checkImport(pieces(text, 16), {
    format,
    policy,
    turns,
    foreignNames: async (names) => names.filter((name) => foreign.includes(name)),
    tell: () => {},
  })
}

/** Texts that look like a file of some format, and texts that look like none. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.json(), { maxLength: 4 }).map((documents) => documents.join('\n')),
  fc
    .array(
      fc.tuple(fc.constantFrom('a', 'b', 'c', ''), fc.nat(), fc.nat(), fc.nat(9), fc.constant('')),
    )
    .map((rows) => ['sn,cpu_milli,memory_mib,gpu,model', ...rows.map((row) => row.join(','))])
    .map((lines) => lines.join('\n')),
)

describe.each(importFormats)('format %s', (format) => {
  test('makes machines of any text, or refuses it with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom('stop' as const, 'skip' as const),
        async (held, policy) => {
          try {
            const checked = await check(format, held, policy, ['c'])
            const { machineCount, problems } = checked
            expect(machineCount + problems.length).toBeGreaterThan(0)
            if (policy === 'stop') expect(problems).toEqual([])
            const body = pieces(held, 16)
            const machines = await Array.fromAsync(machinesOf(body, { format, turns }, checked))
            const names = machines.map(({ machine }) => machine.name)
            expect(names).toHaveLength(machineCount)
            expect(new Set(names).size).toBe(machineCount)
            expect(names).not.toContain('c')
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
    )
  })
})

test('problems of every kind are told by line, and leave out their machine alone', async () => {
  const rows = ['a,1000,1024,0,', 'c,1000,1024,0,', 'a,1000,1024,0,', 'x,?,1024,0,', 'b,1000,1,0,']
  const file = ['sn,cpu_milli,memory_mib,gpu,model', ...rows].join('\n')
  const checked = await check('openb', file, 'skip', ['c'])
  expect(checked.problems.map(({ line }) => line)).toEqual([3, 4, 5])
  expect(checked.machineCount).toBe(2)
  const format = 'openb'
  const machines = await Array.fromAsync(machinesOf(pieces(file), { format, turns }, checked))
  expect(machines.map(({ line, machine }) => [line, machine.name])).toEqual([
    [2, 'a'],
    [6, 'b'],
  ])
})

test('a file of another format ends at the limit of problems', async () => {
  const wrong = 'x,x,x,x,x\n'.repeat(101)
  const file = `sn,cpu_milli,memory_mib,gpu,model\n${wrong}`
  await expect(check('openb', file, 'skip')).rejects.toThrow(
    "line 2: cpu_milli is 'x', wanted a whole number, and 100 more problems; nothing was imported",
  )
})
