import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StaleWriteError, type Store } from '../../../server/store/store.ts'

/** What every store does with the log of profiles. */
export function profileStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}, profiles`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const entry = (profile: string, version: string | null) => ({
      name: profile,
      atMs: 5,
      by: 'olga',
      profile: version === null ? null : { name: profile, version, match: { 'cpu.cores': 8 } },
    })

    it('keeps entries in their order, and the array where nothing was added', async () => {
      expect(await store.profileLog()).toEqual([])
      expect(await store.appendProfile(entry('a', '1'), 0)).toBe(1)
      expect(await store.appendProfile(entry('a', null), 1)).toBe(2)
      const log = await store.profileLog()
      expect(log).toEqual([
        { seq: 1, ...entry('a', '1') },
        { seq: 2, ...entry('a', null) },
      ])
      expect(await store.profileLog()).toBe(log)
    })

    it('takes one of two that were decided on the same log', async () => {
      await store.appendProfile(entry('a', '1'), 0)
      await expect(store.appendProfile(entry('b', '1'), 0)).rejects.toBeInstanceOf(StaleWriteError)
      await expect(store.appendProfile(entry('b', '1'), 7)).rejects.toBeInstanceOf(StaleWriteError)
      expect(await store.profileLog()).toHaveLength(1)
    })
  })
}
