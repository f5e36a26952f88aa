import { DecodeError } from '../../../protocol/errors.ts'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NetworkInterface } from '../../../protocol/facts/nic.ts'
import type { Host } from '../../host.ts'
import { attempt } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { decodePermanentAddress } from '../decode/ethtool/answers.ts'
import { paths } from '../paths.ts'
import { attribute, countAttribute, linkName, pciAddressesIn } from '../sysfs.ts'
import { ethtoolQuestions } from './ethtool-questions.ts'
import { readInterfaceState } from './interface-state.ts'
import { devicePathOf, numaNodeOf } from './place.ts'

/**
 * An interface as far as files and one quick question tell it: enough to name the machine. Null for
 * an interface that no device stands behind.
 */
export async function readInterface(
  host: Host,
  name: string,
  note: (finding: Finding) => void,
): Promise<NetworkInterface | null> {
  const place = await devicePathOf(host, paths.net, name)
  if (place === null) return null
  const folder = `${paths.net}/${name}`
  const device = `${folder}/device`
  const pciAddress = pciAddressesIn(place).at(-1) ?? null
  const [state, permanent, driver, numaNode, sriov, rdmaDevices] = await Promise.all([
    readInterfaceState(host, name),
    permanentAddressOf(host, name, note),
    driverOf(host, device, pciAddress),
    numaNodeOf(host, pciAddress),
    sriovOf(host, device),
    rdmaDevicesOf(host, device, pciAddress),
  ])
  const hexBytes = (file: string) => bytesAttribute(host, `${folder}/${file}`)
  return {
    ...state,
    mac: permanent ?? state.mac,
    macAssignment: permanent === null ? state.macAssignment : 'permanent',
    linkType: linkTypes.get(state.linkTypeCode) ?? 'other',
    driver,
    driverVersion: null,
    firmwareVersion: null,
    expansionRomVersion: null,
    pciAddress,
    usbPath: place.split('/').findLast((part) => /^\d+-[\d.]+$/.test(part)) ?? null,
    numaNode,
    portIndex: await countAttribute(host, `${folder}/dev_port`),
    deviceId: await deviceIdOf(host, `${folder}/dev_id`),
    physicalPortName: deviceText(await attribute(host, `${folder}/phys_port_name`)),
    physicalPortId: await hexBytes('phys_port_id'),
    physicalSwitchId: await hexBytes('phys_switch_id'),
    port: null,
    autonegotiation: null,
    linkModes: null,
    forwardErrorCorrection: null,
    sriov,
    rdmaDevices,
    module: null,
  }
}

/** ARPHRD_ETHER and ARPHRD_INFINIBAND of the kernel's if_arp.h. */
const linkTypes: ReadonlyMap<number, 'ethernet' | 'infiniband'> = new Map([
  [1, 'ethernet'],
  [32, 'infiniband'],
])

async function permanentAddressOf(
  host: Host,
  name: string,
  note: (finding: Finding) => void,
): Promise<string | null> {
  const outcome = await attempt('nic', name, async () => {
    const answer = await host.ask(ethtoolQuestions.permanentAddress(name))
    return answer === undefined ? null : decodePermanentAddress(answer)
  })
  if (outcome.kind === 'done') return outcome.value
  note(outcome.finding)
  return null
}

/** `0x20`. */
async function deviceIdOf(host: Host, path: string): Promise<number | null> {
  const text = await attribute(host, path)
  if (text === null) return null
  if (/^0x[0-9a-f]{1,4}$/i.test(text)) return Number.parseInt(text, 16)
  throw new DecodeError(`Cannot read ${path}: want 0x0, found '${text.slice(0, 64)}'`)
}

/** Bytes in hex, at most 32 (MAX_PHYS_ITEM_ID_LEN). */
async function bytesAttribute(host: Host, path: string): Promise<string | null> {
  const text = (await attribute(host, path))?.toLowerCase() ?? null
  if (text === null || /^([0-9a-f]{2}){1,32}$/.test(text)) return text
  throw new DecodeError(`Cannot read ${path}: want bytes in hex, found '${text.slice(0, 64)}'`)
}

async function sriovOf(host: Host, device: string): Promise<NetworkInterface['sriov']> {
  const totalVirtualFunctionCount = await countAttribute(host, `${device}/sriov_totalvfs`)
  const virtualFunctionCount = await countAttribute(host, `${device}/sriov_numvfs`)
  return totalVirtualFunctionCount === null || virtualFunctionCount === null
    ? null
    : { totalVirtualFunctionCount, virtualFunctionCount }
}

/** A recording may have cut the link to the device: then the PCI function still names the driver. */
async function driverOf(host: Host, device: string, pciAddress: string | null) {
  const own = await linkName(host, `${device}/driver`)
  if (own !== null || pciAddress === null) return own
  return linkName(host, `${paths.pci}/${pciAddress}/driver`)
}

async function rdmaDevicesOf(host: Host, device: string, pciAddress: string | null) {
  const own = await host.list(`${device}/infiniband`)
  if (own.length > 0 || pciAddress === null) return own
  return host.list(`${paths.pci}/${pciAddress}/infiniband`)
}
