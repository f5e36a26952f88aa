import type { ClauseExplanation, Explanation, RoleExplanation } from '../../protocol/explanation.ts'
import type { Fleet } from './fleet.ts'
import { instantText, machineTitle, shortId } from './format.ts'

/** Why a request matched or did not: each role's funnel, then what stood in its way. */
export function ExplanationView(props: {
  readonly explanation: Explanation
  readonly fleet: Fleet
}) {
  const { explanation, fleet } = props
  const { machines, reasons, roles, constraints, blockers, chosen, earliestAtMs } = explanation
  const titleOf = (id: string) => {
    const machine = fleet.machines.get(id)
    return machine === undefined ? shortId(id) : machineTitle(machine)
  }
  return (
    <div class="explanation">
      <p>
        {machines.total} machines known then: {machines.free} free, {machines.held} held,{' '}
        {machines.unschedulable} out of service
        {reasons.map(({ reason, count }) => `; ${count} ${reason}`)}.
      </p>
      {roles.map((role) => (
        <Funnel key={role.name} role={role} total={machines.total} />
      ))}
      <ul class="plain">
        {constraints.map(({ text, placeable, wanted }) => (
          <li key={text}>
            {text}: {placeable} of {wanted} can be placed
          </li>
        ))}
        {blockers.map(({ machine, heldBy, untilMs }) => (
          <li key={machine}>
            {titleOf(machine)} is held by {heldBy}
            {untilMs === null ? '' : ` until ${instantText(untilMs)}`}
          </li>
        ))}
        {earliestAtMs !== null && <li>Enough are due back at {instantText(earliestAtMs)}</li>}
        {chosen.map(({ role, machine, preference, scarcity, surplus }) => (
          <li key={machine}>
            {role}: <b>{titleOf(machine)}</b>{' '}
            <span class="muted">
              preference {rounded(preference)}, scarcity {rounded(scarcity)}, surplus{' '}
              {rounded(surplus)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Funnel({ role, total }: { readonly role: RoleExplanation; readonly total: number }) {
  return (
    <table class="funnel">
      <caption>
        {role.name}: {role.wanted} wanted, {role.eligible.total} fit, {role.eligible.free} free
      </caption>
      <thead>
        <tr>
          <th scope="col">Clause</th>
          <th scope="col">Left</th>
          <th scope="col" class="figure">
            Pass
          </th>
          <th scope="col" class="figure">
            Fail
          </th>
          <th scope="col" class="figure">
            Unknown
          </th>
        </tr>
      </thead>
      <tbody>
        {role.clauses.map((clause) => (
          <Clause key={clause.text} clause={clause} total={total} />
        ))}
      </tbody>
    </table>
  )
}

function Clause({ clause, total }: { readonly clause: ClauseExplanation; readonly total: number }) {
  const { text, alone, remaining, relaxations } = clause
  return (
    <tr>
      <td>
        <code>{text}</code>
        {relaxations.map((relaxation) => (
          <p key={relaxation.text} class="muted">
            {relaxation.text} would admit {relaxation.admits.total} more
          </p>
        ))}
      </td>
      <td>
        <meter value={remaining} max={Math.max(1, total)} /> {remaining}
      </td>
      <td class="figure">{alone.yes}</td>
      <td class="figure">{alone.no}</td>
      <td class="figure">{alone.unknown}</td>
    </tr>
  )
}

function rounded(value: number): string {
  return value.toFixed(2)
}
