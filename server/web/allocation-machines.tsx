import type { Allocation } from '../../protocol/api.ts'
import { useMayHold } from './allocation-actions.tsx'
import type { Fleet } from './fleet.ts'
import { machineTitle, nothing, shortId } from './format.ts'
import { DeploymentState } from './history.tsx'
import { usePage } from './hooks.ts'
import { MachineLink } from './placement-tables.tsx'
import { rolesOf } from './request-outline.ts'

/** The machines of an allocation as they are now. */
export function AllocationMachines(props: {
  readonly allocation: Allocation
  readonly fleet: Fleet
}) {
  const { allocation, fleet } = props
  const { id, machines, request, state, tenant } = allocation
  const { live, confirm } = usePage()
  const mayHold = useMayHold(tenant)
  if (machines.length === 0) return null
  const isLeased = state === 'active' || state === 'expiring'
  const spare = new Set(
    rolesOf(request).flatMap(({ name, min }) =>
      machines.filter(({ role }) => role === name).length > min ? [name] : [],
    ),
  )
  const mayGiveBack = mayHold && isLeased && spare.size > 0
  const giveBack = (machineId: string, fencingToken: number) => {
    const machine = fleet.machines.get(machineId)
    confirm({
      title: `Give ${machine === undefined ? shortId(machineId) : machineTitle(machine)} back?`,
      text: 'It is taken from its user and what is on its disks is lost; the others stay.',
      action: 'Give back',
      input: null,
      run: () =>
        live.client.allocations.release(id, {
          machines: [machineId],
          fencingTokens: { [machineId]: fencingToken },
        }),
    })
  }
  return (
    <section class="card scroll" aria-label="Machines">
      <h2>Machines</h2>
      <table>
        <thead>
          <tr>
            {['Role', 'Machine', 'State', 'Place', 'Image', 'Address'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            <th scope="col" class="figure">
              Fencing token
            </th>
            {mayGiveBack && <th scope="col">Action</th>}
          </tr>
        </thead>
        <tbody>
          {machines.map(({ machineId, role, fencingToken, deployment }) => {
            const machine = fleet.machines.get(machineId)
            const labels = Object.entries(machine?.labels ?? {})
            return (
              <tr key={machineId}>
                <td>{role}</td>
                <th scope="row">
                  <MachineLink id={machineId} fleet={fleet} />
                </th>
                <td>
                  {machine === undefined ? (
                    nothing
                  ) : (
                    <span class={`badge state-${machine.state}`}>{machine.state}</span>
                  )}
                </td>
                <td>
                  {labels.length === 0
                    ? nothing
                    : labels.map(([name, value]) => `${name} ${value}`).join(', ')}
                </td>
                <td>
                  {deployment === null ? (
                    nothing
                  ) : (
                    <>
                      {deployment.image.name}@{deployment.image.version}{' '}
                      <DeploymentState deployment={deployment} />
                    </>
                  )}
                </td>
                <td>{machine?.address ?? nothing}</td>
                <td class="figure">{fencingToken}</td>
                {mayGiveBack && (
                  <td>
                    {spare.has(role) && (
                      <button
                        type="button"
                        class="small danger"
                        onClick={() => giveBack(machineId, fencingToken)}
                      >
                        Give back
                      </button>
                    )}
                  </td>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
