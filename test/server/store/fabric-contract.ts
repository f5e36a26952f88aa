import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../server/store/store.ts'

/** What every store does with imported fabrics. */
export function fabricStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}, fabrics`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const source = (fabric: string, importedAtMs: number) => ({
      name: fabric,
      importedAtMs,
      importedBy: 'olga',
    })

    it('keeps them by name, the last import counting', async () => {
      await store.putFabric(source('storage', 1), 'first')
      await store.putFabric(source('compute', 2), 'other')
      await store.putFabric(source('storage', 3), 'second')
      expect(await store.fabricSources()).toEqual([source('compute', 2), source('storage', 3)])
      expect(await store.fabricText('storage')).toBe('second')
      expect(await store.fabricText('nobody')).toBeNull()
    })

    it('forgets one that is removed, once', async () => {
      await store.putFabric(source('storage', 1), 'first')
      expect(await store.removeFabric('storage')).toBe(true)
      expect(await store.removeFabric('storage')).toBe(false)
      expect(await store.fabricSources()).toEqual([])
    })
  })
}
