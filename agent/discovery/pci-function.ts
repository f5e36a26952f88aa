import { DecodeError } from '../../protocol/errors.ts'
import type { PciConfigSpace } from '../../protocol/facts/pci-config.ts'
import type { PciFunction } from '../../protocol/facts/pci.ts'
import type { Host } from '../host.ts'
import { linkFromSysfs } from './decode/pci/express.ts'
import { decodePciSpace } from './decode/pci/space.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { numaNodeOf } from './nic/place.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, binaryAttribute, linkName, pciAddressesIn, resolveLink } from './sysfs.ts'

/** Addresses of all functions the kernel enumerated. */
export async function pciAddresses(host: Host): Promise<readonly string[]> {
  return (await host.list(paths.pci)).filter((name) => pciAddressesIn(name).length === 1)
}

/** Labels of slots by `domain:bus:device`. */
export async function pciSlots(reader: ForgivingReader): Promise<ReadonlyMap<string, string>> {
  const slots = await all(await reader.host.list(paths.pciSlots), async (label) => ({
    label,
    address: await reader.text(`${paths.pciSlots}/${label}/address`),
  }))
  return new Map(
    slots.flatMap(({ label, address }) => (address === null ? [] : [[address, label] as const])),
  )
}

/** What {@link readPciFunction} finds. */
export interface PciFunctionReading {
  readonly facts: PciFunction
  /** Null where it could not be read. */
  readonly space: PciConfigSpace | null
}

/** One function: its config space where it can be read, else the kernel's own attributes. */
export async function readPciFunction(
  host: Host,
  address: string,
  slots: ReadonlyMap<string, string>,
): Promise<PciFunctionReading> {
  const folder = `${paths.pci}/${address}`
  const [ids, place, config, link, driver, numaNode, group, physicalFunction] = await Promise.all([
    attributeIds(host, folder),
    host.link(folder),
    binaryAttribute(host, `${folder}/config`),
    attributeLink(host, folder),
    linkName(host, `${folder}/driver`),
    numaNodeOf(host, address),
    linkName(host, `${folder}/iommu_group`),
    linkName(host, `${folder}/physfn`),
  ])
  const space = config === null || config.length < 64 ? null : decodePciSpace(config, address)
  const above = pciAddressesIn(resolveLink(paths.pci, place ?? '')).filter((at) => at !== address)
  const facts: PciFunction = {
    address,
    parentAddress: above.at(-1) ?? null,
    ...identity(address, ids, space),
    headerType: space?.headerType ?? null,
    bridge: bridgeOf(space),
    driver,
    numaNode,
    iommuGroup: /^\d{1,9}$/.test(group ?? '') ? Number(group) : null,
    link: space?.link ?? link,
    capabilityIds: space?.capabilities.map(({ id }) => id) ?? [],
    extendedCapabilityIds: space?.extendedCapabilities.map(({ id }) => id) ?? [],
    slot: slots.get(address.slice(0, -2)) ?? null,
    physicalFunction: pciAddressesIn(physicalFunction ?? '').at(0) ?? null,
  }
  return { facts, space }
}

function bridgeOf(space: PciConfigSpace | null): PciFunction['bridge'] {
  if (space === null || space.bridge === null) return null
  const { secondaryBus, subordinateBus } = space.bridge
  return { secondaryBus, subordinateBus }
}

type Identity = Pick<
  PciFunction,
  'vendorId' | 'deviceId' | 'subsystemVendorId' | 'subsystemDeviceId' | 'classCode' | 'revision'
>

type AttributeIds = { readonly [K in keyof Identity]: string | null }

/**
 * The kernel's attributes come first: they carry its quirks, and a virtual function has no vendor
 * in its config space (SR-IOV 1.1 §3.4.1.1). Config space fills in what a recording left out.
 */
function identity(address: string, ids: AttributeIds, space: PciConfigSpace | null): Identity {
  const vendorId = ids.vendorId ?? space?.vendorId
  const deviceId = ids.deviceId ?? space?.deviceId
  const classCode = ids.classCode ?? space?.classCode
  const revision = ids.revision ?? space?.revision ?? null
  if (vendorId === undefined || deviceId === undefined || classCode === undefined) {
    throw new DecodeError(`Cannot identify PCI function ${address}: no config space and no ids`)
  }
  // The header of a bridge has no subsystem: there the kernel shows zeros or a capability's ids.
  const hasOwn = ids.subsystemVendorId !== null && ids.subsystemVendorId !== '0000'
  return {
    vendorId,
    deviceId,
    subsystemVendorId: hasOwn ? ids.subsystemVendorId : (space?.subsystem?.vendorId ?? null),
    subsystemDeviceId: hasOwn ? ids.subsystemDeviceId : (space?.subsystem?.deviceId ?? null),
    classCode,
    revision,
  }
}

async function attributeIds(host: Host, folder: string): Promise<AttributeIds> {
  const id = (name: string, digits: number) => hexAttribute(host, `${folder}/${name}`, digits)
  const [vendorId, deviceId, subsystemVendorId, subsystemDeviceId, classCode, revision, alias] =
    await Promise.all([
      id('vendor', 4),
      id('device', 4),
      id('subsystem_vendor', 4),
      id('subsystem_device', 4),
      id('class', 6),
      id('revision', 2),
      attribute(host, `${folder}/modalias`),
    ])
  const named = idsInModalias(alias ?? '')
  return {
    vendorId: vendorId ?? named.vendorId,
    deviceId: deviceId ?? named.deviceId,
    subsystemVendorId: subsystemVendorId ?? named.subsystemVendorId,
    subsystemDeviceId: subsystemDeviceId ?? named.subsystemDeviceId,
    classCode: classCode ?? named.classCode,
    revision,
  }
}

/** `pci:v00008086d00001533sv000015D9sd00001533bc02sc00i00`, all that some recordings hold. */
function idsInModalias(alias: string): Omit<AttributeIds, 'revision'> {
  const pattern = /^pci:v0{4}(\w{4})d0{4}(\w{4})sv0{4}(\w{4})sd0{4}(\w{4})bc(\w\w)sc(\w\w)i(\w\w)$/
  const ids = pattern.exec(alias.toLowerCase())?.slice(1) ?? []
  return {
    vendorId: ids[0] ?? null,
    deviceId: ids[1] ?? null,
    subsystemVendorId: ids[2] ?? null,
    subsystemDeviceId: ids[3] ?? null,
    classCode: ids.length === 7 ? ids.slice(4).join('') : null,
  }
}

/** `0x8086` as bare lower-case digits; null when the attribute is missing. */
async function hexAttribute(host: Host, path: string, digits: number): Promise<string | null> {
  const text = await attribute(host, path)
  if (text === null) return null
  const value = /^0x([0-9a-f]{1,8})$/i.exec(text)?.[1]?.toLowerCase().padStart(digits, '0')
  if (value?.length === digits) return value
  throw new DecodeError(`Cannot read ${path}: want 0x and ${digits} digits, found '${text}'`)
}

async function attributeLink(host: Host, folder: string) {
  const [maxSpeed, speed, maxWidth, width] = await Promise.all(
    ['max_link_speed', 'current_link_speed', 'max_link_width', 'current_link_width'].map((name) =>
      attribute(host, `${folder}/${name}`),
    ),
  )
  return linkFromSysfs({
    maxSpeed: maxSpeed ?? null,
    speed: speed ?? null,
    maxWidth: maxWidth ?? null,
    width: width ?? null,
  })
}
