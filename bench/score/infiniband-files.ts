import { isErrorCounter } from '../../agent/discovery/decode/infiniband/port.ts'
import { rdmaPhysicalStates, rdmaPortStates } from '../../protocol/facts/link-words.ts'
import type { NicFacts } from '../../protocol/facts/nic.ts'
import type { FibreChannelHost, RdmaPort } from '../../protocol/facts/rdma.ts'

/** A fact as the kernel writes it: null for nothing, undefined where Assay tells nothing of it. */
export type KernelWord = string | null | undefined

const decimal = (value: number | null) => (value === null ? null : String(value))
const flag = (value: boolean | null) => (value === null ? null : value ? '1' : '0')
const prefixed = (digits: string | null) => (digits === null ? null : `0x${digits}`)

const assignments = ['permanent', 'random', 'stolen', 'set'] as const

/** A file of /sys/class/net/NAME. */
export function interfaceFile(facts: NicFacts, name: string, file: string): KernelWord {
  const hardware = facts.interfaces.find((one) => one.name === name)
  const bond = facts.bonds.find((one) => one.name === name)
  const found = hardware ?? bond ?? facts.bridges.find((one) => one.name === name)
  if (found === undefined) return undefined
  switch (file) {
    case 'addr_assign_type':
      return decimal(found.macAssignment === null ? null : assignments.indexOf(found.macAssignment))
    case 'address':
      return found.mac
    case 'carrier':
      return flag(found.carrier)
    case 'carrier_changes':
      return decimal(found.carrierChangeCount)
    case 'carrier_up_count':
      return decimal(found.carrierUpCount)
    case 'carrier_down_count':
      return decimal(found.carrierDownCount)
    case 'duplex':
      return found.duplex
    case 'mtu':
      return decimal(found.mtuBytes)
    case 'operstate':
      return found.operationalState
    case 'speed':
      // The kernel's word for a speed that is not known.
      return decimal((found.linkSpeedBitsPerSecond ?? -1e6) / 1e6)
    case 'type':
      return decimal(found.linkTypeCode)
    case 'bonding/slaves':
      return bond?.members.map((member) => member.name).join(' ') || null
    default:
      return hardware === undefined ? memberFile(bond, file) : hardwareFile(hardware, file)
  }
}

/** A file of a member that is reached through its bond. */
function memberFile(bond: NicFacts['bonds'][number] | undefined, file: string): KernelWord {
  const [, name, rest] = /^(?:lower|slave)_([^/]+)\/bonding_slave\/(.*)$/.exec(file) ?? []
  const member = bond?.members.find((one) => one.name === name)
  if (member === undefined) return undefined
  switch (rest) {
    case 'mii_status':
      return member.linkUp === null ? null : member.linkUp ? 'up' : 'down'
    case 'state':
      return member.state
    case 'link_failure_count':
      return decimal(member.linkFailureCount)
    case 'ad_aggregator_id':
      return decimal(member.aggregatorId)
    default:
      return undefined
  }
}

function hardwareFile(found: NicFacts['interfaces'][number], file: string): KernelWord {
  switch (file) {
    case 'dev_id':
      return found.deviceId === null ? null : `0x${found.deviceId.toString(16)}`
    case 'dev_port':
      return decimal(found.portIndex)
    case 'phys_port_id':
      return found.physicalPortId
    case 'phys_port_name':
      return found.physicalPortName
    case 'phys_switch_id':
      return found.physicalSwitchId
    default:
      return undefined
  }
}

/** A file of /sys/class/infiniband/NAME. */
export function rdmaFile(facts: NicFacts, name: string, file: string): KernelWord {
  const found = facts.rdmaDevices.find((one) => one.name === name)
  if (found === undefined) return null
  const [, number, rest] = /^ports\/(\d+)\/(.*)$/.exec(file) ?? []
  if (number !== undefined && rest !== undefined) {
    const port = found.ports.find((one) => String(one.number) === number)
    return port === undefined ? null : portFile(port, rest)
  }
  switch (file) {
    case 'board_id':
      return found.boardId
    case 'fw_ver':
      return found.firmwareVersion
    case 'hca_type':
      return found.hcaType
    case 'hw_rev':
      return found.hardwareRevision
    case 'node_desc':
      return found.nodeDescription
    case 'node_guid':
      return quads(found.nodeGuid)
    case 'sys_image_guid':
      return quads(found.systemImageGuid)
    default:
      return undefined
  }
}

function quads(digits: string | null): string | null {
  return digits === null ? null : (digits.match(/.{4}/g) ?? []).join(':')
}

/** drivers/infiniband/core/sysfs.c */
const portStateWords = ['NOP', 'DOWN', 'INIT', 'ARMED', 'ACTIVE', 'ACTIVE_DEFER'] as const
const physicalStateWords: readonly string[] = [
  '<unknown>',
  'Sleep',
  'Polling',
  'Disabled',
  'PortConfigurationTraining',
  'LinkUp',
  'LinkErrorRecovery',
  'Phy Test',
]

function portFile(port: RdmaPort, file: string): KernelWord {
  const [, counter] = /^(?:hw_)?counters\/(.*)$/.exec(file) ?? []
  if (counter !== undefined) {
    if (!isErrorCounter(counter)) return undefined
    return port.unkeptCounters.includes(counter)
      ? 'N/A (no PMA)'
      : decimal(port.errorCounts?.[counter] ?? 0)
  }
  switch (file) {
    case 'link_layer':
      return port.linkLayer === 'infiniband' ? 'InfiniBand' : 'Ethernet'
    case 'state':
      return numbered(port.state === null ? -1 : rdmaPortStates.indexOf(port.state), portStateWords)
    case 'phys_state':
      return numbered(
        port.physicalState === null ? -1 : rdmaPhysicalStates.indexOf(port.physicalState),
        physicalStateWords,
      )
    case 'rate':
      return rateWord(port)
    default:
      return undefined
  }
}

function numbered(number: number, words: readonly string[]): string | null {
  return number < 0 ? null : `${number}: ${words[number] ?? ''}`
}

function rateWord({ rateBitsPerSecond, laneWidth, speedName }: RdmaPort): string | null {
  if (rateBitsPerSecond === null) return null
  const width =
    laneWidth === null ? '' : ` (${laneWidth}X${speedName === null ? '' : ` ${speedName}`})`
  return `${rateBitsPerSecond / 1e9} Gb/sec${width}`
}

/** A file of /sys/class/fc_host/NAME. */
export function fibreChannelFile(facts: NicFacts, name: string, file: string): KernelWord {
  const found = facts.fibreChannelHosts.find((one) => one.name === name)
  if (found === undefined) return null
  const [, statistic] = /^statistics\/(.*)$/.exec(file) ?? []
  if (statistic !== undefined) {
    const count = found.statistics[statistic]
    return `0x${count === undefined ? 'f'.repeat(16) : count.toString(16)}`
  }
  return hostFile(found, file)
}

function hostFile(found: FibreChannelHost, file: string): KernelWord {
  const speeds = (list: readonly number[]) => list.map((speed) => `${speed / 1e9} Gbit`).join(', ')
  switch (file) {
    case 'dev_loss_tmo':
      return decimal(found.deviceLossTimeoutSeconds)
    case 'fabric_name':
      return prefixed(found.fabricWwn) ?? '0x0'
    case 'node_name':
      return prefixed(found.wwnn)
    case 'port_id':
      return prefixed(found.portId)
    case 'port_name':
      return prefixed(found.wwpn)
    case 'port_state':
      return found.portState
    case 'port_type':
      return found.portType
    case 'speed':
      return found.linkSpeedBitsPerSecond === null ? null : speeds([found.linkSpeedBitsPerSecond])
    case 'supported_classes':
      return found.supportedClasses.join(', ')
    case 'supported_speeds':
      return speeds(found.supportedSpeedsBitsPerSecond)
    case 'symbolic_name':
      return found.symbolicName
    default:
      return undefined
  }
}
