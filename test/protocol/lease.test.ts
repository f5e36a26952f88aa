import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leaseSchema, leaseToJson, understandLease } from '../../protocol/request/lease.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import { Problems } from '../../protocol/request/problems.ts'

function read(input: unknown) {
  const problems = new Problems()
  const lease = understandLease(leaseSchema.parse(input), problems)
  return { lease, problems: problems.empty ? [] : problems.refusal().details['problems'] }
}

describe('a lease', () => {
  it('leaves unsaid what is not said', () => {
    expect(read({ duration: '72h' }).lease).toEqual({
      durationSeconds: 259_200,
      holdSeconds: null,
      queue: false,
      waitSeconds: null,
      priority: 0,
      noticeSeconds: null,
      graceSeconds: null,
    })
  })

  it('is read back from its written form as it was', () => {
    const seconds = (most: number) => fc.option(fc.integer({ min: 1, max: most }))
    const leases = fc.record({
      durationSeconds: fc.integer({ min: 1, max: requestLimits.durationSeconds }),
      holdSeconds: seconds(requestLimits.holdSeconds),
      queue: fc.boolean(),
      waitSeconds: seconds(requestLimits.waitSeconds),
      priority: fc.integer({ min: -requestLimits.priority, max: requestLimits.priority }),
      noticeSeconds: seconds(requestLimits.noticeSeconds),
      graceSeconds: seconds(requestLimits.noticeSeconds),
    })
    fc.assert(
      fc.property(leases, (lease) => {
        expect(read(leaseToJson(lease))).toEqual({ lease, problems: [] })
      }),
    )
  })

  it('names everything that is wrong with it', () => {
    const { problems } = read({ duration: '0s', hold: '2d', wait: 'long', grace: '0s' })
    const text = JSON.stringify(problems)
    for (const name of ['lease.duration', 'lease.hold', 'lease.wait']) {
      expect(text).toContain(name)
    }
    expect(text).not.toContain('lease.grace')
  })
})
