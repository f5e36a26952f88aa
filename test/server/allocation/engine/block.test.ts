import { expect, it } from 'vitest'
import { parseRequest } from '../../../../protocol/request.ts'
import { FleetIndex } from '../../../../server/matching/index/fleet-index.ts'
import { matchIn } from '../../../../server/matching/match.ts'

const ids = Array.from({ length: 70 }, (_, at) => `m${String(at).padStart(2, '0')}`)

/** A third each free, held and out of service. */
function fleet(): FleetIndex {
  return FleetIndex.of(
    ids.map((id, at) => ({
      id,
      attributes: new Map([['cpu.cores', 8n]]),
      availability: (
        [
          { kind: 'free' },
          { kind: 'held', by: 'somebody', untilMs: 5 },
          { kind: 'unschedulable', reason: 'maintenance' },
        ] as const
      )[at % 3] ?? { kind: 'free' },
    })),
  )
}

const request = parseRequest({
  roles: [{ name: 'n', count: 10, match: { 'cpu.cores': { gte: 4 } } }],
  lease: { duration: '1h' },
})

it('machines that are blocked are out of service as if each had been set so, and then as before', () => {
  const [blocked, set] = [fleet(), fleet()]
  const before = matchIn(blocked, request)
  const words = new Int32Array(blocked.wordCount)
  for (const [at, id] of ids.entries()) {
    if (at % 5 === 0) continue
    const slot = blocked.slotOf(id) ?? 0
    words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
    // What was out of service keeps its own reason.
    if (at % 3 !== 2) set.setAvailability(id, { kind: 'unschedulable', reason: 'blocked' })
  }
  {
    using undone = blocked.block(words, 'blocked')
    expect(undone).toBeDefined()
    expect(matchIn(blocked, request)).toEqual(matchIn(set, request))
    expect(blocked.availability).toEqual(set.availability)
    expect(blocked.reasons).toEqual(set.reasons)
  }
  expect(matchIn(blocked, request)).toEqual(before)
  expect(blocked.reasons).toEqual(fleet().reasons)
})
