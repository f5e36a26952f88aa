import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NetworkInterface } from '../../../protocol/facts/nic.ts'
import type { TransceiverModule } from '../../../protocol/facts/transceiver-module.ts'
import type { Host } from '../../host.ts'
import { attempt } from '../attempt.ts'
import {
  decodeDriverInfo,
  decodeFec,
  decodeLinkSettings,
  linkModeWordCount,
  type LinkSettings,
} from '../decode/ethtool/answers.ts'
import { ethtoolQuestions } from './ethtool-questions.ts'
import { readModule } from './module.ts'

/**
 * `found` with what its driver says when asked: versions, link modes, error correction, the module in
 * its cage. A question that fails costs its own answer and leaves a finding.
 */
export async function askInterface(
  host: Host,
  found: NetworkInterface,
): Promise<{ readonly found: NetworkInterface; readonly findings: readonly Finding[] }> {
  const { name } = found
  const findings: Finding[] = []
  const answered = async <T>(read: () => Promise<T | null>): Promise<T | null> => {
    const outcome = await attempt('nic', name, read)
    if (outcome.kind === 'done') return outcome.value
    findings.push(outcome.finding)
    return null
  }
  const driver = await answered(async () => {
    const answer = await host.ask(ethtoolQuestions.driverInfo(name))
    return answer === undefined ? null : decodeDriverInfo(answer)
  })
  const settings = await answered(() => askLinkSettings(host, name))
  const forwardErrorCorrection = await answered(async () => {
    const answer = await host.ask(ethtoolQuestions.fec(name))
    return answer === undefined ? null : decodeFec(answer)
  })
  const module = await attempt('nic', name, () =>
    askModule(host, name, (one) => findings.push(one)),
  )
  if (module.kind === 'failed') findings.push(unreadModule(module.finding, found))
  return {
    found: {
      ...found,
      driver: found.driver ?? driver?.driver ?? null,
      driverVersion: driver?.driverVersion ?? null,
      firmwareVersion: driver?.firmwareVersion ?? null,
      expansionRomVersion: driver?.expansionRomVersion ?? null,
      pciAddress: found.pciAddress ?? pciAddressIn(driver?.busInfo ?? null),
      port: settings?.port ?? null,
      autonegotiation: settings?.autonegotiation ?? null,
      linkModes: settings?.linkModes ?? null,
      // Without a carrier, drivers leave here what was last negotiated.
      linkSpeedBitsPerSecond:
        found.linkSpeedBitsPerSecond ??
        (found.carrier === true ? (settings?.linkSpeedBitsPerSecond ?? null) : null),
      duplex: found.duplex ?? (found.carrier === true ? (settings?.duplex ?? null) : null),
      forwardErrorCorrection,
      module: module.kind === 'done' ? module.value : null,
    },
    findings,
  }
}

/** Many drivers fail when the cage is empty; where there is a link, something sits in it. */
function unreadModule(finding: Finding, { carrier }: NetworkInterface): Finding {
  const severity = carrier === true ? 'warning' : 'info'
  return { ...finding, code: 'nic.module-unread', severity }
}

function pciAddressIn(busInfo: string | null): string | null {
  return busInfo !== null && /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(busInfo)
    ? busInfo
    : null
}

/** The kernel first tells how long its masks are, then fills them. */
async function askLinkSettings(host: Host, name: string): Promise<LinkSettings | null> {
  const first = await host.ask(ethtoolQuestions.linkSettings(name, 0))
  if (first === undefined) return null
  const answer = await host.ask(ethtoolQuestions.linkSettings(name, linkModeWordCount(first)))
  return answer === undefined ? null : decodeLinkSettings(answer)
}

async function askModule(
  host: Host,
  name: string,
  note: (finding: Finding) => void,
): Promise<TransceiverModule | null> {
  const decoded = await readModule(host, name)
  for (const finding of decoded?.findings ?? []) {
    note({ ...finding, code: 'nic.module-checksum', subject: name })
  }
  return decoded?.module ?? null
}
