/** Texts of /sys/class/infiniband: kernel document sysfs-class-infiniband, drivers/infiniband/core/sysfs.c. */
import { DecodeError } from '../../../../protocol/errors.ts'
import { rdmaPhysicalStates, rdmaPortStates } from '../../../../protocol/facts/link-words.ts'
import type { RdmaDevice, RdmaPort } from '../../../../protocol/facts/rdma.ts'

/** The number of `4: ACTIVE`. */
function stateNumber(text: string): number {
  const found = /^(\d{1,3})(?::.*)?$/.exec(text)?.[1]
  if (found !== undefined) return Number(found)
  throw new DecodeError(`Cannot read a state: want '4: ACTIVE', found '${text.slice(0, 64)}'`)
}

/** `4: ACTIVE` of `state`; null for a number without a meaning. */
export function portState(text: string): RdmaPort['state'] {
  return rdmaPortStates[stateNumber(text)] ?? null
}

/** `5: LinkUp` of `phys_state`; null for a number without a meaning. */
export function physicalState(text: string): RdmaPort['physicalState'] {
  return rdmaPhysicalStates[stateNumber(text)] ?? null
}

const nodeTypes = [
  null,
  'ca',
  'switch',
  'router',
  'rnic',
  'usnic',
  'usnic-udp',
  'unspecified',
] as const

/** `1: CA` of `node_type`; null for a number without a meaning. */
export function nodeType(text: string): RdmaDevice['nodeType'] {
  return nodeTypes[stateNumber(text)] ?? null
}

/** What `rate` tells: `200 Gb/sec (4X HDR)`, `2.5 Gb/sec (1X SDR)`, `10 Gb/sec (4X)`. */
export function portRate(
  text: string,
): Pick<RdmaPort, 'rateBitsPerSecond' | 'laneWidth' | 'speedName'> {
  const found = /^(\d{1,6}(?:\.\d)?) Gb\/sec(?: \((\d{1,2})X ?([A-Z0-9]{0,8})\))?$/.exec(text)
  if (found === null) {
    throw new DecodeError(
      `Cannot read a rate: want '40 Gb/sec (4X QDR)', found '${text.slice(0, 64)}'`,
    )
  }
  const [, rate = '', width, speed = ''] = found
  return {
    rateBitsPerSecond: rate === '0' ? null : Math.round(Number(rate) * 10) * 100_000_000,
    laneWidth: width === undefined ? null : Number(width),
    speedName: speed === '' ? null : speed,
  }
}

/** `fe80:0000:0000:0000:0002:c903:0009:a5f1`, as bytes in hex; null when all are zero. */
export function gidOf(text: string): string | null {
  const digits = text.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(digits)) {
    throw new DecodeError(`Cannot read a GID: found '${text.slice(0, 64)}'`)
  }
  return /^0+$/.test(digits) ? null : digits
}

/** `0002:c903:0009:a5f0` of `node_guid`; null when all are zero. */
export function guidOf(text: string): string | null {
  const digits = text.replace(/^0x/i, '').replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{16}$/.test(digits)) {
    throw new DecodeError(`Cannot read a GUID: found '${text.slice(0, 64)}'`)
  }
  return /^0+$/.test(digits) ? null : digits
}

const gidTypes: ReadonlyMap<string, RdmaPort['gids'][number]['type']> = new Map([
  ['RoCE v2', 'roce-v2'],
  ['RoCE v1', 'roce-v1'],
])

/** `gid_attrs/types/N`; `IB/RoCE v1` is one or the other by the link. */
export function gidType(
  text: string | null,
  linkLayer: RdmaPort['linkLayer'],
): RdmaPort['gids'][number]['type'] {
  if (text === 'IB/RoCE v1') return linkLayer === 'ethernet' ? 'roce-v1' : 'ib'
  return text === null ? null : (gidTypes.get(text) ?? null)
}

/** Names of counters that speak of an error, a loss, a retry or congestion, and not of traffic. */
const errorName =
  /err|discard|drop|timeout|retrans|retry|nak|out_?of|overrun|downed|recovery|integrity|xmit_wait|cnp|ecn|congest|dup|violat|fatal|abort|invalid|lost|loss|miss|slow_restart/i

/** Whether a counter is one of {@link RdmaPort.errorCounts}, by the name of its file. */
export function isErrorCounter(name: string): boolean {
  return errorName.test(name)
}
