import type { ClauseExplanation, RoleExplanation } from '../../protocol/explanation.ts'
import type { RequestChange } from '../../protocol/request/change.ts'
import { AvailabilityBar } from './availability.tsx'
import { CountBar } from './count-bar.tsx'

/** Writes changes into the text of the request; null where there is none to write into. */
export type Apply = ((changes: readonly RequestChange[], what: string) => void) | null

/** How the machines of a role become fewer, clause by clause, from all to those that fit. */
export function FunnelTable(props: {
  readonly role: RoleExplanation
  readonly total: number
  readonly apply: Apply
}) {
  const { role, total, apply } = props
  const { name, wanted, most, eligible, unknown, clauses } = role
  const lacks = eligible.free < wanted
  return (
    <section class="funnel" aria-label={`Role ${name}`}>
      <h3>
        <code>{name}</code> wants {most === wanted ? wanted : `${wanted} to ${most}`}
        <small>
          {' '}
          {eligible.total} fit{lacks ? `, ${eligible.free} free` : ''}
          {unknown !== null && unknown > 0 && `, ${unknown} more may fit: not all is known of them`}
        </small>
        {lacks && <span class="badge short">▼ {wanted - eligible.free} too few</span>}
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Clause, and machines left after it</th>
            <th scope="col" class="figure">
              Left
            </th>
            <th scope="col" class="figure">
              Fail only here
            </th>
            <th scope="col" class="figure">
              Not known
            </th>
            <th scope="col" class="figure">
              Pass alone
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              <span class="muted">all machines</span>
              <CountBar total={total} parts={[{ count: total, tone: 'left' }]} />
            </th>
            <td class="figure strong">{total}</td>
            <td class="figure" />
            <td class="figure" />
            <td class="figure" />
          </tr>
          {clauses.map((clause, at) => (
            <ClauseRow
              key={at}
              clause={clause}
              before={at === 0 ? total : (clauses[at - 1]?.remaining ?? total)}
              total={total}
              wanted={wanted}
              apply={
                apply === null
                  ? null
                  : (match, what) =>
                      apply([{ kind: 'clause', role: name, clause: at, match }], what)
              }
            />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              fit
              <AvailabilityBar machines={eligible} outOf={total} />
            </th>
            <td class="figure strong">{eligible.total}</td>
            <td class="figure" />
            <td class="figure">{unknown ?? ''}</td>
            <td class="figure" />
          </tr>
        </tfoot>
      </table>
    </section>
  )
}

function ClauseRow(props: {
  readonly clause: ClauseExplanation
  readonly before: number
  readonly total: number
  readonly wanted: number
  readonly apply: ((match: ClauseExplanation['match'], what: string) => void) | null
}) {
  const { clause, before, total, wanted, apply } = props
  const { text, alone, remaining, failsOnlyThis, unknownOnlyThis, observed, relaxations } = clause
  const starves = remaining < wanted && before >= wanted
  return (
    <tr class={starves ? 'starves' : ''}>
      <th scope="row">
        <code>{text}</code>
        <CountBar
          total={total}
          parts={[
            { count: remaining, tone: 'left' },
            { count: before - remaining, tone: 'lost' },
          ]}
        />
        {starves && <p class="note">▼ from here on there are too few</p>}
        {alone.yes === 0 && observed.length > 0 && (
          <p class="note">
            There are: {observed.map(({ value, count }) => `${value} (${count})`).join(', ')}
          </p>
        )}
        {(unknownOnlyThis ?? 0) > 0 && (
          <p class="note">{unknownOnlyThis} would fit if this were known of them</p>
        )}
        {relaxations.map((relaxation) => (
          <p key={relaxation.text} class="note">
            <code>{relaxation.text}</code> lets in {relaxation.admits.total} more,{' '}
            {relaxation.admits.free} of them free
            {apply !== null && (
              <button
                type="button"
                class="small"
                aria-label={`Apply ${relaxation.text}`}
                onClick={() => apply(relaxation.match, relaxation.text)}
              >
                Apply
              </button>
            )}
          </p>
        ))}
      </th>
      <td class="figure strong">{remaining}</td>
      <td class="figure">{failsOnlyThis ?? ''}</td>
      <td class="figure">{alone.unknown === 0 ? '' : alone.unknown}</td>
      <td class="figure">{alone.yes}</td>
    </tr>
  )
}
