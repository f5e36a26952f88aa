import type { Allocation, MachineSummary } from '../../protocol/api.ts'
import { allocationStates, machineFlags, machineStates } from '../../protocol/states.ts'

/** What the metrics are made of. */
export interface MetricsSource {
  readonly machines: readonly MachineSummary[]
  readonly allocations: readonly Allocation[]
  readonly agentConnections: number
  readonly uptimeSeconds: number
  readonly residentSizeBytes: number
}

/** Prometheus' text format, version 0.0.4. */
export function metricsText(source: MetricsSource): string {
  const { machines, allocations } = source
  const metrics: readonly Metric[] = [
    {
      name: 'assay_machines',
      help: 'Machines by state',
      samples: machineStates.map((state) => [
        { state },
        machines.filter((machine) => machine.state === state).length,
      ]),
    },
    {
      name: 'assay_machine_flags',
      help: 'Machines by flag',
      samples: machineFlags.map((flag) => [
        { flag },
        machines.filter((machine) => machine.flags.includes(flag)).length,
      ]),
    },
    {
      name: 'assay_allocations',
      help: 'Allocations by state',
      samples: allocationStates.map((state) => [
        { state },
        allocations.filter((allocation) => allocation.state === state).length,
      ]),
    },
    gauge('assay_agent_connections', 'Agents connected now', source.agentConnections),
    gauge('assay_uptime_seconds', 'Seconds since the server started', source.uptimeSeconds),
    gauge('assay_resident_size_bytes', 'Memory of the server', source.residentSizeBytes),
  ]
  return `${metrics.flatMap(metricLines).join('\n')}\n`
}

interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: readonly (readonly [Readonly<Record<string, string>>, number])[]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, samples: [[{}, value]] }
}

/** Label values are words of our own tables: nothing in them wants escaping. */
function metricLines({ name, help, samples }: Metric): readonly string[] {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines]
}
