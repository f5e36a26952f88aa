import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IdentityClaims } from '../../../protocol/facts/claims.ts'
import { evidenceOf, judgeIdentity } from '../../../server/machines/identity.ts'

const base: IdentityClaims = {
  smbiosUuid: '4c4c4544-0000-4000-8000-000000000001',
  systemSerial: 'SN1',
  baseboardSerial: 'BB1',
  macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
}
const known = (claims: IdentityClaims, machineId = 'm1') => ({ machineId, claims })
const other: IdentityClaims = {
  smbiosUuid: '4c4c4544-0000-4000-8000-000000000002',
  systemSerial: 'SN2',
  baseboardSerial: 'BB2',
  macs: ['52:54:00:00:00:09'],
}

describe('judgeIdentity', () => {
  it('takes a machine that shares nothing for a new one', () => {
    expect(judgeIdentity(base, [known(other)])).toEqual({ kind: 'new' })
    expect(judgeIdentity(base, [])).toEqual({ kind: 'new' })
  })

  it('recognises a machine by all of its evidence, and by a part that nothing contradicts', () => {
    expect(judgeIdentity(base, [known(base)])).toEqual({ kind: 'known', machineId: 'm1' })
    const oneNic = { ...base, systemSerial: null, macs: ['52:54:00:00:00:02'] }
    expect(judgeIdentity(oneNic, [known(base)])).toEqual({ kind: 'known', machineId: 'm1' })
  })

  it.each([
    ['UUID', { smbiosUuid: other.smbiosUuid }],
    ['system serial', { systemSerial: 'SN2' }],
    ['baseboard serial', { baseboardSerial: 'BB2' }],
    ['MAC addresses', { macs: other.macs }],
  ])('calls it a conflict when one piece contradicts: %s', (piece, changes) => {
    const verdict = judgeIdentity({ ...base, ...changes }, [known(base)])
    expect(verdict).toMatchObject({ kind: 'conflict', machineIds: ['m1'] })
    expect(verdict.kind === 'conflict' && verdict.reason).toContain(piece)
  })

  it('never recognises by the UUID alone', () => {
    const claims = { ...base, systemSerial: null, baseboardSerial: null, macs: [] }
    expect(judgeIdentity(claims, [known(base)]).kind).toBe('conflict')
  })

  it('never merges two known machines', () => {
    const both = { ...base, systemSerial: null, smbiosUuid: null, baseboardSerial: null }
    const first = { ...both, macs: ['52:54:00:00:00:01'] }
    const second = { ...both, macs: ['52:54:00:00:00:02'] }
    const verdict = judgeIdentity(both, [known(first, 'm1'), known(second, 'm2')])
    expect(verdict).toMatchObject({ kind: 'conflict', machineIds: ['m1', 'm2'] })
  })

  it('recognises its machine although another one shares a piece', () => {
    const twin = { ...other, systemSerial: 'SN1' }
    expect(judgeIdentity(base, [known(twin, 'm2'), known(base)])).toEqual({
      kind: 'known',
      machineId: 'm1',
    })
  })

  it('does not use values that many machines share', () => {
    const claims: IdentityClaims = {
      smbiosUuid: '03000200-0400-0500-0006-000700080009',
      systemSerial: 'To be filled by O.E.M.',
      baseboardSerial: '00000000',
      macs: ['00:00:00:00:00:00'],
    }
    expect(evidenceOf(claims)).toEqual([])
    expect(judgeIdentity(claims, [known(claims)])).toEqual({ kind: 'new' })
  })

  it('gives the same answer in whatever order candidates come', () => {
    const piece = <T>(...values: T[]) => fc.constantFrom<T | null>(null, ...values)
    const claims = fc.record({
      smbiosUuid: piece(base.smbiosUuid, other.smbiosUuid),
      systemSerial: piece('SN1', 'SN2'),
      baseboardSerial: piece('BB1', 'BB2'),
      macs: fc.subarray([...base.macs, ...other.macs]),
    })
    fc.assert(
      fc.property(claims, fc.array(claims, { maxLength: 4 }), (mine, others) => {
        const candidates = others.map((claims, index) => known(claims, `m${index}`))
        const one = judgeIdentity(mine, candidates)
        const two = judgeIdentity(mine, candidates.toReversed())
        expect(two.kind).toBe(one.kind)
        if (one.kind === 'known') expect(two).toEqual(one)
      }),
    )
  })
})
