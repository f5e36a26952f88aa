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
import { bmcAsker, netFunction } from './ask.ts'
import { lanChannels } from './channels.ts'
import { readFru } from './fru-data.ts'

/** A BMC, and what of it could not be read. */
export interface ControllerReading {
  readonly controller: IpmiController
  readonly findings: readonly Finding[]
}

/** Asks the BMC behind `device`; null where none answers. */
export async function readController(
  host: Host,
  device: string,
): Promise<ControllerReading | null> {
  const ask = bmcAsker(host, device)
  const id = await ask(netFunction.application, 0x01, [], 11)
  if (id === null) return null
  const findings: Finding[] = []
  const part = async <T>(read: () => Promise<T>): Promise<T | null> => {
    const outcome = await attempt('bmc', device, read)
    if (outcome.kind === 'done') return outcome.value
    findings.push({ ...outcome.finding, severity: 'warning' })
    return null
  }
  const guid = await part(() => ask(netFunction.application, 0x37, [], 16))
  const chassis = await part(() => ask(netFunction.chassis, 0x01, [], 3))
  const log = await part(() => ask(netFunction.storage, 0x40, [], 14))
  const repository = await part(() => ask(netFunction.storage, 0x20, [], 3))
  const channels = await part(() => lanChannels(ask))
  const fru = await part(() => readFru(ask, 0))
  const controller: IpmiController = {
    device,
    id: decodeDeviceId(id),
    systemGuid: guid === null ? null : decodeSystemGuid(guid),
    channels: channels ?? [],
    chassis: chassis === null ? null : decodeChassisStatus(chassis),
    eventLog: log === null ? null : decodeEventLogInfo(log),
    sensorRecordCount: repository === null ? null : u16le(repository, 1),
    fru,
  }
  const faults = (fru?.findings ?? []).map((one) => ({ ...one, subject: device }))
  return { controller, findings: [...findings, ...faults] }
}
