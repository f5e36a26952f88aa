import type { Finding } from '../../../protocol/facts/finding.ts'
import type { IpmiController } from '../../../protocol/facts/ipmi.ts'
import type { Host } from '../../host.ts'
import { attempt } from '../attempt.ts'
import { u16le } from '../decode/integers.ts'
import {
  decodeChassisStatus,
  decodeDeviceId,
  decodeEventLogInfo,
  decodeSystemGuid,
} from '../decode/ipmi/controller.ts'
import { type AskBmc, bmcAsker, netFunction } from './ask.ts'
import { lanChannels } from './channels.ts'
import { readFru } from './fru-data.ts'

/** A BMC, and what of it could not be read. */
export interface ControllerReading {
  readonly controller: IpmiController
  readonly findings: readonly Finding[]
}

/** The machine's own FRU device. */
const systemFru = 0

/** Asks the BMC behind `device`; null where none answers. */
export async function readController(
  host: Host,
  device: string,
): Promise<ControllerReading | null> {
  const asker = bmcAsker(host, device)
  const id = await asker(netFunction.application, 0x01, [], 11)
  if (id === null) return null
  const findings: Finding[] = []
  const part = async <T>(read: () => Promise<T>): Promise<T | null> => {
    const outcome = await attempt('bmc', device, read)
    if (outcome.kind === 'done') return outcome.value
    findings.push({ ...outcome.finding, severity: 'warning' })
    return null
  }
  // What the BMC fails to tell costs itself alone.
  const ask: AskBmc = (...question) => part(() => asker(...question))
  const guid = await ask(netFunction.application, 0x37, [], 16)
  const chassis = await ask(netFunction.chassis, 0x01, [], 3)
  const log = await ask(netFunction.storage, 0x40, [], 14)
  const repository = await ask(netFunction.storage, 0x20, [], 3)
  const channels = await lanChannels(ask)
  const fru = await part(() => readFru(asker, systemFru))
  const controller: IpmiController = {
    device,
    id: decodeDeviceId(id),
    systemGuid: guid === null ? null : decodeSystemGuid(guid),
    channels,
    chassis: chassis === null ? null : decodeChassisStatus(chassis),
    eventLog: log === null ? null : decodeEventLogInfo(log),
    sensorRecordCount: repository === null ? null : u16le(repository, 1),
    fru,
  }
  const faults = (fru?.findings ?? []).map((one) => ({ ...one, subject: device }))
  return { controller, findings: [...findings, ...faults].slice(0, maxFindings) }
}

/** A BMC that fails once fails every time: more of the same says nothing more. */
const maxFindings = 8
