import { AppError } from '../protocol/errors.ts'
import type { Domain } from './domain.ts'
import type { Store } from './store/store.ts'
import type { Work } from './store/work.ts'

/** One POST of a client that gave an Idempotency-Key; key null: it gave none. */
export interface KeyedCall {
  readonly owner: string
  readonly key: string | null
  /** SHA-256 of all that the call asks for. */
  readonly fingerprint: string
}

/**
 * What an earlier call with the same key made; null: there was none. Throws `unprocessable` where
 * that one asked for something else.
 */
export async function keptAnswer(
  { store }: { readonly store: Pick<Store, 'idempotency'> },
  call: KeyedCall,
): Promise<string | null> {
  const { owner, key, fingerprint } = call
  if (key === null) return null
  const kept = await store.idempotency(owner, key)
  if (kept === null) return null
  if (kept.fingerprint === fingerprint) return kept.resourceId
  throw new AppError(
    'unprocessable',
    `Idempotency-Key '${key}' was used for another request, use a new one`,
  )
}

/** Keeps what this call made, in the same transaction as the thing itself. */
export function keepAnswer(
  { clock }: Pick<Domain, 'clock'>,
  work: Work,
  { owner, key, fingerprint, resourceId }: KeyedCall & { readonly resourceId: string },
): void {
  if (key === null) return
  const createdAtMs = clock.now()
  work.append({ kind: 'answer', answer: { owner, key, fingerprint, resourceId, createdAtMs } })
}
