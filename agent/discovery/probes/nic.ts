import type { NetworkInterface } from '../../../protocol/facts/nic.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import {
  attribute,
  countAttribute,
  flagAttribute,
  linkName,
  pciAddressesIn,
  resolveLink,
} from '../sysfs.ts'

/** Kernel document sysfs-class-net. */
export const nicProbe: Probe<'nic'> = {
  class: 'nic',
  async read(host) {
    const names = await host.list(paths.net)
    const { found, findings } = await attemptEach('nic', names, (name) => readInterface(host, name))
    return { facts: { interfaces: found }, findings }
  },
}

/** Null for an interface that no device stands behind. */
async function readInterface(host: Host, name: string): Promise<NetworkInterface | null> {
  const folder = `${paths.net}/${name}`
  const device = await host.link(`${folder}/device`)
  if (device === undefined) return null
  const own = await host.link(folder)
  const place = resolveLink(own === undefined ? folder : resolveLink(paths.net, own), device)
  const pciAddress = pciAddressesIn(place).at(-1) ?? null
  const [numbers, texts, carrier, sriov, driver] = await Promise.all([
    numbersOf(host, folder, pciAddress),
    textsOf(host, folder),
    flagAttribute(host, `${folder}/carrier`),
    sriovOf(host, `${folder}/device`),
    driverOf(host, `${folder}/device`, pciAddress),
  ])
  return {
    name,
    mac: texts.mac,
    macAssignment: macAssignments[numbers.addressAssignment ?? -1] ?? null,
    linkType: linkTypes.get(numbers.linkTypeCode) ?? 'other',
    linkTypeCode: numbers.linkTypeCode,
    driver,
    pciAddress,
    usbPath: place.split('/').findLast((part) => /^\d+-[\d.]+$/.test(part)) ?? null,
    numaNode: numbers.numaNode,
    portIndex: numbers.portIndex,
    physicalPortName: texts.physicalPortName,
    operationalState: texts.operationalState,
    carrier,
    linkSpeedBitsPerSecond: numbers.speed === null ? null : numbers.speed * 1_000_000,
    duplex: texts.duplex === 'full' || texts.duplex === 'half' ? texts.duplex : null,
    mtuBytes: numbers.mtuBytes,
    sriov,
  }
}

/** `addr_assign_type`, from NET_ADDR_PERM on in the kernel's netdevice.h. */
const macAssignments = ['permanent', 'random', 'stolen', 'set'] as const

/** ARPHRD_ETHER and ARPHRD_INFINIBAND of the kernel's if_arp.h. */
const linkTypes: ReadonlyMap<number, 'ethernet' | 'infiniband'> = new Map([
  [1, 'ethernet'],
  [32, 'infiniband'],
])

async function numbersOf(host: Host, folder: string, pciAddress: string | null) {
  const number = (name: string) => countAttribute(host, `${folder}/${name}`)
  const [linkTypeCode, addressAssignment, portIndex, speed, mtuBytes, numaNode] = await Promise.all(
    [
      number('type'),
      number('addr_assign_type'),
      number('dev_port'),
      speedOf(host, `${folder}/speed`),
      number('mtu'),
      pciAddress === null ? null : countAttribute(host, `${paths.pci}/${pciAddress}/numa_node`),
    ],
  )
  // A recording may lack the file; ARPHRD_VOID is the kernel's own "nothing known".
  return {
    linkTypeCode: linkTypeCode ?? 0xffff,
    addressAssignment,
    portIndex,
    speed,
    mtuBytes,
    numaNode,
  }
}

/** In Mbit/s. SPEED_UNKNOWN is -1, which some drivers hand on as 32 bits without sign. */
async function speedOf(host: Host, path: string): Promise<number | null> {
  const speed = await countAttribute(host, path)
  return speed === null || speed === 0 || speed >= 0xffff_ffff ? null : speed
}

async function textsOf(host: Host, folder: string) {
  const [address, permanent, physicalPortName, operationalState, duplex] = await Promise.all([
    attribute(host, `${folder}/address`),
    attribute(host, `${folder}/bonding_slave/perm_hwaddr`),
    attribute(host, `${folder}/phys_port_name`),
    attribute(host, `${folder}/operstate`),
    attribute(host, `${folder}/duplex`),
  ])
  const mac = (permanent ?? address)?.toLowerCase() ?? null
  return {
    mac: mac !== null && /^[0-9a-f]{2}(:[0-9a-f]{2}){5,31}$/.test(mac) ? mac : null,
    physicalPortName: deviceText(physicalPortName),
    operationalState,
    duplex,
  }
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
