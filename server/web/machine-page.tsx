import { useMemo } from 'preact/hooks'
import type { MachineDetail } from '../../protocol/api.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { BenchmarkTable } from './benchmark-table.tsx'
import { boxOf } from './box-model.ts'
import { BoxPicture } from './box-picture.tsx'
import { DeviceTables } from './device-tables.tsx'
import type { Fleet } from './fleet.ts'
import { machineTitle } from './format.ts'
import { Deployments, Inspections, MachineLog, PhaseTimeline } from './history.tsx'
import { useClient, useTitle } from './hooks.ts'
import { MachineActions } from './machine-actions.tsx'
import { ActivityView, StateBadges } from './machine-badges.tsx'
import { Identity, TelemetryView } from './machine-identity.tsx'
import { readInventory } from './read-inventory.ts'
import { Link } from './router.tsx'
import { useDetail } from './use-detail.ts'

/** Everything about one machine, live. */
export function MachinePage({ id, fleet }: { readonly id: string; readonly fleet: Fleet }) {
  const summary = fleet.machines.get(id)
  const { detail, problem } = useDetail(useClient(), id, summary)
  useTitle(summary === undefined ? 'Machine' : machineTitle(summary))
  if (detail === null) {
    return (
      <p class="waiting" role={problem === null ? 'status' : 'alert'}>
        {problem ?? 'Loading'} <Link to="/">All machines</Link>
      </p>
    )
  }
  return <Details machine={{ ...detail, ...summary }} detail={detail} />
}

/** `machine` is as the last event said, `detail` as it was fetched. */
function Details(props: { readonly machine: MachineDetail; readonly detail: MachineDetail }) {
  const { machine, detail } = props
  const inventory = useMemo(() => readInventory(detail), [detail])
  const box = useMemo(() => boxOf(inventory), [inventory])
  return (
    <>
      <div class="bar">
        <Link to="/" class="back">
          Machines
        </Link>
        <h1>{machineTitle(machine)}</h1>
        <StateBadges machine={machine} />
        <MachineActions machine={machine} />
      </div>
      <div class="card status">
        <p class="shape">{machine.shape?.text ?? 'Not inspected yet'}</p>
        <ActivityView machine={machine} />
        <TelemetryView telemetry={machine.telemetry} />
      </div>
      <div class="columns">
        <Identity machine={machine} inventory={inventory} />
        <div class="stack">
          <PhaseTimeline phases={machine.phases} />
          <Findings findings={machine.findings} />
        </div>
      </div>
      {box !== null && <BoxPicture box={box} />}
      {machine.results.length > 0 && <BenchmarkTable results={machine.results} />}
      <Deployments deployments={machine.deployments} />
      <DeviceTables inventory={inventory} />
      <MachineLog log={machine.log} />
      <Inspections inspections={machine.inspections} />
      <RawInventory machine={detail} />
    </>
  )
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const order = ['error', 'warning', 'info']
  return (
    <section class="card" aria-labelledby="findings">
      <h2 id="findings">
        Findings <small>{findings.length === 0 ? 'none' : findings.length}</small>
      </h2>
      <ul class="plain findings">
        {findings
          .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
          .map(({ code, severity, subject, message }, at) => (
            <li key={at} class={`severity-${severity}`}>
              <b>{severity}</b> <code>{code}</code> {subject}
              <p>{message}</p>
            </li>
          ))}
      </ul>
    </section>
  )
}

function RawInventory({ machine }: { readonly machine: MachineDetail }) {
  return (
    <details class="card">
      <summary>Raw inventory</summary>
      {Object.entries(machine.inventory).map(([name, facts]) => (
        <details key={name}>
          <summary>{name}</summary>
          <pre>{JSON.stringify(facts, null, 2)}</pre>
        </details>
      ))}
      <details>
        <summary>attributes</summary>
        <pre>{JSON.stringify(machine.attributes, null, 2)}</pre>
      </details>
    </details>
  )
}
