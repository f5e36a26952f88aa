import type { Store } from '../../server/store/store.ts'

/** Thrown by every call once the store has crashed. */
export class CrashError extends Error {
  override readonly name = 'CrashError'
}

/**
 * A store whose process dies at its `commitNumber`-th commit: right `before` it is durable or right
 * `after`. From then on nothing reaches the file.
 */
export function crashingStore(
  store: Store,
  commitNumber: number,
  moment: 'before' | 'after',
): { readonly store: Store; readonly crashed: () => boolean } {
  let commits = 0
  let dead = false
  const die = () => {
    dead = true
    throw new CrashError('the server died')
  }
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    if (dead) die()
    const value = await call()
    if (dead) die()
    return value
  }
  const wrapped: Store = {
    ...store,
    commit: (changes) =>
      alive(async () => {
        commits += 1
        // Others may commit while this one does.
        const own = commits
        if (own === commitNumber && moment === 'before') die()
        const seqs = await store.commit(changes)
        if (own === commitNumber) die()
        return seqs
      }),
    machine: (id) => alive(() => store.machine(id)),
    session: (id) => alive(() => store.session(id)),
    due: (nowMs) => alive(() => store.due(nowMs)),
    sessionByKey: (key) => alive(() => store.sessionByKey(key)),
    close: async () => {},
  }
  return { store: wrapped, crashed: () => dead }
}
