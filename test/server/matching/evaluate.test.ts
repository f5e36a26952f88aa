import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRequest } from '../../../protocol/request.ts'
import { expressionToJson } from '../../../protocol/request/expression.ts'
import { compile, type Truth } from '../../../server/matching/evaluate.ts'
import { globMatches } from '../../../server/matching/glob.ts'
import { anyAttributes, anyMatch, devices, machine } from './fleet.ts'

function expressionOf(match: object) {
  const [role] = parseRequest({
    roles: [{ name: 'a', count: 1, match }],
    lease: { duration: '1h' },
  }).roles
  if (role === undefined) throw new Error('a request of one role has one')
  return role.match
}

/** Null where the request is refused, for a contradiction. */
function expressionOrNull(match: object) {
  try {
    return expressionOf(match)
  } catch {
    return null
  }
}

const h100 = machine('m', {
  'cpu.cores': 64n,
  'memory.size': 1n << 40n,
  'gpu.model': ['A100', 'H100'],
  'gpu.count': null,
  'firmware.version': 'U30 v2.10',
  'security.iommu': true,
  'label.rack': 'r1',
  disks: devices({ transport: 'nvme', size: 8n }, { transport: 'sata' }),
}).attributes

describe('compile', () => {
  test.each<[object, Truth]>([
    [{}, 'yes'],
    [{ 'cpu.cores': 64 }, 'yes'],
    [{ 'cpu.cores': { gt: 64 } }, 'no'],
    [{ 'cpu.cores': { between: [32, 64] } }, 'yes'],
    [{ 'cpu.cores': [32, 64] }, 'yes'],
    [{ 'cpu.cores': { notIn: [32, 64] } }, 'no'],
    [{ 'memory.size': { gte: '1TiB' } }, 'yes'],
    [{ 'memory.size': { lt: '1.1T' } }, 'yes'],
    [{ 'memory.size': { lt: '1.0T' } }, 'no'],
    [{ 'gpu.model': 'H100' }, 'yes'],
    [{ 'gpu.model': ['V100', 'A100'] }, 'yes'],
    [{ 'gpu.model': { notIn: ['A100'] } }, 'no'],
    [{ 'gpu.model': { glob: 'H?00' } }, 'yes'],
    [{ 'gpu.model': { has: ['A100', 'H200'] } }, 'no'],
    [{ 'firmware.version': { gte: '2.9' } }, 'yes'],
    [{ 'firmware.version': { semver: '^2.1' } }, 'yes'],
    [{ 'firmware.version': 'U30 v2.10' }, 'yes'],
    [{ 'security.iommu': true }, 'yes'],
    // Known to be none: no value meets a condition, every value is another one.
    [{ 'gpu.count': { gte: 0 } }, 'no'],
    [{ 'gpu.count': { ne: 8 } }, 'yes'],
    [{ 'gpu.count': { exists: true } }, 'no'],
    [{ 'gpu.count': { exists: false } }, 'yes'],
    // Not known.
    [{ 'nic.count': { gte: 1 } }, 'unknown'],
    [{ 'nic.count': { ne: 1 } }, 'unknown'],
    [{ 'nic.count': { exists: true } }, 'unknown'],
    [{ not: { 'nic.count': 1 } }, 'unknown'],
    [{ or: [{ 'nic.count': 1 }, { 'cpu.cores': 64 }] }, 'yes'],
    [{ 'nic.count': 1, 'cpu.cores': 65 }, 'no'],
    // A label that is not there is known not to be.
    [{ 'label.rack': 'r1' }, 'yes'],
    [{ 'label.row': 'a' }, 'no'],
    [{ 'label.row': { exists: false } }, 'yes'],
    [{ disks: { some: { transport: 'nvme' } } }, 'yes'],
    [{ disks: { every: { transport: 'nvme' } } }, 'no'],
    [{ disks: { every: { size: { gte: 4 } } } }, 'unknown'],
    [{ disks: { count: 2 } }, 'yes'],
    [{ disks: { count: { gte: 1, where: { size: { gte: 4 } } } } }, 'yes'],
    [{ disks: { count: { gte: 2, where: { size: { gte: 4 } } } } }, 'unknown'],
    [{ disks: { count: { gte: 3, where: { size: { gte: 4 } } } } }, 'no'],
    [{ disks: { count: { lte: 2, where: { size: { gte: 4 } } } } }, 'yes'],
  ])('answers %o with %s', (match, truth) => {
    expect(compile(expressionOf(match))(h100)).toBe(truth)
  })

  test('wants at least one device for every', () => {
    const bare = machine('m', { disks: devices() }).attributes
    expect(compile(expressionOf({ disks: { every: { size: { gte: 0 } } } }))(bare)).toBe('no')
  })

  test('says yes or no only where no missing fact could change it', () => {
    fc.assert(
      fc.property(anyMatch, anyAttributes, fc.array(fc.nat(8)), (match, full, hidden) => {
        const expression = expressionOrNull(match)
        if (expression === null) return
        const names = [...full.keys()].filter((name) => !name.startsWith('label.'))
        const dropped = new Set(hidden.map((index) => names[index]))
        const partial = new Map([...full].filter(([name]) => !dropped.has(name)))
        const answer = compile(expression)(partial)
        if (answer !== 'unknown') expect(compile(expression)(full)).toBe(answer)
      }),
      { numRuns: 3000 },
    )
  })

  test('answers the same after the condition went through its written form', () => {
    fc.assert(
      fc.property(anyMatch, anyAttributes, (match, attributes) => {
        const expression = expressionOrNull(match)
        if (expression === null) return
        const again = expressionOf(expressionToJson(expression))
        expect(again).toEqual(expression)
        expect(compile(again)(attributes)).toBe(compile(expression)(attributes))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('globMatches', () => {
  test.each([
    ['*H100*', 'NVIDIA H100 80GB', true],
    ['H100', 'H100 ', false],
    ['?', '', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b', false],
    ['**', 'x', true],
    ['.*', 'abc', false],
  ])('%s on %s is %s', (pattern, text, fits) => {
    expect(globMatches(pattern, text)).toBe(fits)
  })

  test('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const source = pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')
        expect(globMatches(pattern, text)).toBe(new RegExp(`^${source}$`).test(text))
      }),
      { numRuns: 3000 },
    )
  })

  test('takes no time on a pattern of many stars', () => {
    expect(globMatches(`${'*a'.repeat(100)}b`, 'a'.repeat(250))).toBe(false)
  })
})
