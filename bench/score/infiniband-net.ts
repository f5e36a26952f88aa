import type { InterfaceState, NetworkInterface, NicFacts } from '../../protocol/facts/nic.ts'
import type { Metric } from './prometheus.ts'

/** A fact in the peer's spelling: null where we hold there is none, undefined where we tell nothing. */
export type Told = string | null | undefined

/** `node_network_*` of sysfs and `node_bonding_*`. */
export function interfaceMetric(facts: NicFacts, metric: Metric, label: string | null): Told {
  const { name, labels } = metric
  if (name.startsWith('node_bonding_')) {
    const members = facts.bonds.find((bond) => bond.name === labels['master'])?.members
    if (members === undefined) return null
    const counted = name.endsWith('_active') ? members.filter(({ linkUp }) => linkUp) : members
    return String(counted.length)
  }
  const all = [...facts.interfaces, ...facts.bonds, ...facts.bridges]
  const found = all.find((one) => one.name === labels['device'])
  // An interface that software made, and what /proc/net/dev counts, is not told.
  if (found === undefined) return undefined
  return label === null ? valueOf(found, name.replace('node_network_', '')) : labelOf(found, label)
}

const assignments = ['permanent', 'random', 'stolen', 'set'] as const

function valueOf(found: InterfaceState | NetworkInterface, metric: string): Told {
  const flag = (value: boolean | null) => (value === null ? null : value ? '1' : '0')
  const number = (value: number | null) => (value === null ? null : String(value))
  switch (metric) {
    case 'address_assign_type':
      return number(found.macAssignment === null ? null : assignments.indexOf(found.macAssignment))
    case 'carrier':
      return flag(found.carrier)
    case 'carrier_changes_total':
      return number(found.carrierChangeCount)
    case 'carrier_up_changes_total':
      return number(found.carrierUpCount)
    case 'carrier_down_changes_total':
      return number(found.carrierDownCount)
    case 'device_id':
      return 'deviceId' in found ? number(found.deviceId) : undefined
    case 'mtu_bytes':
      return number(found.mtuBytes)
    case 'protocol_type':
      return number(found.linkTypeCode)
    case 'speed_bytes':
      return found.linkSpeedBitsPerSecond === null ? null : number(found.linkSpeedBitsPerSecond / 8)
    case 'up':
      return found.operationalState === null ? null : flag(found.operationalState === 'up')
    default:
      // Numbers of this boot alone (ifindex), configuration and traffic.
      return undefined
  }
}

function labelOf(found: InterfaceState, label: string): Told {
  switch (label) {
    case 'address':
      return found.mac ?? ''
    case 'adminstate':
      return found.administrativelyUp === null ? '' : found.administrativelyUp ? 'up' : 'down'
    case 'duplex':
      return found.duplex ?? ''
    case 'operstate':
      return found.operationalState ?? ''
    default:
      return undefined
  }
}
