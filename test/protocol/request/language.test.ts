import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError, DecodeError } from '../../../protocol/errors.ts'
import { lowerCel } from '../../../protocol/request/cel/lower.ts'
import {
  conjuncts,
  expressionText,
  expressionToJson,
} from '../../../protocol/request/expression.ts'
import { parseProfile, profilesByName } from '../../../protocol/request/profile.ts'
import { parseRequest, type Request } from '../../../protocol/request.ts'
import { requestToJson } from '../../../protocol/request/written.ts'

const lease = { duration: '1h' }
const withRole = (role: object, rest: object = {}) => ({
  roles: [{ name: 'a', count: 1, ...role }],
  lease,
  ...rest,
})
const matchText = (request: Request) =>
  expressionText(request.roles[0]?.match ?? { kind: 'or', of: [] })

function problemsOf(input: unknown, ...profiles: readonly object[]): string {
  try {
    parseRequest(input, profilesByName(profiles.map(parseProfile)))
  } catch (error) {
    if (error instanceof AppError) return JSON.stringify(error.details['problems'])
    throw error
  }
  return 'taken'
}

describe('a tolerance', () => {
  test.each([
    [{ gte: '1TiB', tolerance: '3%' }, [1_066_526_278_943n], 'memory.size >= 1TiB - 3%'],
    [{ gte: '1TiB', tolerance: 0.03 }, [1_066_526_278_943n], 'memory.size >= 1TiB - 3%'],
    [{ lte: 100, tolerance: '1%' }, [101n], 'memory.size <= 100B + 1%'],
    [{ gt: 100, tolerance: '0.5%' }, [99n], 'memory.size > 100B - 0.5%'],
    [{ lt: 100, tolerance: '0.5%' }, [101n], 'memory.size < 100B + 0.5%'],
    [{ gte: 100, tolerance: '0.5%' }, [100n], 'memory.size >= 100B'],
    [
      { eq: 100, tolerance: '2%' },
      [98n, 102n],
      '(memory.size >= 100B - 2% and memory.size <= 100B + 2%)',
    ],
    [
      { between: [100, 200], tolerance: '1%' },
      [99n, 202n],
      '(memory.size >= 100B - 1% and memory.size <= 200B + 1%)',
    ],
  ])('moves the bounds of %o outwards, and says so', (condition, bounds, text) => {
    const request = parseRequest(withRole({ match: { 'memory.size': condition } }))
    expect(matchText(request)).toBe(text)
    const leaves = conjuncts(request.roles[0]?.match ?? { kind: 'or', of: [] })
    expect(leaves.map((leaf) => (leaf.kind === 'compare' ? leaf.value : null))).toEqual(bounds)
    expect(parseRequest(requestToJson(request))).toEqual(request)
  })

  test('is said no more of a bound that is another', () => {
    const request = parseRequest(
      withRole({ match: { 'memory.size': { gte: '1TiB', tolerance: '3%' } } }),
    )
    const leaf = request.roles[0]?.match
    if (leaf?.kind !== 'compare') throw new Error('one comparison was written')
    expect(expressionText({ ...leaf, value: 1n << 39n })).toBe('memory.size >= 512GiB')
    expect(expressionToJson({ ...leaf, value: 1n << 39n })).toEqual({
      'memory.size': { gte: '512GiB' },
    })
  })

  test('lets the machine of 1007 GiB pass for one of 1 TiB', () => {
    const request = parseRequest(
      withRole({ match: { 'memory.size': { gte: '1TiB', tolerance: '2%' } } }),
    )
    const leaf = request.roles[0]?.match
    expect(leaf?.kind === 'compare' && leaf.value).toBeLessThanOrEqual(1007n << 30n)
  })

  test.each([
    [{ gte: '1TiB', tolerance: '60%' }, 'from 0% to 50%'],
    [{ gte: '1TiB', tolerance: -1 }, 'from 0% to 50%'],
    [{ ne: '1TiB', tolerance: '1%' }, 'of amounts only'],
    [{ tolerance: '1%' }, 'wants an operator'],
  ])('is refused in %o', (condition, problem) => {
    expect(problemsOf(withRole({ match: { 'memory.size': condition } }))).toContain(problem)
  })
})

describe('a profile', () => {
  const node = {
    name: 'node',
    version: '1',
    match: { 'memory.size': { gte: '64GiB' } },
    prefer: [{ attribute: 'cpu.cores', order: 'low' }],
  }
  const gpu = {
    name: 'gpu',
    version: '2',
    extends: ['node'],
    match: { 'gpu.count': { gte: 8 } },
    prefer: [{ attribute: 'gpu.count', order: 'high' }],
  }

  test('adds its conditions, and those of all it extends, to the role', () => {
    const request = parseRequest(
      withRole({
        profile: 'gpu@2',
        match: 'cpu.cores >= 32',
        prefer: [{ attribute: 'cpu.cores', order: 'high' }],
      }),
      profilesByName([node, gpu].map(parseProfile)),
    )
    expect(matchText(request)).toBe('(memory.size >= 64GiB and gpu.count >= 8 and cpu.cores >= 32)')
    expect(
      request.roles[0]?.prefer.map(({ attribute, order }) => `${attribute.name} ${order}`),
    ).toEqual(['cpu.cores high', 'gpu.count high'])
    expect(parseRequest(requestToJson(request))).toEqual(request)
  })

  test('counts once where two others extend it', () => {
    const left = { name: 'left', version: '1', extends: ['node@1'], match: {} }
    const both = { name: 'both', version: '1', extends: ['left', 'gpu'] }
    const request = parseRequest(
      withRole({ profile: 'both' }),
      profilesByName([node, gpu, left, both].map(parseProfile)),
    )
    expect(matchText(request)).toBe('(memory.size >= 64GiB and gpu.count >= 8)')
  })

  test('without a version is the newest', () => {
    const newer = { ...node, version: '2', match: { 'memory.size': { gte: '128GiB' } } }
    const lookup = profilesByName([node, newer].map(parseProfile))
    expect(matchText(parseRequest(withRole({ profile: 'node' }), lookup))).toContain('128GiB')
    expect(matchText(parseRequest(withRole({ profile: 'node@1' }), lookup))).toContain('64GiB')
  })

  test('that is missing, circular, wrong or contradicting is refused', () => {
    expect(problemsOf(withRole({ profile: 'none' }))).toContain("no profile 'none'")
    const a = { name: 'a', version: '1', extends: ['b'] }
    const b = { name: 'b', version: '1', extends: ['a'] }
    expect(problemsOf(withRole({ profile: 'a' }), a, b)).toContain(
      'extends itself: a@1 -> b@1 -> a@1',
    )
    const wrong = { name: 'w', version: '1', match: { 'cpu.coers': 1 } }
    expect(problemsOf(withRole({ profile: 'w' }), wrong)).toContain("did you mean 'cpu.cores'")
    expect(
      problemsOf(withRole({ profile: 'node', match: { 'memory.size': { lt: '1GiB' } } }), node),
    ).toContain('contradict each other')
    expect(() => parseProfile({ name: 'x' })).toThrow('Cannot take the profile')
  })
})

describe('a role', () => {
  test('takes a range of machines, names and alternatives, and gives them back', () => {
    const request = parseRequest(
      withRole(
        {
          count: { min: 2, max: 8 },
          match: { 'gpu.model': { glob: '*H200*' } },
          machines: { exclude: ['m3', 'm1'] },
          alternatives: [{ match: { 'gpu.model': { glob: '*H100*' } }, count: 4 }, { count: 1 }],
        },
        {
          machines: { include: ['m2', 'm1'], exclude: ['m9'] },
          security: { attested: 'required', erase: 'purge' },
          constraints: [
            { kind: 'same', level: 'leaf', perRail: true },
            { kind: 'max-distance', levels: ['leaf', 'pod', 'site'], max: 1 },
            { kind: 'unshared', level: 'rack' },
          ],
        },
      ),
    )
    expect(request.roles[0]).toMatchObject({
      count: { min: 2, max: 8 },
      machines: { include: ['m1', 'm2'], exclude: ['m1', 'm3', 'm9'] },
      alternatives: [{ count: { min: 4, max: 4 } }, { count: { min: 1, max: 1 } }],
    })
    expect(request.constraints).toEqual([
      { kind: 'same-per-rail', level: 'leaf', unknown: 'refuse', roles: ['a'] },
      { kind: 'max-distance', levels: ['leaf', 'pod'], roles: ['a'] },
      { kind: 'unshared', level: 'rack', roles: ['a'] },
    ])
    expect(parseRequest(requestToJson(request))).toEqual(request)
  })

  test.each([
    [{ count: { min: 3, max: 2 } }, 'min 3 is more than max 2'],
    [{ count: { min: 3 } }, 'wants a whole number from 1'],
    [{ count: 0 }, 'Too small'],
    [{ match: 7 }, 'or a CEL expression'],
    [{ match: 'cpu.coers > 4' }, "did you mean 'cpu.cores'"],
    [{ match: 'cpu.cores >' }, 'the expression ends too early'],
    [{ match: { cel: 4 } }, 'wants an expression in a text'],
    [{ profil: 'x' }, "did you mean 'profile'"],
    [{ alternatives: [{ match: { 'cpu.coers': 4 } }] }, 'roles[0].alternatives[0].match'],
  ])('is refused as %o', (role, problem) => {
    expect(problemsOf(withRole(role))).toContain(problem)
  })

  test('has no more combinations of alternatives than are tried', () => {
    const roles = ['a', 'b', 'c'].map((name) => ({
      name,
      count: 1,
      alternatives: [{}, {}, {}, {}],
    }))
    expect(problemsOf({ roles, lease })).toContain('125 combinations')
  })
})

describe('CEL', () => {
  test.each([
    [
      'cpu.cores >= 8 && memory.size >= quantity("64Gi")',
      '(cpu.cores >= 8 and memory.size >= 64GiB)',
    ],
    ['memory.size >= 64 * 1024 * 1024 * 1024', 'memory.size >= 64GiB'],
    ['8 <= cpu.cores', 'cpu.cores >= 8'],
    ['"NVIDIA H100" in gpu.model', 'gpu.model has NVIDIA H100'],
    ['gpu.model.exists(m, m.contains("H100"))', 'gpu.model like *H100*'],
    ['machine.label["rack"] in ["r1", "r2"]', 'label.rack in [r1, r2]'],
    ['has(gpu.model) || !security.iommu', '(gpu.model exists or not security.iommu = true)'],
    [
      'disks.filter(d, d.transport == "nvme").size() >= 2',
      'count of disks with transport = nvme >= 2',
    ],
    [
      'disks.exists(d, d.size > quantity("1T") && !d.rotational)',
      'some of disks with (size > 1TB and not rotational = true)',
    ],
    ['firmware.version.isGreaterThan(semver("1.2"))', 'firmware.version > 1.2'],
    ["cpu.vendor.glob('*Intel*') // a comment", 'cpu.vendor like *Intel*'],
    ['gpu.model == null', 'gpu.model does not exist'],
  ])('%s is a condition of the tree', (source, text) => {
    expect(matchText(parseRequest(withRole({ match: source })))).toBe(text)
  })

  test.each([
    ['gpu.model.exists(m, m.matches("^(a+)+$"))', 'is a regular expression'],
    ['cpu.cores == cpu.threads', 'compares two attributes'],
    ['memory.size > 1.5 * 1024', "'1.5 * 1024' at character 15 is no value"],
    ['cpu.cores > 2 && cpu.coers > 4', "'cpu.coers' at character 18; did you mean 'cpu.cores'"],
    ['disks.exists(d, d.siez > 4)', "'siez' at character 17; did you mean 'size'"],
    ['!(cpu.cores >= 8) && cpu.cores >= 8', 'contradict each other'],
    ['disks.exists(d, cpu.cores > 4)', 'write it outside of the macro'],
    ['disks.exists(d, disks.exists(e, disks.exists(f, true)))', 'is not about'],
    ['cpu.cores', 'cannot be compared with true'],
    ['4 + 4', 'is no condition'],
    ['1 / 0 == cpu.cores', 'divided by zero'],
    ['9223372036854775807 * 4 == cpu.cores', 'beyond 64 bits'],
    ['"abc', 'no closing quote'],
    ['cpu.cores > 4 4', 'one word too many'],
    ['{"a": 1}', 'maps and messages'],
    [`${'('.repeat(30)}true${')'.repeat(30)}`, 'levels deep'],
    [`${'!'.repeat(20_000)}true`, 'characters'],
    [`${'true && '.repeat(250)}true`, 'parts'],
    [`cpu.cores in [${Array.from({ length: 65 }, (_, at) => at).join()}]`, 'items'],
    ['__proto__.constructor == "x"', 'there is no attribute'],
  ])('%s is refused', (source, problem) => {
    expect(problemsOf(withRole({ match: source }))).toContain(problem)
  })

  test('stands among the conditions on a device, too', () => {
    const match = { disks: { some: { transport: 'nvme', cel: 'size > quantity("1T")' } } }
    expect(matchText(parseRequest(withRole({ match })))).toBe(
      'some of disks with (transport = nvme and size > 1TB)',
    )
    expect(
      problemsOf(withRole({ match: { disks: { some: { cel: 'cpu.cores > 1' } } } })),
    ).toContain("there is no attribute 'cpu.cores' at character 1")
  })

  test('of any text is a condition or refused, at once', () => {
    const words = fc.constantFrom(
      ...'cpu.cores disks exists ( ) [ ] && || ! - + * / % == < > ? : , . "a" \'b\' 1 2.5 0x1f d in has size true null'.split(
        ' ',
      ),
    )
    const texts = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.array(words, { maxLength: 60 }).map((some) => some.join(' ')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(typeof lowerCel(text, null)).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
