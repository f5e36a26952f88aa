import { expect, test } from 'vitest'
import { resultOf } from '../../bench/score/report.ts'
import { scorers } from '../../bench/score/scorers.ts'
import { corpusTimeoutMs, describeCorpus } from '../agent/discovery/corpora.ts'

for (const scorer of scorers) {
  describeCorpus(scorer.corpus, `recorded machines beside ${scorer.peer}`, () => {
    test(
      `${scorer.source} reaches its target`,
      async () => {
        const result = resultOf(scorer, await scorer.measure())
        expect(result.machineCount).toBeGreaterThan(0)
        expect(result.comparedCount).toBeGreaterThan(0)
        expect(
          result.equalRatio,
          JSON.stringify(result.differences.slice(0, 20), null, 1),
        ).toBeGreaterThanOrEqual(scorer.targetRatio)
      },
      corpusTimeoutMs,
    )
  })
}
