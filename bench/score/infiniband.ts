import { readFile } from 'node:fs/promises'
import { nicProbe } from '../../agent/discovery/probes/nic.ts'
import { rootedHost } from '../../agent/host.ts'
import type { NicFacts } from '../../protocol/facts/nic.ts'
import { corpusPath } from './corpus.ts'
import { fabricMetric } from './infiniband-metrics.ts'
import { interfaceMetric } from './infiniband-net.ts'
import { type Metric, parseMetrics } from './prometheus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { unpackedTtar } from './ttar.ts'

const folder = 'node_exporter'

/** Collectors of node_exporter that read what the NIC probe reads. */
const collectors = /^node_(infiniband|fibrechannel|network|bonding)_/

/** Interfaces, bonds, RDMA devices and Fibre Channel hosts, each label of a metric a field. */
export const nicMetricsScorer: Scorer = {
  source: 'nic-metrics',
  peer: 'node_exporter (golden output of its own tests)',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    await using files = await unpackedTtar(folder, 'sys.ttar')
    const { facts } = await nicProbe.read(rootedHost(files.root))
    const metrics = parseMetrics(await readFile(corpusPath(folder, 'e2e-output.txt'), 'utf8'))
    const told = metrics.filter(({ name }) => collectors.test(name))
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const metric of told) {
      for (const { field, theirs, ours } of fieldsOf(facts, metric)) {
        if (ours === undefined) uncovered.push(`${folder}: ${field}`)
        else comparisons.push({ machine: folder, field, ours, theirs })
      }
    }
    return { machineCount: 1, comparisons, uncovered }
  },
}

/** One thing that a metric says; ours is undefined where Assay has no such fact. */
interface Field {
  readonly field: string
  readonly theirs: string
  readonly ours: string | null | undefined
}

/** Labels that name what a metric is about. */
const keys = new Set(['device', 'port', 'fc_host', 'master'])

/** The value of a metric, or each label of an `info` metric, which has no value. */
function fieldsOf(facts: NicFacts, metric: Metric): readonly Field[] {
  const { name, labels, value, line } = metric
  const ours = (label: string | null) => {
    const find = /^node_(infiniband|fibrechannel)_/.test(name) ? fabricMetric : interfaceMetric
    return find(facts, metric, label)
  }
  if (!name.endsWith('_info')) {
    return [{ field: line.replace(/ \S+$/, ''), theirs: String(value), ours: ours(null) }]
  }
  const place = Object.entries(labels).filter(([key]) => keys.has(key))
  return Object.entries(labels)
    .filter(([key]) => !keys.has(key))
    .map(([key, theirs]) => ({
      field: `${name}{${place.map(([one, said]) => `${one}="${said}"`).join(',')}}.${key}`,
      theirs,
      ours: ours(key),
    }))
}
