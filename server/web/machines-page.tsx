import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { MachineSummary } from '../../protocol/api.ts'
import type { Fleet } from './fleet.ts'
import { FleetFindings } from './fleet-findings.tsx'
import { attributeText, machineTitle, nothing, shortId } from './format.ts'
import { useIsOperator, usePage, useTitle } from './hooks.ts'
import { ActivityView, FindingBadge, StateBadges } from './machine-badges.tsx'
import { countMachines, initialView, machineColumns, viewMachines } from './machine-table.ts'
import type { MachineColumn, MachineView } from './machine-table.ts'
import { Link } from './router.tsx'

/** Rows that are drawn until somebody wants more. */
const rowsAtFirst = 200

/** The view outlives a visit to one machine. */
let keptView = initialView

/** All machines, live. */
export function MachinesPage({ fleet }: { readonly fleet: Fleet }) {
  const [view, setView] = useState(keptView)
  const [rows, setRows] = useState(rowsAtFirst)
  const machines = useMemo(
    () => viewMachines(fleet.machines.values(), view),
    [fleet.machines, view],
  )
  useTitle('Machines')
  const change = (changes: Partial<MachineView>) => {
    keptView = { ...view, ...changes }
    setView(keptView)
  }
  if (fleet.machines.size === 0) return <NoMachines />
  return (
    <>
      <div class="bar">
        <h1>Machines</h1>
        <Filters fleet={fleet} view={view} onChange={change} />
        <Search view={view} onChange={change} />
      </div>
      <FleetFindings machines={fleet.machines} />
      <div class="card scroll">
        <table class="machines">
          <thead>
            <tr>
              {machineColumns.map((column) => (
                <Heading key={column.key} column={column} view={view} onChange={change} />
              ))}
            </tr>
          </thead>
          <tbody>
            {machines.slice(0, rows).map((machine) => (
              <MachineRow key={machine.id} machine={machine} />
            ))}
          </tbody>
        </table>
        {machines.length === 0 && <p class="empty">No machine is like that.</p>}
      </div>
      {machines.length > rows && (
        <button type="button" onClick={() => setRows(rows + rowsAtFirst)}>
          Show more of {machines.length}
        </button>
      )}
    </>
  )
}

interface ViewProps {
  readonly view: MachineView
  readonly onChange: (changes: Partial<MachineView>) => void
}

function Filters({ fleet, view, onChange }: ViewProps & { readonly fleet: Fleet }) {
  const counts = useMemo(() => countMachines(fleet.machines.values()), [fleet.machines])
  return (
    <div class="filters" role="group" aria-label="Show only">
      <button
        type="button"
        aria-pressed={view.only === null}
        onClick={() => onChange({ only: null })}
      >
        all <b>{fleet.machines.size}</b>
      </button>
      {counts.map(([word, count]) => (
        <button
          key={word}
          type="button"
          class={`state-${word} flag-${word}`}
          aria-pressed={view.only === word}
          onClick={() => onChange({ only: view.only === word ? null : word })}
        >
          {word} <b>{count}</b>
        </button>
      ))}
    </div>
  )
}

function Search({ view, onChange }: ViewProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement
      if (event.key !== '/' || isTyping) return
      event.preventDefault()
      input.current?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])
  return (
    <input
      ref={input}
      type="search"
      aria-label="Search machines"
      placeholder="Name, serial, hardware, label   /"
      value={view.search}
      onInput={(event) => onChange({ search: event.currentTarget.value })}
    />
  )
}

function Heading({ column, view, onChange }: ViewProps & { readonly column: MachineColumn }) {
  const isSorted = view.sortKey === column.key
  const direction = view.descending ? 'descending' : 'ascending'
  // Figures are wanted largest first, words from A.
  const descending = isSorted ? !view.descending : column.attribute !== null
  return (
    <th
      scope="col"
      class={column.attribute === null ? '' : 'figure'}
      aria-sort={isSorted ? direction : undefined}
    >
      <button type="button" onClick={() => onChange({ sortKey: column.key, descending })}>
        {column.title}
        <span aria-hidden="true">{isSorted ? (view.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

function MachineRow({ machine }: { readonly machine: MachineSummary }) {
  return (
    <tr>
      <th scope="row">
        <Link to={`/machines/${encodeURIComponent(machine.id)}`}>{machineTitle(machine)}</Link>
        <small title={machine.shape?.text ?? ''}>
          {machine.shape?.text ?? machine.address ?? shortId(machine.id)}
        </small>
      </th>
      <td>
        <StateBadges machine={machine} />
        <FindingBadge machine={machine} />
        {machine.flags.includes('pending') && <ApproveButton machine={machine} />}
      </td>
      <td class="now">
        <ActivityView machine={machine} />
      </td>
      {machineColumns
        .filter((column) => column.attribute !== null)
        .map(({ key, attribute }) => (
          <td key={key} class="figure">
            {attribute === null ? nothing : attributeText(machine, attribute)}
          </td>
        ))}
    </tr>
  )
}

export function ApproveButton({ machine }: { readonly machine: MachineSummary }) {
  const { live, confirm } = usePage()
  if (!useIsOperator()) return null
  const ask = () =>
    confirm({
      title: `Approve ${machineTitle(machine)}?`,
      text: 'It becomes part of the pool: measured, lent out, and written to.',
      action: 'Approve',
      input: null,
      run: () => live.client.machines.approve(machine.id),
    })
  return (
    <button type="button" class="small" onClick={ask}>
      Approve
    </button>
  )
}

function NoMachines() {
  return (
    <div class="card empty">
      <h1>No machines yet</h1>
      <p>
        Switch one on and let it boot from the network. It shows here when its agent first says
        hello, a few seconds after the firmware is done.
      </p>
    </div>
  )
}
