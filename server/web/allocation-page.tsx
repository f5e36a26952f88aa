import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Allocation } from '../../protocol/api.ts'
import { isOpenAllocation } from '../../protocol/states.ts'
import { AllocationActions } from './allocation-actions.tsx'
import { AllocationExports } from './allocation-exports.tsx'
import { AllocationMachines } from './allocation-machines.tsx'
import { AllocationTime, QueueText } from './allocation-time.tsx'
import { ExplanationView } from './explanation-view.tsx'
import type { Fleet } from './fleet.ts'
import { instantText, shortId } from './format.ts'
import { useClient, useTitle } from './hooks.ts'
import { storeDraft } from './request-draft.ts'
import { requestText } from './request-layout.ts'
import { Link, navigate } from './router.tsx'
import { useQueue } from './use-queue.ts'

/** One allocation: its machines, until when, why these, and what its holder may do. */
export function AllocationPage({ id, fleet }: { readonly id: string; readonly fleet: Fleet }) {
  const held = fleet.allocations.get(id)
  const { allocation, problem } = useAllocation(id, held)
  useTitle(`Allocation ${shortId(id)}`)
  const places = useQueue(allocation === null ? [] : [allocation])
  if (allocation === null) {
    return (
      <p class="waiting" role={problem === null ? 'status' : 'alert'}>
        {problem ?? 'Loading'}. <Link to="/allocations">All allocations</Link>
      </p>
    )
  }
  const { state, machines, explanation, error, request } = allocation
  const place = places.get(id) ?? allocation.queue
  const why =
    machines.length > 0
      ? 'Why these machines'
      : isOpenAllocation(state)
        ? 'Why it waits'
        : 'Why none'
  return (
    <>
      <div class="bar">
        <Link to="/allocations" class="back">
          Allocations
        </Link>
        <h1>
          <code>{shortId(id)}</code>
        </h1>
        <span class={`badge allocation-${state}`} role="status">
          {state}
        </span>
        <span class="muted">
          <AllocationTime allocation={allocation} />
        </span>
        <AllocationActions allocation={allocation} />
      </div>
      {error !== null && <p role="alert">{error}</p>}
      {state === 'queued' && place !== null && (
        <section class="card" aria-label="Queue">
          <h2>
            In the queue: <QueueText place={place} />
          </h2>
          <p>{place.reason}</p>
        </section>
      )}
      <div class="columns">
        <Terms allocation={allocation} />
        <section class="card" aria-label="Request">
          <h2>Request</h2>
          <pre>{requestText(request)}</pre>
          <div class="buttons">
            <button
              type="button"
              class="small"
              onClick={() => {
                storeDraft(requestText(request))
                navigate('/request')
              }}
            >
              Ask for the same again
            </button>
          </div>
        </section>
      </div>
      <AllocationMachines allocation={allocation} fleet={fleet} />
      {explanation !== null && (
        <section class="card" aria-label={why}>
          <h2>
            {why} <small>when it was last decided</small>
          </h2>
          <ExplanationView explanation={explanation} fleet={fleet} apply={null} />
        </section>
      )}
      {machines.length > 0 && <AllocationExports id={id} />}
    </>
  )
}

function Terms({ allocation }: { readonly allocation: Allocation }) {
  const { id, owner, tenant, priority, image, createdAtMs, reservationId, generation } = allocation
  const { holdUntilMs, leaseUntilMs, endsAtMs, waitUntilMs } = allocation
  const times = [
    ['Asked', createdAtMs],
    ['Waits until', waitUntilMs],
    ['Held until', holdUntilMs],
    ['Lease until', leaseUntilMs],
    ['Taken back', endsAtMs],
  ] as const
  return (
    <section class="card" aria-label="Terms">
      <h2>Terms</h2>
      <dl>
        <Term name="Id">{id}</Term>
        <Term name="Owner">
          {owner} of {tenant}
        </Term>
        <Term name="Image">
          {image === null ? 'as they are' : `${image.name}@${image.version}`}
        </Term>
        {times.map(([name, atMs]) =>
          atMs === null ? null : (
            <Term key={name} name={name}>
              {instantText(atMs)}
            </Term>
          ),
        )}
        {priority !== 0 && <Term name="Priority">{priority}</Term>}
        {reservationId !== null && <Term name="Reservation">{reservationId}</Term>}
        <Term name="Generation">{generation}</Term>
      </dl>
    </section>
  )
}

function Term(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

/** The allocation as events tell it; fetched where none has yet. */
function useAllocation(
  id: string,
  live: Allocation | undefined,
): { readonly allocation: Allocation | null; readonly problem: string | null } {
  const client = useClient()
  const [fetched, setFetched] = useState<Allocation | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const isKnown = live !== undefined
  useEffect(() => {
    if (isKnown) return
    client.allocations.get(id).then(setFetched, (error: unknown) => {
      setProblem(error instanceof Error ? error.message : 'the server did not answer')
    })
  }, [client, id, isKnown])
  return { allocation: live ?? fetched, problem }
}
