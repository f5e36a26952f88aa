import type { Activity, MachineSummary } from '../../protocol/api.ts'
import {
  activityRatio,
  activityText,
  ageText,
  attributeNumber,
  percentText,
  plural,
  rateText,
} from './format.ts'
import { figureText } from '../../protocol/human-text.ts'

/** State and flags of a machine. */
export function StateBadges({ machine }: { readonly machine: MachineSummary }) {
  return (
    <span class="badges">
      <span class={`badge state-${machine.state}`}>{machine.state}</span>
      {machine.flags.map((flag) => (
        <span key={flag} class={`badge flag flag-${flag}`} title={machine.reason ?? ''}>
          {flag}
        </span>
      ))}
    </span>
  )
}

/** How many findings a machine has that are no mere notes; nothing where there are none. */
export function FindingBadge({ machine }: { readonly machine: MachineSummary }) {
  const errors = attributeNumber(machine, 'finding.errors') ?? 0
  const warnings = attributeNumber(machine, 'finding.warnings') ?? 0
  if (errors + warnings === 0) return null
  const words = [
    ...(errors === 0 ? [] : [plural(errors, 'error')]),
    ...(warnings === 0 ? [] : [plural(warnings, 'warning')]),
  ]
  const codes = machine.attributes['finding.codes']
  return (
    <span
      class={`badge finding ${errors === 0 ? '' : 'finding-error'}`}
      title={Array.isArray(codes) ? codes.map(String).join(', ') : ''}
    >
      {words.join(', ')}
    </span>
  )
}

/** What a machine does right now, with how far it is where that is known. */
export function ActivityView({ machine }: { readonly machine: MachineSummary }) {
  const { activity, running, connected, phase, reason, flags, state } = machine
  if (activity !== null) return <Progress activity={activity} />
  if (state === 'error' || (flags.length > 0 && reason !== null)) {
    return <span class="muted">{reason}</span>
  }
  if (running !== null && state === 'active') {
    return <span class="muted">runs {running.hostname}</span>
  }
  return <span class="muted">{connected ? (phase ?? 'connected') : 'not connected'}</span>
}

function Progress({ activity }: { readonly activity: Activity }) {
  const ratio = activityRatio(activity)
  return (
    <span class={`activity activity-${activity.kind}`}>
      <span class="activity-text">
        <span>{activityText(activity)}</span>
        <span class="figures">{activityFigures(activity)}</span>
      </span>
      {ratio === null ? (
        <progress aria-label={activityText(activity)} />
      ) : (
        <progress aria-label={activityText(activity)} value={ratio} max={1} />
      )}
    </span>
  )
}

function activityFigures(activity: Activity): string {
  const ratio = activityRatio(activity)
  if (activity.kind === 'benchmark') return figureText(activity.value, activity.unit)
  if (activity.kind === 'discovery') return percentText(ratio ?? 0)
  const { rateBytesPerSecond, remainingSeconds } = activity.progress
  const left = remainingSeconds === null ? '' : ` · ${ageText(remainingSeconds * 1000)} left`
  return `${percentText(ratio ?? 0)} · ${rateText(rateBytesPerSecond)}${left}`
}
