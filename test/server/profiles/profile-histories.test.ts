import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { resolveProfile } from '../../../protocol/request/profile.ts'
import { Problems } from '../../../protocol/request/problems.ts'
import { silentLogger } from '../../../server/log.ts'
import { readProfiles } from '../../../server/profiles/profile-book.ts'
import { profileService } from '../../../server/profiles/profile-service.ts'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import { ManualClock } from '../manual-clock.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')
const reference = fc.oneof(
  name,
  fc.tuple(name, fc.integer({ min: 1, max: 3 })).map(([own, version]) => `${own}@${version}`),
)
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      name,
      extends: fc.oneof(fc.constant([]), fc.array(reference, { maxLength: 2 })),
      cores: fc.tuple(fc.constantFrom('gte', 'lte'), fc.integer({ min: 1, max: 8 })),
      generation: fc.oneof(
        { weight: 4, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
)
const anyRounds = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 3 }), {
  minLength: 4,
  maxLength: 12,
})
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

test('profiles never come to lead nowhere, in a circle or into a contradiction', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(anyRounds, async (rounds) => {
      const store = openSqliteStore(':memory:', () => 'test')
      const profiles = profileService({ store, clock: new ManualClock(), log: silentLogger })
      const run = async (step: Step) => {
        try {
          if (step.kind === 'remove') await profiles.remove(step.name, 'op', null)
          else {
            const [operator, bound] = step.cores
            const match = { 'cpu.cores': { [operator]: bound } }
            await profiles.put(step.name, { extends: step.extends, match }, 'op', step.generation)
          }
          seen.set('done', (seen.get('done') ?? 0) + 1)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          seen.set(error.code, (seen.get(error.code) ?? 0) + 1)
        }
      }
      const given = new Map<string, string>()
      for (const round of rounds) {
        // At the same time: each decides on what another may be changing.
        await Promise.all(round.map(run))
        const book = await readProfiles(store)
        for (const { name: own, versions } of book.present) {
          const problems = new Problems()
          resolveProfile(own, book, own, problems)
          expect(problems.empty).toBe(true)
          const lease = { duration: '1h' }
          parseRequest({ roles: [{ name: 'x', count: 1, profile: own }], lease }, book)
          for (const { profile } of versions) {
            const key = `${own}@${profile.version}`
            const written = JSON.stringify(profile)
            expect(given.get(key) ?? written).toBe(written)
            given.set(key, written)
          }
        }
      }
      await store.close()
    }),
    { numRuns: 100 },
  )
  expect(seen.get('done')).toBeGreaterThan(200)
  for (const code of ['unprocessable', 'conflict', 'precondition-failed', 'not-found']) {
    expect(seen.get(code), code).toBeGreaterThan(0)
  }
}, 60_000)
