import type { Explanation, Remedy, Verdict } from '../../protocol/explanation.ts'
import { AvailabilityBar } from './availability.tsx'
import { CountBar } from './count-bar.tsx'
import type { Fleet } from './fleet.ts'
import { machineTitle } from './format.ts'
import { FunnelTable } from './funnel-table.tsx'
import type { Apply } from './funnel-table.tsx'
import { useNow } from './hooks.ts'
import { BlockerTable, ChosenTable, ConstraintTable, whenText } from './placement-tables.tsx'

/** Why a request matched or did not: the answer, what would help, then each role's funnel. */
export function ExplanationView(props: {
  readonly explanation: Explanation
  readonly fleet: Fleet
  readonly apply: Apply
}) {
  const { explanation, fleet, apply } = props
  const { verdict, machines, reasons, roles, constraints, blockers, remedies, tried } = explanation
  return (
    <div class="explanation">
      <VerdictLine explanation={explanation} fleet={fleet} />
      {verdict !== 'matched' && <RemedyList remedies={remedies} apply={apply} />}
      <Starving explanation={explanation} />
      <ChosenTable explanation={explanation} fleet={fleet} />
      <ConstraintTable constraints={constraints} />
      {roles.map((role) => (
        <FunnelTable key={role.name} role={role} total={machines.total} apply={apply} />
      ))}
      <BlockerTable blockers={blockers} fleet={fleet} />
      <section aria-label="The fleet">
        <h3>
          The fleet <small>{machines.total} machines known</small>
        </h3>
        <AvailabilityBar machines={machines} outOf={machines.total} />
        {reasons.length > 0 && (
          <p class="note">
            Out of service: {reasons.map(({ reason, count }) => `${count} ${reason}`).join(', ')}
          </p>
        )}
      </section>
      {tried.length > 0 && (
        <section aria-label="Alternatives">
          <h3>Alternatives tried, in order</h3>
          <ol class="tried">
            {tried.map(({ choices, verdict, summary }, at) => (
              <li key={at}>
                {choices
                  .map((choice, role) => `${roles[role]?.name ?? ''} ${alternativeText(choice)}`)
                  .join(', ')}
                : <b>{verdictWords[verdict].title}</b>{' '}
                <span class="muted">{titled(summary, explanation, fleet)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

const verdictWords = {
  matched: { sign: '✓', title: 'Match' },
  busy: { sign: '◷', title: 'Busy' },
  unschedulable: { sign: '⚑', title: 'Out of service' },
  impossible: { sign: '✕', title: 'Impossible' },
  'search-exhausted': { sign: '?', title: 'No answer' },
} as const satisfies Record<Verdict, { readonly sign: string; readonly title: string }>

function VerdictLine(props: { readonly explanation: Explanation; readonly fleet: Fleet }) {
  const { explanation, fleet } = props
  const { verdict, summary, earliestAtMs } = explanation
  const nowMs = useNow()
  const { sign, title } = verdictWords[verdict]
  return (
    <p class={`verdict verdict-${verdict}`} role="status">
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <span>
        <b>{title}</b> {titled(summary, explanation, fleet)}
        {earliestAtMs !== null && (
          <>
            <br />
            Enough are due back {whenText(earliestAtMs, nowMs)}
          </>
        )}
      </span>
    </p>
  )
}

function RemedyList({
  remedies,
  apply,
}: {
  readonly remedies: readonly Remedy[]
  readonly apply: Apply
}) {
  if (remedies.length === 0) {
    return <p class="muted">No small change of the request would make it match now.</p>
  }
  return (
    <section aria-label="Remedies">
      <h3>
        It would match with one of these <small>each was tried on the machines that are free</small>
      </h3>
      <ol class="remedies">
        {remedies.map(({ text, changes }) => (
          <li key={text}>
            <span>{text}</span>
            {apply !== null && (
              <button
                type="button"
                class="small"
                aria-label={`Apply: ${text}`}
                onClick={() => apply(changes, text)}
              >
                Apply
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

/** The roles that starve together. */
function Starving({ explanation }: { readonly explanation: Explanation }) {
  const { deficient, verdict } = explanation
  if (deficient === null) return null
  const { roles, wanted, eligible } = deficient
  const kind = verdict === 'busy' ? 'free' : verdict === 'unschedulable' ? 'in service' : 'eligible'
  return (
    <section aria-label="Roles that starve">
      <h3>{roles.length === 1 ? 'The role that starves' : 'Roles that starve together'}</h3>
      <CountBar
        total={wanted}
        parts={[
          { count: Math.min(eligible, wanted), tone: 'left' },
          { count: Math.max(0, wanted - eligible), tone: 'lost' },
        ]}
      />
      <p class="note">
        {roles.map((role, at) => (
          <>
            {at > 0 && ', '}
            <code>{role}</code>
          </>
        ))}{' '}
        {roles.length === 1 ? 'wants' : 'want'} {wanted}, {eligible} {eligible === 1 ? 'is' : 'are'}{' '}
        {kind}
      </p>
    </section>
  )
}

function alternativeText(choice: number): string {
  return choice === 0 ? 'as written' : `by alternative ${choice}`
}

/** Machines under the names people know. */
function titled(text: string, { chosen }: Explanation, fleet: Fleet): string {
  return chosen.reduce((text, { machine: id }) => {
    const machine = fleet.machines.get(id)
    return machine === undefined ? text : text.replaceAll(id, () => machineTitle(machine))
  }, text)
}
