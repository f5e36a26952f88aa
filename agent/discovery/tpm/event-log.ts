import type { Finding } from '../../../protocol/facts/finding.ts'
import type { TpmEventLog } from '../../../protocol/facts/tpm-event-log.ts'
import type { Tpm } from '../../../protocol/facts/tpm.ts'
import type { Host } from '../../host.ts'
import { decodeTpmEventLog } from '../decode/tpm/event-log.ts'
import { paths } from '../paths.ts'

type Facts = NonNullable<Tpm['eventLog']>

/** The firmware's event log, held against the registers; null where there is none. */
export async function readEventLog(
  host: Host,
  name: string,
  registers: Tpm['registers'],
): Promise<{ readonly facts: Facts; readonly findings: readonly Finding[] } | null> {
  const bytes = await host.bytes(`${paths.securityFs}/${name}/binary_bios_measurements`)
  if (bytes === undefined || bytes.length === 0) return null
  const log = decodeTpmEventLog(bytes)
  const different = [...differingRegisters(log, registers)]
  const facts: Facts = {
    format: log.format,
    sizeBytes: bytes.length,
    eventCount: log.events.length,
    eventCounts: countsOf(log),
    replayed: log.pcrs,
    agrees: Object.fromEntries(different.map(([bank, numbers]) => [bank, numbers.length === 0])),
  }
  const mismatches = different
    .filter(([, numbers]) => numbers.length > 0)
    .map(([bank, numbers]) => mismatch(name, bank, numbers))
  return {
    facts,
    findings: [...log.findings.map((one) => ({ ...one, subject: name })), ...mismatches],
  }
}

function countsOf({ events }: TpmEventLog): Facts['eventCounts'] {
  const groups = Map.groupBy(events, ({ type }) => type)
  return Object.fromEntries([...groups].map(([type, ones]) => [type, ones.length]))
}

/** Registers of the log that hold something else, by bank that both sides have. */
function differingRegisters(
  log: TpmEventLog,
  registers: Tpm['registers'],
): ReadonlyMap<string, readonly string[]> {
  const banks = Object.entries(log.pcrs).flatMap(([bank, replayed]) => {
    const held = registers?.[bank]
    if (held === undefined || Object.keys(held).length === 0) return []
    const numbers = Object.entries(replayed).flatMap(([number, digest]) =>
      held[number] === undefined || held[number] === digest ? [] : [number],
    )
    return [[bank, numbers] as const]
  })
  return new Map(banks)
}

/** Registers 0 to 7 are the firmware's alone (PC Client PFP 1.06 §3.3.4); others may go on growing. */
function mismatch(name: string, bank: string, numbers: readonly string[]): Finding {
  const firmware = numbers.some((number) => Number(number) < 8)
  return {
    code: 'tpm.log-mismatch',
    severity: firmware ? 'warning' : 'info',
    subject: name,
    message: `The event log does not give what ${bank} registers ${numbers.join(', ')} hold`,
  }
}
