import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseTarget } from '../../../server/deployment/target-disk.ts'
import { noStorage } from '../../../protocol/facts/storage.ts'
import { makeDisk } from '../machine-facts.ts'
import { testImage } from '../world.ts'

const choose = (...disks: ReturnType<typeof makeDisk>[]) =>
  chooseTarget({ ...noStorage, disks }, testImage)
const good = makeDisk({ name: 'sda', serial: 'GOOD', sizeBytes: 9_000_000_000 })

describe('chooseTarget', () => {
  it('takes the smallest disk that holds the image and says by which rule', () => {
    const small = makeDisk({ serial: 'SMALL', sizeBytes: 3_000_000_000 })
    const tiny = makeDisk({ serial: 'TINY', sizeBytes: 1_000_000_000 })
    expect(choose(good, tiny, small)).toMatchObject({
      kind: 'chosen',
      identity: { serial: 'SMALL' },
      rule: 'smallest of 2 fixed disks (of 3) that hold the image',
    })
  })

  it.each([
    ['transport is usb', { transport: 'usb' }],
    ['transport is iscsi', { transport: 'iscsi' }],
    ['transport is nvme-fabrics', { transport: 'nvme-fabrics' }],
    ['medium is removable', { removable: true }],
    ['read-only', { readOnly: true }],
    ['no serial or WWN', { serial: null }],
    ['is built on it', { holders: ['md0'] }],
    ['sectors are 4096', { logicalBlockSizeBytes: 4096 }],
    ['the image wants', { sizeBytes: 1_000_000_000 }],
  ] as const)('refuses a disk when its %s', (reason, changes) => {
    const choice = choose(makeDisk({ serial: 'BAD', sizeBytes: 5_000_000_000, ...changes }))
    expect(choice.kind).toBe('none')
    expect(choice.kind === 'none' && choice.reason).toContain(reason)
    expect(choose(makeDisk({ serial: 'BAD', ...changes }), good).kind).toBe('chosen')
  })

  it('refuses both of two disks that cannot be told apart', () => {
    expect(choose(good, { ...good, name: 'sdb' })).toMatchObject({ kind: 'none' })
  })

  it('chooses the same disk in whatever order they are listed', () => {
    const disk = fc
      .record({
        serial: fc.constantFrom('A', 'B', 'C', 'D'),
        sizeBytes: fc.constantFrom(3_000_000_000, 4_000_000_000),
        rotational: fc.boolean(),
      })
      .map((changes) => makeDisk(changes))
    fc.assert(
      fc.property(fc.array(disk, { maxLength: 5 }), (disks) => {
        const one = choose(...disks)
        const two = choose(...disks.toReversed())
        expect(two.kind === 'chosen' && two.identity).toEqual(one.kind === 'chosen' && one.identity)
      }),
    )
  })
})
