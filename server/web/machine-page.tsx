import { useMemo } from 'preact/hooks'
import type { MachineDetail } from '../../protocol/api.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import { BenchmarkTable } from './benchmark-table.tsx'
import { boxOf } from './box-model.ts'
import { BoxPicture } from './box-picture.tsx'
import { DeviceTables } from './device-tables.tsx'
import type { Fleet } from './fleet.ts'
import { machineTitle, plural } from './format.ts'
import { GpuSection } from './gpu-section.tsx'
import { Deployments, MachineLog, PhaseTimeline } from './history.tsx'
import { useClient, useTitle } from './hooks.ts'
import { InspectionHistory } from './inspections.tsx'
import { MachineActions } from './machine-actions.tsx'
import { ActivityView, StateBadges } from './machine-badges.tsx'
import { Identity, TelemetryView } from './machine-identity.tsx'
import { MarksProvider, marksOf } from './marks.tsx'
import { PciTreeView } from './pci-tree-view.tsx'
import { PlatformTables } from './platform-tables.tsx'
import { readInventory } from './read-inventory.ts'
import { Link } from './router.tsx'
import { useDetail } from './use-detail.ts'
import { useDeviceNames } from './use-device-names.ts'

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
  const marks = useMemo(() => marksOf(detail.findings), [detail])
  const version = `${detail.inspections.length} ${inventory.pci !== null} ${inventory.usb !== null}`
  const names = useDeviceNames(useClient(), machine.id, version)
  return (
    <MarksProvider value={marks}>
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
      <Contents machine={machine} inventory={inventory} />
      <Findings findings={machine.findings} />
      <div class="columns">
        <Identity machine={machine} inventory={inventory} />
        <div class="stack">
          <PhaseTimeline phases={machine.phases} />
          <InspectionHistory machineId={machine.id} inspections={machine.inspections} />
        </div>
      </div>
      {box !== null && <BoxPicture box={box} />}
      <GpuSection inventory={inventory} />
      {inventory.pci !== null && <PciTreeView pci={inventory.pci} names={names} />}
      <DeviceTables inventory={inventory} names={names} />
      <PlatformTables inventory={inventory} />
      {machine.results.length > 0 && <BenchmarkTable results={machine.results} />}
      <Deployments deployments={machine.deployments} />
      <MachineLog log={machine.log} />
      <RawInventory machine={detail} />
    </MarksProvider>
  )
}

/** Links to the sections that are there: the page of a large machine is long. */
function Contents(props: { readonly machine: MachineDetail; readonly inventory: Inventory }) {
  const { machine, inventory } = props
  const { gpu, pci, storage, nic, memory, usb, cpu } = inventory
  const sections = [
    ['findings', 'Findings', machine.findings.length],
    ['history', 'History', machine.inspections.length],
    ['box', 'Box', cpu === null ? 0 : 1],
    ['gpus', 'GPUs', gpu?.gpus.length ?? 0],
    ['pci', 'PCI', pci?.functions.length ?? 0],
    ['disks', 'Disks', storage?.disks.length ?? 0],
    ['network', 'Network', nic?.interfaces.length ?? 0],
    ['dimms', 'DIMMs', memory?.dimms.filter(({ populated }) => populated).length ?? 0],
    ['usb', 'USB', usb?.devices.filter(({ path }) => !path.startsWith('usb')).length ?? 0],
    ['firmware', 'Firmware', inventory.firmware === null ? 0 : 1],
    ['benchmarks', 'Benchmarks', machine.results.length],
    ['log', 'Log', machine.log.length],
  ] as const
  return (
    <nav class="contents" aria-label="Sections">
      {sections
        .filter(([, , count]) => count > 0)
        .map(([id, name]) => (
          <a key={id} href={`#${id}`}>
            {name}
          </a>
        ))}
    </nav>
  )
}

const severities = ['error', 'warning', 'info'] as const

/** What is wrong comes first; what is merely noted is closed until somebody opens it. */
function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const notes = findings.filter(({ severity }) => severity === 'info')
  const faults = findings.filter(({ severity }) => severity !== 'info')
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [plural(count, severity === 'info' ? 'note' : severity)]
  })
  return (
    <section class="card" aria-labelledby="findings">
      <h2 id="findings">
        Findings <small>{counts.length === 0 ? 'none' : counts.join(' · ')}</small>
      </h2>
      <FindingList findings={faults} />
      {notes.length > 0 && (
        <details>
          <summary>{plural(notes.length, 'note')}</summary>
          <FindingList findings={notes} />
        </details>
      )}
    </section>
  )
}

function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul class="plain findings">
      {findings
        .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
        .map(({ code, severity, subject, message }, at) => (
          <li key={at} class={`severity-${severity}`}>
            <b>{severity}</b> <span class="subject">{subject}</span> <span>{message}</span>{' '}
            <code>{code}</code>
          </li>
        ))}
    </ul>
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
