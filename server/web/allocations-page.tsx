import { useState } from 'preact/hooks'
import type { Allocation } from '../../protocol/api.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import { isOpenAllocation } from '../../protocol/states.ts'
import { AllocationTime, QueueText } from './allocation-time.tsx'
import type { Fleet } from './fleet.ts'
import { instantText, shortId } from './format.ts'
import { useTitle } from './hooks.ts'
import { MachineLink } from './placement-tables.tsx'
import { roleText, rolesOf } from './request-outline.ts'
import { Link } from './router.tsx'
import { useQueue } from './use-queue.ts'

/** Machines named in a row; the allocation's own page has all. */
const mostNamed = 4

/** Rows at once; who looks for an older one has its id. */
const mostShown = 500

/** Who holds machines or waits for some, the newest first. */
export function AllocationsPage({ fleet }: { readonly fleet: Fleet }) {
  const [showEnded, setShowEnded] = useState(false)
  useTitle('Allocations')
  const all = [...fleet.allocations.values()].toSorted((a, b) => b.createdAtMs - a.createdAtMs)
  const open = all.filter(({ state }) => isOpenAllocation(state))
  const wanted = showEnded ? all : open
  const shown = wanted.slice(0, mostShown)
  const places = useQueue(open)
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
          ended ones too ({all.length - open.length})
        </label>
        <Link to="/request" class="aside">
          Request machines
        </Link>
      </div>
      {shown.length === 0 ? (
        <div class="card empty">
          <p>
            Nobody holds a machine. <Link to="/request">Request some</Link>.
          </p>
        </div>
      ) : (
        <div class="card">
          <table class="allocations">
            <thead>
              <tr>
                {['Allocation', 'State', 'Owner', 'Machines', 'Image', 'Until', 'Queue'].map(
                  (title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((allocation) => (
                <Row
                  key={allocation.id}
                  allocation={allocation}
                  place={places.get(allocation.id) ?? allocation.queue}
                  fleet={fleet}
                />
              ))}
            </tbody>
          </table>
          {wanted.length > shown.length && (
            <p class="note">
              The newest {shown.length} of {wanted.length}.
            </p>
          )}
        </div>
      )}
    </>
  )
}

function Row(props: {
  readonly allocation: Allocation
  readonly place: QueuePlace | null
  readonly fleet: Fleet
}) {
  const { allocation, place, fleet } = props
  const { id, state, owner, tenant, image, machines, error, request, createdAtMs } = allocation
  return (
    <tr>
      <th scope="row">
        <Link to={`/allocations/${encodeURIComponent(id)}`}>
          <code>{shortId(id)}</code>
        </Link>
        <small>{instantText(createdAtMs)}</small>
      </th>
      <td data-title="State">
        <span class={`badge allocation-${state}`}>{state}</span>
        {error !== null && <p class="error-text">{error}</p>}
      </td>
      <td data-title="Owner">
        {owner}
        {tenant !== owner && <small> of {tenant}</small>}
      </td>
      <td data-title="Machines">
        {rolesOf(request).map(roleText).join(', ')}
        <ul class="named">
          {machines.slice(0, mostNamed).map(({ machineId }) => (
            <li key={machineId}>
              <MachineLink id={machineId} fleet={fleet} />
            </li>
          ))}
          {machines.length > mostNamed && <li>and {machines.length - mostNamed} more</li>}
        </ul>
      </td>
      <td data-title="Image">{image !== null && `${image.name}@${image.version}`}</td>
      <td data-title="Until">
        <AllocationTime allocation={allocation} />
      </td>
      <td data-title="Queue">
        {state === 'queued' && place !== null && (
          <>
            <QueueText place={place} />
            <p class="note">{place.reason}</p>
          </>
        )}
      </td>
    </tr>
  )
}
