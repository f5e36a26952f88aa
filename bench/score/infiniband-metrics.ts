import type { NicFacts } from '../../protocol/facts/nic.ts'
import { rdmaPhysicalStates, rdmaPortStates } from '../../protocol/facts/link-words.ts'
import type { FibreChannelHost, RdmaDevice, RdmaPort } from '../../protocol/facts/rdma.ts'
import type { Told } from './infiniband-net.ts'
import type { Metric } from './prometheus.ts'

/** `node_infiniband_*` and `node_fibrechannel_*`. */
export function fabricMetric(facts: NicFacts, metric: Metric, label: string | null): Told {
  const { name, labels } = metric
  if (name.startsWith('node_fibrechannel_')) {
    const host = facts.fibreChannelHosts.find((one) => one.name === labels['fc_host'])
    if (host === undefined) return null
    return label === null ? statisticOf(host, name) : hostLabel(host, label)
  }
  const device = facts.rdmaDevices.find((one) => one.name === labels['device'])
  if (device === undefined) return null
  if (label !== null) return deviceLabel(device, label)
  const port = device.ports.find(({ number }) => String(number) === labels['port'])
  return port === undefined ? null : portValue(port, name)
}

function deviceLabel(device: RdmaDevice, label: string): Told {
  switch (label) {
    case 'board_id':
      return device.boardId ?? ''
    case 'firmware_version':
      return device.firmwareVersion ?? ''
    case 'hca_type':
      return device.hcaType ?? ''
    default:
      return undefined
  }
}

/** The kernel's names of the counters that node_exporter renames. */
const counters: ReadonlyMap<string, string> = new Map([
  ['excessive_buffer_overrun_errors_total', 'excessive_buffer_overrun_errors'],
  ['link_downed_total', 'link_downed'],
  ['link_error_recovery_total', 'link_error_recovery'],
  ['local_link_integrity_errors_total', 'local_link_integrity_errors'],
  ['port_constraint_errors_received_total', 'port_rcv_constraint_errors'],
  ['port_constraint_errors_transmitted_total', 'port_xmit_constraint_errors'],
  ['port_discards_received_total', 'port_rcv_discards'],
  ['port_discards_transmitted_total', 'port_xmit_discards'],
  ['port_errors_received_total', 'port_rcv_errors'],
  ['port_receive_remote_physical_errors_total', 'port_rcv_remote_physical_errors'],
  ['port_receive_switch_relay_errors_total', 'port_rcv_switch_relay_errors'],
  ['port_transmit_wait_total', 'port_xmit_wait'],
  ['symbol_error_total', 'symbol_error'],
  ['vl15_dropped_total', 'VL15_dropped'],
])

function portValue(port: RdmaPort, name: string): Told {
  const metric = name.replace('node_infiniband_', '')
  const counter = counters.get(metric)
  if (counter !== undefined) {
    const isKept = port.errorCounts !== null && !port.unkeptCounters.includes(counter)
    return isKept ? String(port.errorCounts?.[counter] ?? 0) : null
  }
  switch (metric) {
    case 'state_id':
      return port.state === null ? null : String(rdmaPortStates.indexOf(port.state))
    case 'physical_state_id':
      return port.physicalState === null
        ? null
        : String(rdmaPhysicalStates.indexOf(port.physicalState))
    case 'rate_bytes_per_second':
      return port.rateBitsPerSecond === null ? null : String(port.rateBitsPerSecond / 8)
    default:
      // Traffic: bytes and packets.
      return undefined
  }
}

/** The kernel's names of the statistics that node_exporter renames. */
const statistics: ReadonlyMap<string, string> = new Map([
  ['invalid_crc', 'invalid_crc_count'],
  ['invalid_tx_words', 'invalid_tx_word_count'],
  ['link_failure', 'link_failure_count'],
  ['loss_of_signal', 'loss_of_signal_count'],
  ['loss_of_sync', 'loss_of_sync_count'],
  ['nos', 'nos_count'],
])

function statisticOf(host: FibreChannelHost, name: string): Told {
  const metric = name.replace('node_fibrechannel_', '').replace(/_total$/, '')
  const count = host.statistics[statistics.get(metric) ?? metric]
  return count === undefined ? null : String(count)
}

function hostLabel(host: FibreChannelHost, label: string): Told {
  const speeds = (list: readonly number[]) => list.map((speed) => `${speed / 1e9} Gbit`).join(', ')
  switch (label) {
    case 'port_name':
      return host.wwpn ?? ''
    case 'port_id':
      return host.portId ?? ''
    case 'fabric_name':
      // Theirs is the number without its zeros; none is 0, or nothing without such a file.
      return host.fabricWwn?.replace(/^0+(?=.)/, '') ?? (host.wwpn === null ? '' : '0')
    case 'port_state':
      return host.portState ?? ''
    case 'port_type':
      return host.portType ?? ''
    case 'speed':
      return speeds(host.linkSpeedBitsPerSecond === null ? [] : [host.linkSpeedBitsPerSecond])
    case 'supported_speeds':
      return speeds(host.supportedSpeedsBitsPerSecond)
    case 'supported_classes':
      return host.supportedClasses.join(', ')
    case 'symbolic_name':
      return host.symbolicName ?? ''
    case 'dev_loss_tmo':
      return host.deviceLossTimeoutSeconds === null ? '' : String(host.deviceLossTimeoutSeconds)
    default:
      return undefined
  }
}
