import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { importFormats } from '../../../protocol/imports.ts'
import { readImport } from '../../../server/import/read-import.ts'
import { pieces } from './text-lines.ts'

const keep = async <T>(one: T) => one

/** Texts that look like a file of some format, and texts that look like none. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.json(), { maxLength: 4 }).map((documents) => documents.join('\n')),
  fc
    .array(fc.array(fc.oneof(fc.nat().map(String), fc.string()), { maxLength: 6 }))
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
            const { machines, problems } = await readImport(format, pieces(held, 16), policy, keep)
            expect(machines.length + problems.length).toBeGreaterThan(0)
            if (policy === 'stop') expect(problems).toEqual([])
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
    )
  })
})

test('a file of another format ends at the limit of problems', async () => {
  const wrong = 'x,x,x,x,x\n'.repeat(101)
  const file = `sn,cpu_milli,memory_mib,gpu,model\n${wrong}`
  await expect(readImport('openb', pieces(file), 'skip', keep)).rejects.toThrow(
    "line 2: cpu_milli is 'x', wanted a whole number, and 100 more problems; nothing was imported",
  )
})
