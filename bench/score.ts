import { parseArgs } from 'node:util'
import { z } from 'zod'
import { hasCorpus } from './score/corpus.ts'
import { reportText, resultOf, type SourceResult } from './score/report.ts'
import type { Scorer } from './score/scorer.ts'
import { scorers } from './score/scorers.ts'

/**
 * `npm run score -- [--source NAME]... [--differences N] [--json] [--check]`
 *
 * Decodes recordings of real machines (`../shared/corpora`) and holds every field against what a
 * peer tool says of the same bytes. `--check` exits 1 where a target is missed or a corpus is absent.
 */
const { values } = parseArgs({
  options: {
    source: { type: 'string', multiple: true, default: [] },
    differences: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`npm run score -- [--source NAME]... [--differences N] [--json] [--check]

  --source NAME      only this source, may be given several times: ${scorers.map(({ source }) => source).join(', ')}
  --differences N    differences shown of each source, 20 by default
  --json             everything as JSON
  --check            exit 1 where a target is missed or a corpus is absent`)
} else {
  process.exitCode = await main()
}

async function main(): Promise<number> {
  const unknown = values.source.filter((name) => !scorers.some(({ source }) => source === name))
  if (unknown.length > 0) {
    const known = scorers.map(({ source }) => source).join(', ')
    console.error(`score: no source is named '${unknown.join("', '")}', known are ${known}`)
    return 2
  }
  const shown = z.coerce.number().int().min(0).parse(values.differences)
  const chosen = scorers.filter(
    ({ source }) => values.source.length === 0 || values.source.includes(source),
  )
  const results: SourceResult[] = []
  const absent: Scorer[] = []
  for (const scorer of chosen) {
    if (!hasCorpus(scorer.corpus)) {
      absent.push(scorer)
      continue
    }
    const started = performance.now()
    results.push(resultOf(scorer, await scorer.measure()))
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.error(`score: ${scorer.source} took ${seconds} s`)
  }
  if (values.json) {
    const absentCorpora = absent.map(({ source, corpus }) => ({ source, corpus }))
    console.log(JSON.stringify({ sources: results, absent: absentCorpora }, null, 1))
  } else {
    if (results.length > 0) console.log(reportText(results, shown))
    for (const { source, corpus } of absent) {
      console.log(`${source}: ../shared/corpora/${corpus} is absent, nothing was compared`)
    }
  }
  const missed = results.filter(({ reached }) => !reached)
  return values.check && (missed.length > 0 || absent.length > 0) ? 1 : 0
}
