import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseStealSeconds, readConditions } from '../../../agent/benchmark/conditions.ts'
import { DecodeError } from '../../../protocol/errors.ts'

const stat = 'cpu  2255 34 2290 22625563 6290 127 456 789 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 1\n'
const throttle = '/sys/devices/system/cpu/cpu0/thermal_throttle'

function hostOf(files: Readonly<Record<string, string>>) {
  return { text: async (path: string) => files[path] }
}

describe('readConditions', () => {
  test('adds up what the kernel counts', async () => {
    const host = hostOf({
      '/proc/stat': stat,
      [`${throttle}/core_throttle_count`]: '3\n',
      [`${throttle}/package_throttle_count`]: '4\n',
    })
    expect(await readConditions(host, [0, 1], 3e9)).toEqual({
      effectiveClockHz: 3e9,
      stealSeconds: 7.89,
      thermalThrottleCount: 7,
    })
  })

  test('has null for what the machine does not count', async () => {
    expect(await readConditions(hostOf({}), [0], null)).toEqual({
      effectiveClockHz: null,
      stealSeconds: null,
      thermalThrottleCount: null,
    })
  })

  test('refuses a counter that is no count', async () => {
    const host = hostOf({ [`${throttle}/core_throttle_count`]: 'many\n' })
    await expect(readConditions(host, [0], null)).rejects.toThrow(DecodeError)
  })
})

test('parseStealSeconds gives a time or a DecodeError for any text', () => {
  expect(() => parseStealSeconds('cpu  1 2 3\n')).toThrow(DecodeError)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `cpu ${text}`),
      ),
      (text) => {
        try {
          expect(parseStealSeconds(text)).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      },
    ),
  )
})
