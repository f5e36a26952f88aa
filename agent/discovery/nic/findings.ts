import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NetworkInterface, NicFacts } from '../../../protocol/facts/nic.ts'
import type { RdmaDevice } from '../../../protocol/facts/rdma.ts'
import { modeSpeedBitsPerSecond } from '../decode/ethtool/link-modes.ts'
import { alarmsOf } from './module-alarms.ts'

/** What an operator should know of the links, modules and ports of a machine. */
export function nicFindings(facts: NicFacts): readonly Finding[] {
  return [
    ...facts.interfaces.flatMap(slowLink),
    ...facts.interfaces.flatMap(moduleAlarms),
    ...facts.rdmaDevices.flatMap(portsDown),
    ...facts.rdmaDevices.flatMap(portErrors),
  ]
}

/**
 * Slower than what both ends can do is a fault; slower than what this end can do alone may be all
 * that the other end has, so it is a note.
 */
export function slowLink(found: NetworkInterface): readonly Finding[] {
  const { name, carrier, linkSpeedBitsPerSecond: speed, linkModes } = found
  if (carrier !== true || speed === null || linkModes === null) return []
  const partner = new Set(linkModes.partner)
  const ours = fastest(linkModes.supported)
  const shared = fastest(linkModes.supported.filter((mode) => partner.has(mode)))
  const [severity, best, whose] =
    shared === null
      ? (['info', ours, 'the port supports'] as const)
      : (['warning', shared, 'both ends support'] as const)
  if (best === null || speed >= best) return []
  return [
    {
      code: 'nic.link-slow',
      severity,
      subject: name,
      message: `Link runs at ${speed / 1e6} Mbit/s; ${whose} ${best / 1e6} Mbit/s`,
    },
  ]
}

function fastest(modes: readonly string[]): number | null {
  const speeds = modes.flatMap((mode) => modeSpeedBitsPerSecond(mode) ?? [])
  return speeds.length === 0 ? null : Math.max(...speeds)
}

/**
 * One finding a module. An alarm is a warning where it is about the module or all of its lanes; of
 * some lanes it is a note, for a port that is split uses but some.
 */
export function moduleAlarms({ name, carrier, module }: NetworkInterface): readonly Finding[] {
  const alarms = module === null ? [] : alarmsOf(module, carrier === true)
  if (module === null || alarms.length === 0) return []
  const words = alarms.map((one) =>
    one.lanes === null ? one.name : `${one.name} (lane ${one.lanes.join(', ')})`,
  )
  const isWhole = (lanes: readonly number[] | null) =>
    lanes === null || module.laneCount === null || lanes.length >= module.laneCount
  const isFault = alarms.some((one) => !one.name.endsWith('-warning') && isWhole(one.lanes))
  const message = `Transceiver module: ${words.join('; ')}`.slice(0, 1024)
  return [
    { code: 'nic.module-alarm', severity: isFault ? 'warning' : 'info', subject: name, message },
  ]
}

/**
 * A port whose cable has a signal and that is not in service: no subnet manager, or one that has not
 * come to it. A port without a cable is no news.
 */
export function portsDown({ name, ports }: RdmaDevice): readonly Finding[] {
  return ports
    .filter(
      ({ linkLayer, physicalState, state }) =>
        linkLayer === 'infiniband' &&
        physicalState === 'link-up' &&
        (state === 'init' || state === 'armed' || state === 'down'),
    )
    .map(({ number, state }) => ({
      code: 'nic.rdma-port-down',
      severity: 'warning',
      subject: `${name}/${number}`,
      message: `InfiniBand link is up, port is ${state ?? 'not known'}: no subnet manager serves it`,
    }))
}

/** InfiniBand Architecture Specification volume 1 §16.1.3.5: what a sound cable does not count. */
const linkErrors: ReadonlySet<string> = new Set([
  'symbol_error',
  'link_error_recovery',
  'link_downed',
  'port_rcv_errors',
  'port_rcv_remote_physical_errors',
  'local_link_integrity_errors',
  'excessive_buffer_overrun_errors',
  'VL15_dropped',
])

/** Counted since the last reset, whenever that was; so whether it grows shows the next look. */
export function portErrors({ name, ports }: RdmaDevice): readonly Finding[] {
  return ports.flatMap(({ number, errorCounts }): readonly Finding[] => {
    const counted = Object.entries(errorCounts ?? {}).filter(([counter]) => linkErrors.has(counter))
    if (counted.length === 0) return []
    const list = counted.map(([counter, count]) => `${counter} ${count}`).join(', ')
    return [
      {
        code: 'nic.rdma-errors',
        severity: 'info',
        subject: `${name}/${number}`,
        message: `Link errors counted: ${list}`,
      },
    ]
  })
}
