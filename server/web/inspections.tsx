import { useEffect, useState } from 'preact/hooks'
import type { MachineDetail } from '../../protocol/api.ts'
import type { InspectionDiff, InventoryChange } from '../../protocol/inspections.ts'
import { ageText, instantText, plural, shortId } from './format.ts'
import { useClient } from './hooks.ts'

type Inspections = MachineDetail['inspections']

/** What the machine was found to be, time after time, and what changed between two of them. */
export function InspectionHistory(props: {
  readonly machineId: string
  readonly inspections: Inspections
}) {
  const { machineId, inspections } = props
  // Nothing is compared with the present until it has ended: half of it would be missing.
  const ended = inspections.toSorted((a, b) => b.startedAtMs - a.startedAtMs)
  const [chosen, choose] = useState<{ readonly from?: string; readonly to?: string }>({})
  const { diff, problem } = useDiff(machineId, chosen, ended[0]?.id ?? '')
  if (inspections.length === 0) return null
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">
        History <small>{plural(inspections.length, 'inspection')}</small>
      </h2>
      {ended.length > 1 && (
        <div class="compare">
          <Choice
            label="From"
            value={chosen.from ?? diff?.from.id ?? ''}
            inspections={ended}
            onChoose={(from) => choose({ ...chosen, from })}
          />
          <Choice
            label="To"
            value={chosen.to ?? diff?.to.id ?? ''}
            inspections={ended}
            onChoose={(to) => choose({ ...chosen, to })}
          />
        </div>
      )}
      {problem !== null && ended.length > 1 && <p class="muted">{problem}</p>}
      {diff === null ? <p class="muted">{firstText(ended)}</p> : <Changes diff={diff} />}
    </section>
  )
}

function firstText(inspections: Inspections): string {
  const [only] = inspections
  if (only === undefined || inspections.length > 1) return ''
  return `Inspected once, ${inspectionText(only)}: there is nothing to compare with yet.`
}

function Choice(props: {
  readonly label: string
  readonly value: string
  readonly inspections: Inspections
  readonly onChoose: (id: string) => void
}) {
  const { label, value, inspections, onChoose } = props
  return (
    <label>
      {label}{' '}
      <select
        aria-label={`${label} inspection`}
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {inspections.map((each) => (
          <option key={each.id} value={each.id}>
            {inspectionText(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

function inspectionText({ id, startedAtMs, endedAtMs }: Inspections[number]): string {
  const took = endedAtMs === null ? 'not ended' : `took ${ageText(endedAtMs - startedAtMs)}`
  return `${instantText(startedAtMs)}, ${took} (${shortId(id)})`
}

const signs = { added: '+', removed: '−', changed: '~' } as const
const kindWords = { added: 'new', removed: 'gone', changed: 'changed' } as const

function Changes({ diff: { changes, notCompared } }: { readonly diff: InspectionDiff }) {
  const shown = changes.filter(({ importance }) => importance !== 'detail')
  const details = changes.filter(({ importance }) => importance === 'detail')
  return (
    <>
      {shown.length === 0 ? (
        <p>No change of hardware, firmware or state.</p>
      ) : (
        <ChangeList changes={shown} />
      )}
      {details.length > 0 && (
        <details>
          <summary>{details.length} more in detail</summary>
          <ChangeList changes={details} />
        </details>
      )}
      {notCompared.length > 0 && <p class="muted">Not compared: {notCompared.join(', ')}</p>}
    </>
  )
}

function ChangeList({ changes }: { readonly changes: readonly InventoryChange[] }) {
  return (
    <ul class="changes">
      {changes.map(({ class: name, path, kind, importance, text }) => (
        <li key={`${name} ${path} ${kind}`} class={`change-${kind}`} title={`${name}: ${path}`}>
          <span class="sign" role="img" aria-label={kindWords[kind]}>
            {signs[kind]}
          </span>{' '}
          <span class="importance">{importance}</span> {text}
        </li>
      ))}
    </ul>
  )
}

interface DiffState {
  readonly diff: InspectionDiff | null
  readonly problem: string | null
}

/** The comparison of the chosen two, else of the last two; anew when there is a newer inspection. */
function useDiff(
  machineId: string,
  { from, to }: { readonly from?: string; readonly to?: string },
  newest: string,
): DiffState {
  const client = useClient()
  const [state, setState] = useState<DiffState>({ diff: null, problem: null })
  useEffect(() => {
    let isOpen = true
    const between = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    client.machines.diff(machineId, between).then(
      (diff) => isOpen && setState({ diff, problem: null }),
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : 'the server did not answer'
        if (isOpen) setState({ diff: null, problem })
      },
    )
    return () => {
      isOpen = false
    }
  }, [client, machineId, from, to, newest])
  return state
}
