import { readFile } from 'node:fs/promises'
import { cpuEvents } from '../../agent/discovery/cpu-events.ts'
import { forgivingReader } from '../../agent/discovery/forgiving-reader.ts'
import { memoryErrors } from '../../agent/discovery/memory-errors.ts'
import { numaProbe } from '../../agent/discovery/probes/numa.ts'
import { rootedHost } from '../../agent/host.ts'
import { corpusPath } from './corpus.ts'
import { type Metric, parseMetrics } from './prometheus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { unpackedTtar } from './ttar.ts'

const folder = 'node_exporter'
const metricNames = /^node_(edac_|cpu_(core|package)_throttles_total|memory_numa_MemTotal)/

/** Error counters, throttling, and the memory of nodes. */
export const memoryMetricsScorer: Scorer = {
  source: 'memory-metrics',
  peer: 'node_exporter (golden output of its own tests)',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    await using files = await unpackedTtar(folder, 'sys.ttar')
    const host = rootedHost(files.root)
    const { found: controllers } = await memoryErrors(host)
    const { facts } = await numaProbe.read(host)
    const cpus = (await host.list('/sys/devices/system/cpu')).flatMap(
      (name) => /^cpu(\d+)$/.exec(name)?.[1] ?? [],
    )
    const throttles = await cpuEvents(forgivingReader(host, 'cpu'), cpus.map(Number))
    const metrics = parseMetrics(await readFile(corpusPath(folder, 'e2e-output.txt'), 'utf8'))
    const sums = throttleSums(metrics)
    const comparisons = metrics
      .filter(({ name }) => metricNames.test(name) && !name.includes('throttles'))
      .map(({ name, labels, value, line }): Comparison => {
        const node = facts.nodes.find(({ id }) => String(id) === labels['node'])
        const controller = controllers.find((one) => one.name === `mc${labels['controller']}`)
        const ours = name.startsWith('node_edac_')
          ? controller === undefined
            ? null
            : errorCount(controller, name, labels)
          : (node?.memorySizeBytes ?? null)
        const field = line.replace(/ \S+$/, '')
        return { machine: folder, field, ours: text(ours), theirs: text(value) }
      })
    const throttled: readonly Comparison[] = [
      {
        machine: folder,
        field: 'node_cpu_core_throttles_total, all cores',
        ours: text(throttles.coreThrottleCount),
        theirs: text(sums.core),
      },
      {
        machine: folder,
        field: 'node_cpu_package_throttles_total, all packages',
        ours: text(throttles.packageThrottleCount),
        theirs: text(sums.package),
      },
    ]
    return { machineCount: 1, comparisons: [...comparisons, ...throttled], uncovered: [] }
  },
}

type Controller = Awaited<ReturnType<typeof memoryErrors>>['found'][number]

function errorCount(controller: Controller, name: string, labels: Metric['labels']): number | null {
  const which = name.includes('uncorrectable') ? 'uncorrectedCount' : 'correctedCount'
  if (labels['csrow'] === undefined) return controller[which]
  if (labels['csrow'] === 'unknown') {
    return which === 'correctedCount'
      ? controller.unattributedCorrectedCount
      : controller.unattributedUncorrectedCount
  }
  const row = controller.rows.find(({ index }) => String(index) === labels['csrow'])
  if (labels['channel'] === undefined) return row?.[which] ?? null
  return row?.channels.find(({ index }) => String(index) === labels['channel'])?.[which] ?? null
}

function throttleSums(metrics: readonly Metric[]) {
  const sum = (name: string) =>
    metrics.filter((metric) => metric.name === name).reduce((total, { value }) => total + value, 0)
  return {
    core: sum('node_cpu_core_throttles_total'),
    package: sum('node_cpu_package_throttles_total'),
  }
}

function text(value: number | null): string | null {
  return value === null ? null : String(value)
}
