import { printableTable } from './table.ts'
import type { Comparison, Score, Scorer } from './scorer.ts'

/** What one source came to, as counts. */
export interface SourceResult {
  readonly source: string
  readonly peer: string
  readonly machineCount: number
  readonly comparedCount: number
  readonly equalCount: number
  readonly differentCount: number
  /** Of the different ones: the peer is wrong, and we can say why. */
  readonly peerWrongCount: number
  readonly uncoveredCount: number
  /** Equal fields among those compared; null when nothing was compared. */
  readonly equalRatio: number | null
  readonly targetRatio: number
  readonly reached: boolean
  readonly differences: readonly Comparison[]
  readonly uncovered: readonly string[]
}

/** Counts a score. A field on which the peer is provably wrong counts as different all the same. */
export function resultOf(scorer: Scorer, score: Score): SourceResult {
  const { comparisons, uncovered, machineCount } = score
  const differences = comparisons.filter(({ ours, theirs }) => ours !== theirs)
  const comparedCount = comparisons.length
  const equalCount = comparedCount - differences.length
  const equalRatio = comparedCount === 0 ? null : equalCount / comparedCount
  return {
    source: scorer.source,
    peer: scorer.peer,
    machineCount,
    comparedCount,
    equalCount,
    differentCount: differences.length,
    peerWrongCount: differences.filter(({ peerIsWrong }) => peerIsWrong !== undefined).length,
    uncoveredCount: uncovered.length,
    equalRatio,
    targetRatio: scorer.targetRatio,
    reached: equalRatio !== null && equalRatio >= scorer.targetRatio,
    differences,
    uncovered,
  }
}

/** The table of all sources, then the differences, at most `shown` of each source. */
export function reportText(results: readonly SourceResult[], shown: number): string {
  const rows = results.map((one) => ({
    source: one.source,
    peer: one.peer,
    machines: one.machineCount,
    compared: one.comparedCount,
    equal: one.equalCount,
    different: one.differentCount,
    'peer wrong': one.peerWrongCount,
    'not covered': one.uncoveredCount,
    share: one.equalRatio === null ? '-' : `${(one.equalRatio * 100).toFixed(2)} %`,
    target: `${(one.targetRatio * 100).toFixed(1)} %${one.reached ? '' : ' MISSED'}`,
  }))
  return [printableTable(rows), ...results.flatMap((one) => detailLines(one, shown))].join('\n')
}

function detailLines(result: SourceResult, shown: number): readonly string[] {
  const { source, differences, uncovered } = result
  const lines = differences.slice(0, shown).map((one) => `  ${differenceText(one)}`)
  const missing = [...Map.groupBy(uncovered, (one) => one.replace(/^.*?: /, ''))]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([field, places]) => `${field} (${places.length})`)
  return [
    ...(differences.length === 0
      ? []
      : ['', `${source}: ${differences.length} different`, ...lines]),
    ...(differences.length > shown ? [`  and ${differences.length - shown} more`] : []),
    ...(missing.length === 0 || shown === 0
      ? []
      : ['', `${source}: not covered: ${missing.slice(0, 40).join(', ')}`]),
  ]
}

function differenceText({ machine, field, ours, theirs, peerIsWrong }: Comparison): string {
  const reason = peerIsWrong === undefined ? '' : ` (the peer is wrong: ${peerIsWrong})`
  return `${machine} ${field}: ours ${quoted(ours)}, theirs ${quoted(theirs)}${reason}`
}

function quoted(value: string | null): string {
  if (value === null) return 'nothing'
  return value.length <= 200 ? `'${value}'` : `'${value.slice(0, 200)}...'`
}
