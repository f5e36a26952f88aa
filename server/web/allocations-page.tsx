import { useState } from 'preact/hooks'
import type { Allocation } from '../../protocol/api.ts'
import { openAllocationStates } from '../../protocol/states.ts'
import { ExplanationView } from './explanation-view.tsx'
import type { Fleet } from './fleet.ts'
import { ageText, instantText, machineTitle, nothing, shortId } from './format.ts'
import { DeploymentState } from './history.tsx'
import { useNow, useTitle } from './hooks.ts'
import { ReleaseButton } from './release-button.tsx'
import { Link } from './router.tsx'

const openStates: readonly string[] = openAllocationStates

/** Who holds which machines, and why these. */
export function AllocationsPage({ fleet }: { readonly fleet: Fleet }) {
  const [showEnded, setShowEnded] = useState(false)
  useTitle('Allocations')
  const all = [...fleet.allocations.values()].toSorted((a, b) => b.createdAtMs - a.createdAtMs)
  const shown = all.filter(({ state }) => showEnded || openStates.includes(state))
  return (
    <>
      <div class="bar">
        <h1>Allocations</h1>
        <label class="check">
          <input
            type="checkbox"
            checked={showEnded}
            onChange={(event) => setShowEnded(event.currentTarget.checked)}
          />{' '}
          ended ones too (
          {all.length - all.filter(({ state }) => openStates.includes(state)).length})
        </label>
      </div>
      {shown.length === 0 && (
        <div class="card empty">
          <p>
            Nobody holds a machine. Ask for some with <code>assay request --role …</code> or
            <code> POST /v1/allocations</code>.
          </p>
        </div>
      )}
      {shown.map((allocation) => (
        <AllocationCard key={allocation.id} allocation={allocation} fleet={fleet} />
      ))}
    </>
  )
}

function AllocationCard(props: { readonly allocation: Allocation; readonly fleet: Fleet }) {
  const { allocation, fleet } = props
  const { id, state, owner, image, machines, explanation, error, request } = allocation
  return (
    <article class="card" aria-label={`Allocation ${shortId(id)}`}>
      <div class="line">
        <h2>
          <code>{shortId(id)}</code>
        </h2>
        <span class={`badge allocation-${state}`}>{state}</span>
        <span>{owner}</span>
        <span class="muted">
          {image === null ? 'as they are' : `${image.name}@${image.version}`}
        </span>
        <Lease allocation={allocation} />
        {['queued', 'reserved', 'active', 'expiring'].includes(state) && (
          <ReleaseButton allocationId={id} />
        )}
      </div>
      {error !== null && <p role="alert">{error}</p>}
      <ul class="members">
        {machines.map(({ machineId, role, deployment }) => {
          const machine = fleet.machines.get(machineId)
          return (
            <li key={machineId}>
              <span class="muted">{role}</span>{' '}
              <Link to={`/machines/${encodeURIComponent(machineId)}`}>
                {machine === undefined ? shortId(machineId) : machineTitle(machine)}
              </Link>{' '}
              {deployment !== null && <DeploymentState deployment={deployment} />}
            </li>
          )
        })}
      </ul>
      {explanation !== null && (
        <details>
          <summary>Why these: {withTitles(explanation.summary, machines, fleet)}</summary>
          <ExplanationView explanation={explanation} fleet={fleet} />
        </details>
      )}
      <details>
        <summary>Request</summary>
        <pre>{JSON.stringify(request, null, 2)}</pre>
      </details>
    </article>
  )
}

/** Machines of the allocation under the names people know. */
function withTitles(text: string, members: Allocation['machines'], fleet: Fleet): string {
  return members.reduce((text, { machineId }) => {
    const machine = fleet.machines.get(machineId)
    return machine === undefined ? text : text.replaceAll(machineId, () => machineTitle(machine))
  }, text)
}

function Lease({ allocation }: { readonly allocation: Allocation }) {
  const nowMs = useNow()
  const { state, holdUntilMs, leaseUntilMs, createdAtMs } = allocation
  const untilMs = state === 'reserved' ? holdUntilMs : leaseUntilMs
  if (!openStates.includes(state) || untilMs === null) {
    return <span class="muted">{instantText(createdAtMs)}</span>
  }
  const what = state === 'reserved' ? 'held' : 'leased'
  return (
    <span class="muted" title={instantText(untilMs)}>
      {what} for {untilMs > nowMs ? ageText(untilMs - nowMs) : nothing} more
    </span>
  )
}
