import type { BenchmarkMetric, BenchmarkResult } from '../../protocol/benchmarks.ts'
import { nothing } from './format.ts'
import { figureText } from '../../protocol/human-text.ts'

/** The plot ends this far from the median: what lies beyond is drawn at its edge. */
const plotRatio = 0.1

/** Measured figures, each with how much its windows differ. */
export function BenchmarkTable({ results }: { readonly results: readonly BenchmarkResult[] }) {
  const rows = results
    .toSorted((a, b) => (`${a.method} ${a.component}` < `${b.method} ${b.component}` ? -1 : 1))
    .flatMap((result) =>
      Object.entries(result.metrics).map(([name, metric]) => ({ result, name, metric })),
    )
  return (
    <section class="card scroll" aria-labelledby="benchmarks">
      <h2 id="benchmarks">
        Benchmarks <small>spread: ±{plotRatio * 100} % of the median</small>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Of</th>
            <th scope="col">Metric</th>
            <th scope="col" class="figure">
              Best
            </th>
            <th scope="col" class="figure">
              Median
            </th>
            <th scope="col">Spread</th>
            <th scope="col" class="figure">
              n
            </th>
            <th scope="col">Doubts</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ result, name, metric }) => (
            <tr key={`${result.method} ${result.component} ${name}`}>
              <td>{result.method}</td>
              <td>{result.component}</td>
              <td>{name}</td>
              <td class="figure strong">{figureText(metric.best, metric.unit)}</td>
              <td class="figure">{figureText(metric.median, metric.unit)}</td>
              <td>
                <SpreadPlot metric={metric} />
              </td>
              <td class="figure">{metric.count}</td>
              <td>
                {result.noisy ? (
                  <span class="badge flag">{result.reasons.join(', ')}</span>
                ) : (
                  <span class="muted">{nothing}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Tenth to ninetieth percentile as a bar, the median as a line, the best as a dot. */
function SpreadPlot({ metric }: { readonly metric: BenchmarkMetric }) {
  const { median, mad, best, p10, p90 } = metric
  if (median <= 0) return <span class="muted">{nothing}</span>
  const [low, high, dot] = [p10, p90, best].map((value) => plotPosition(value / median))
  if (low === undefined || high === undefined || dot === undefined) return null
  const text = `±${((mad / median) * 100).toFixed(1)} %`
  return (
    <span class="spread">
      <svg viewBox="0 0 100 12" width={100} height={12} role="img" aria-label={`spread ${text}`}>
        <path class="axis" d="M0 6 H100" />
        <rect x={Math.min(low, high)} y={3} width={Math.max(1, Math.abs(high - low))} height={6} />
        <path class="median" d="M50 1 V11" />
        <circle cx={dot} cy={6} r={2.5} />
      </svg>
      {text}
    </span>
  )
}

/** 0 to 100 for a share of the median; 50 is the median itself. */
export function plotPosition(ratio: number): number {
  const position = 50 + ((ratio - 1) / plotRatio) * 50
  return Math.round(Math.min(97, Math.max(3, position)))
}
