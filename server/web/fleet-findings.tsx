import { useEffect, useState } from 'preact/hooks'
import type { FleetFinding, MachineSummary } from '../../protocol/api.ts'
import { machineTitle, plural, shortId } from './format.ts'
import { useClient } from './hooks.ts'
import { Link } from './router.tsx'

/** The server compares all machines for it: now and then is often enough. */
const refreshMs = 60_000

/** More machines of one finding are told by their number alone. */
const linksMaximum = 12

/** What shows only across machines; nothing where all is well. */
export function FleetFindings(props: { readonly machines: ReadonlyMap<string, MachineSummary> }) {
  const { machines } = props
  const findings = useFleetFindings(machines.size)
  if (findings.length === 0) return null
  return (
    <details class="card">
      <summary>
        <h2 id="fleet-findings">
          Across machines <small>{plural(findings.length, 'finding')}</small>
        </h2>
      </summary>
      <ul class="plain findings">
        {findings.map(({ code, severity, message, machineIds }) => (
          <li key={`${code} ${message}`} class={`severity-${severity}`}>
            <b>{severity}</b> {message} <code>{code}</code>{' '}
            {machineIds.slice(0, linksMaximum).map((id) => {
              const machine = machines.get(id)
              return (
                <Link key={id} to={`/machines/${encodeURIComponent(id)}`} class="member">
                  {machine === undefined ? shortId(id) : machineTitle(machine)}
                </Link>
              )
            })}
            {machineIds.length > linksMaximum && (
              <span class="muted"> and {machineIds.length - linksMaximum} more</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Fetched at first, when a machine comes or goes, and now and then. */
function useFleetFindings(machineCount: number): readonly FleetFinding[] {
  const client = useClient()
  const [findings, setFindings] = useState<readonly FleetFinding[]>([])
  useEffect(() => {
    let isOpen = true
    const fetchNow = () => {
      client.machines.fleetFindings().then(
        (answer) => isOpen && setFindings(answer),
        () => undefined,
      )
    }
    fetchNow()
    const timer = setInterval(fetchNow, refreshMs)
    return () => {
      isOpen = false
      clearInterval(timer)
    }
  }, [client, machineCount])
  return findings
}
