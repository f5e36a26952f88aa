import type { MachineDetail, MachineSummary } from '../../protocol/api.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import { ageText, instantText, nothing, percentText, rateText, sizeText } from './format.ts'
import { useNow } from './hooks.ts'
import { Link } from './router.tsx'

/** What the machine says it is, and what it is to us. */
export function Identity(props: {
  readonly machine: MachineDetail
  readonly inventory: Inventory
}) {
  const { machine, inventory } = props
  const nowMs = useNow()
  const { claims, labels, running } = machine
  const { system, firmware, security } = inventory
  const rows: readonly (readonly [string, string | null])[] = [
    ['Machine', machine.id],
    ['Serial', claims.systemSerial],
    ['Maker', joined([system?.manufacturer, system?.product, system?.version])],
    ['Board', joined([system?.baseboard?.manufacturer, system?.baseboard?.product])],
    ['Chassis', joined([system?.chassis?.type, system?.chassis?.assetTag])],
    ['Hypervisor', hypervisorText(inventory)],
    ['Firmware', joined([firmware?.vendor, firmware?.version, firmware?.releaseDate])],
    ['Boots by', joined([firmware?.bootMode, secureBootText(security)])],
    ['TPM', tpmText(inventory)],
    ['BMC', bmcText(inventory)],
    ['SMBIOS UUID', claims.smbiosUuid],
    ['MACs', claims.macs.join(' ')],
    ['Address', machine.address],
    ['Labels', joined(Object.entries(labels).map(([key, value]) => `${key}=${value}`))],
    ['Runs', running === null ? null : `${running.hostname}, kernel ${running.kernel}`],
    ['Seen', machine.connected ? 'connected' : agoText(machine.lastSeenAtMs, nowMs)],
    ['Known since', instantText(machine.createdAtMs)],
    ['Fencing token', String(machine.fencingToken)],
  ]
  return (
    <section class="card" aria-labelledby="identity">
      <h2 id="identity">Identity</h2>
      <dl>
        {rows
          .filter(([, value]) => value !== null && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {machine.allocationId !== null && (
          <div>
            <dt>Allocation</dt>
            <dd>
              <Link to={`/allocations/${encodeURIComponent(machine.allocationId)}`}>
                {machine.allocationId}
              </Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

/** How busy the machine is, while its agent tells. */
export function TelemetryView({ telemetry }: Pick<MachineSummary, 'telemetry'>) {
  if (telemetry === null) return null
  const { memory, cpu, interfaces } = telemetry
  const received = interfaces.reduce((sum, each) => sum + (each.receivedBytesPerSecond ?? 0), 0)
  const sent = interfaces.reduce((sum, each) => sum + (each.transmittedBytesPerSecond ?? 0), 0)
  return (
    <ul class="telemetry" aria-label="Load">
      <li>
        CPU <meter value={cpu.loadRatio} max={1} /> {percentText(cpu.loadRatio)}
      </li>
      <li>
        Memory <meter value={memory.usedSizeBytes} max={Math.max(1, memory.sizeBytes)} />{' '}
        {sizeText(memory.usedSizeBytes, true)}
      </li>
      <li>
        Network in {rateText(received)}, out {rateText(sent)}
      </li>
    </ul>
  )
}

function hypervisorText({ system }: Inventory): string | null {
  if (system === null || system.hypervisor === null) return null
  return system.hypervisor.name ?? 'one that does not tell its name'
}

function tpmText({ tpm }: Inventory): string | null {
  const [first] = tpm?.tpms ?? []
  if (first === undefined) return null
  return joined([first.version, first.manufacturer, first.firmwareVersion])
}

/** Maker, firmware and where it listens. */
function bmcText({ bmc }: Inventory): string | null {
  const [first] = bmc?.controllers ?? []
  if (first === undefined) return null
  const addresses = first.channels.map(({ lan }) => lan.address)
  return joined([first.id.manufacturer, first.id.firmwareVersion, ...addresses])
}

function secureBootText(security: Inventory['security']): string | null {
  if (security === null || security.secureBoot === null) return null
  return security.secureBoot ? 'Secure Boot on' : 'Secure Boot off'
}

function joined(words: readonly (string | null | undefined)[]): string {
  return words.filter((word) => word !== null && word !== undefined && word !== '').join(' ')
}

function agoText(atMs: number | null, nowMs: number): string {
  return atMs === null ? nothing : `${ageText(nowMs - atMs)} ago`
}
