import type { Deployment, MachineDetail } from '../../protocol/api.ts'
import { ageText, instantText, nothing, percentText } from './format.ts'
import { useNow } from './hooks.ts'
import { latestBoot } from './phases.ts'

/** How the latest boot went: a bar for each phase, from when to when. */
export function PhaseTimeline({ phases }: { readonly phases: MachineDetail['phases'] }) {
  const nowMs = useNow()
  const spans = latestBoot(phases)
  const [first] = spans
  const last = spans.at(-1)
  if (first === undefined || last === undefined) return null
  const endMs = Math.max(last.atMs + 1, Math.min(nowMs, last.atMs + 10_000))
  const totalMs = Math.max(1, endMs - first.atMs)
  return (
    <section class="card" aria-labelledby="phases">
      <h2 id="phases">
        Latest boot <small>{instantText(first.atMs)}</small>
      </h2>
      <ol class="phases">
        {spans.map(({ phase, atMs, untilMs }, at) => {
          const x = ((atMs - first.atMs) / totalMs) * 100
          const width = (((untilMs ?? endMs) - atMs) / totalMs) * 100
          return (
            <li key={at}>
              <span>{phase}</span>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect x={x} y={1} width={Math.max(0.6, width)} height={6} />
              </svg>
              <span class="figure">
                {untilMs === null
                  ? `since ${ageText(nowMs - atMs)}`
                  : `${((untilMs - atMs) / 1000).toFixed(1)} s`}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** What was written to the machine, the newest first. */
export function Deployments({ deployments }: { readonly deployments: readonly Deployment[] }) {
  if (deployments.length === 0) return null
  return (
    <section class="card scroll" aria-labelledby="deployments">
      <h2 id="deployments">Deployments</h2>
      <table>
        <thead>
          <tr>
            {['Image', 'State', 'Try', 'Disk', 'Started', 'Took', 'Error'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {deployments
            .toSorted((a, b) => b.startedAtMs - a.startedAtMs)
            .map((deployment) => (
              <tr key={deployment.id}>
                <td>
                  {deployment.image.name}@{deployment.image.version}
                </td>
                <td>
                  <DeploymentState deployment={deployment} />
                </td>
                <td>{deployment.attempt}</td>
                <td>{deployment.disk ?? nothing}</td>
                <td>{instantText(deployment.startedAtMs)}</td>
                <td>
                  {deployment.endedAtMs === null
                    ? nothing
                    : ageText(deployment.endedAtMs - deployment.startedAtMs)}
                </td>
                <td class="error-text">{deployment.error ?? ''}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  )
}

export function DeploymentState({ deployment }: { readonly deployment: Deployment }) {
  const { state, progress } = deployment
  const share =
    progress === null || progress.bytesTotal === 0
      ? ''
      : ` ${percentText(progress.bytesWritten / progress.bytesTotal)}`
  return (
    <span class={`badge deployment-${state}`}>
      {state}
      {share}
    </span>
  )
}

/** What the agent had to say, the newest last. */
export function MachineLog({ log }: { readonly log: MachineDetail['log'] }) {
  if (log.length === 0) return null
  return (
    <section class="card" aria-labelledby="log">
      <h2 id="log">Log</h2>
      <ol class="log">
        {log.map(({ atMs, level, text }, at) => (
          <li key={at} class={`level-${level}`}>
            <time>{instantText(atMs)}</time> <b>{level}</b> <span>{text}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
