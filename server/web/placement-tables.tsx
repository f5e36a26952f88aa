import type { Choice, ConstraintExplanation, Explanation } from '../../protocol/explanation.ts'
import { CountBar } from './count-bar.tsx'
import type { Fleet } from './fleet.ts'
import { ageText, instantText, machineTitle, nothing, shortId } from './format.ts'
import { useNow } from './hooks.ts'
import { Link } from './router.tsx'

/** How far each constraint goes by itself. */
export function ConstraintTable(props: { readonly constraints: readonly ConstraintExplanation[] }) {
  if (props.constraints.length === 0) return null
  return (
    <section aria-label="Constraints">
      <h3>Where they must be</h3>
      <table class="wrapped">
        <thead>
          <tr>
            <th scope="col">Constraint</th>
            <th scope="col">Best domain</th>
            <th scope="col">Can be placed</th>
          </tr>
        </thead>
        <tbody>
          {props.constraints.map(({ text, best, placeable, wanted, unlabelled, unseen }) => (
            <tr key={text}>
              <th scope="row">
                {text}
                {unlabelled > 0 && <p class="note">{unlabelled} that fit lack this label</p>}
                {unseen > 0 && <p class="note">{unseen} that fit have a link nobody has seen</p>}
              </th>
              <td>{best === null ? nothing : best.domain}</td>
              <td>
                <CountBar
                  total={Math.max(wanted, placeable)}
                  parts={[
                    { count: Math.min(placeable, wanted), tone: 'left' },
                    { count: Math.max(0, wanted - placeable), tone: 'lost' },
                  ]}
                />
                {placeable} of {wanted}
                {placeable < wanted && <span class="short-text"> ▼ too few</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The machines chosen, where they are, and what spoke for each. */
export function ChosenTable(props: { readonly explanation: Explanation; readonly fleet: Fleet }) {
  const { chosen, constraints } = props.explanation
  if (chosen.length === 0) return null
  const levels = [...new Set(constraints.flatMap(({ level }) => level.split(', ')))]
  return (
    <section aria-label="Machines chosen">
      <h3>
        Machines chosen{' '}
        <small>
          More preference is better; so is less scarcity (of the fleet it outclasses), surplus
          (beyond the request), deviation (off the middle in measured speed) and wear (of its
          disks), in this order
        </small>
      </h3>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {['Role', 'Machine', ...levels].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
              {['Preference', 'Scarcity', 'Surplus', 'Deviation', 'Wear'].map((title) => (
                <th key={title} scope="col" class="figure">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {chosen.map((choice) => (
              <ChosenRow key={choice.machine} choice={choice} levels={levels} fleet={props.fleet} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function ChosenRow(props: {
  readonly choice: Choice
  readonly levels: readonly string[]
  readonly fleet: Fleet
}) {
  const { role, machine, preference, scarcity, surplus, deviation, wear } = props.choice
  const labels = props.fleet.machines.get(machine)?.labels ?? {}
  return (
    <tr>
      <td>{role}</td>
      <th scope="row">
        <MachineLink id={machine} fleet={props.fleet} />
      </th>
      {props.levels.map((level) => (
        <td key={level}>{labels[level] ?? nothing}</td>
      ))}
      {[preference, scarcity, surplus].map((score, at) => (
        <td key={at} class="figure">
          {score.toFixed(2)}
        </td>
      ))}
      <td class="figure">{deviation === null ? nothing : `${(100 * deviation).toFixed(2)} %`}</td>
      <td class="figure">{wear === null ? nothing : `${wear} %`}</td>
    </tr>
  )
}

/** Who holds machines the request could use, and until when. */
export function BlockerTable(props: {
  readonly blockers: Explanation['blockers']
  readonly fleet: Fleet
}) {
  const nowMs = useNow()
  if (props.blockers.length === 0) return null
  return (
    <section aria-label="Held machines">
      <h3>Held by others now</h3>
      <div class="scroll">
        <table class="wrapped">
          <thead>
            <tr>
              <th scope="col">Machine</th>
              <th scope="col">Held by</th>
              <th scope="col">Until</th>
            </tr>
          </thead>
          <tbody>
            {props.blockers.map(({ machine, heldBy, untilMs }) => (
              <tr key={machine}>
                <th scope="row">
                  <MachineLink id={machine} fleet={props.fleet} />
                </th>
                <td>
                  <Holder name={heldBy} />
                </td>
                <td>{untilMs === null ? 'no known end' : whenText(untilMs, nowMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** `allocation <id>`, or `the queue, for request <id>`: the id leads there. */
function Holder({ name }: { readonly name: string }) {
  const [, words, id] = /^(.*) ([\da-f-]{36})$/.exec(name) ?? []
  if (id === undefined) return <>{name}</>
  return (
    <>
      {words} <Link to={`/allocations/${encodeURIComponent(id)}`}>{shortId(id)}</Link>
    </>
  )
}

export function MachineLink(props: { readonly id: string; readonly fleet: Fleet }) {
  const machine = props.fleet.machines.get(props.id)
  return (
    <Link to={`/machines/${encodeURIComponent(props.id)}`}>
      {machine === undefined ? shortId(props.id) : machineTitle(machine)}
    </Link>
  )
}

/** An instant ahead, and how far: `12/1/26, 10:00:00 AM, in 3 h`. */
export function whenText(atMs: number, nowMs: number): string {
  return `${instantText(atMs)}${atMs > nowMs ? `, in ${ageText(atMs - nowMs)}` : ''}`
}
