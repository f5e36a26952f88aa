import { describe } from 'vitest'
import { hasCorpus } from '../../../bench/score/corpus.ts'

/**
 * A `describe` over the corpus in folder `name`. Where it is absent its tests are skipped, and say so
 * in their title.
 */
export function describeCorpus(name: string, title: string, body: () => void): void {
  const here = hasCorpus(name)
  describe.skipIf(!here)(
    here ? title : `${title} (skipped: ../shared/corpora/${name} is absent)`,
    body,
  )
}

/** Unpacking thousands of files on a busy machine takes its time. */
export const corpusTimeoutMs = 90_000
