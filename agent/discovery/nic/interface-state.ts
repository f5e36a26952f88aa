import type { InterfaceState } from '../../../protocol/facts/nic.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import type { Host } from '../../host.ts'
import { paths } from '../paths.ts'
import { attribute, countAttribute, flagAttribute, linkName } from '../sysfs.ts'

/** What every interface has, kernel document sysfs-class-net. */
export async function readInterfaceState(host: Host, name: string): Promise<InterfaceState> {
  const folder = `${paths.net}/${name}`
  const number = (file: string) => countAttribute(host, `${folder}/${file}`)
  const [linkTypeCode, assignment, changes, ups, downs, speed, mtuBytes, carrier, flags] =
    await Promise.all([
      number('type'),
      number('addr_assign_type'),
      number('carrier_changes'),
      number('carrier_up_count'),
      number('carrier_down_count'),
      speedOf(host, `${folder}/speed`),
      number('mtu'),
      flagAttribute(host, `${folder}/carrier`),
      flagsOf(host, `${folder}/flags`),
    ])
  const [address, permanent, operationalState, duplex, master] = await Promise.all([
    attribute(host, `${folder}/address`),
    attribute(host, `${folder}/bonding_slave/perm_hwaddr`),
    attribute(host, `${folder}/operstate`),
    attribute(host, `${folder}/duplex`),
    linkName(host, `${folder}/master`),
  ])
  return {
    name,
    mac: colonAddress(permanent ?? address),
    macAssignment: macAssignments[assignment ?? -1] ?? null,
    // A recording may lack the file; ARPHRD_VOID is the kernel's own "nothing known".
    linkTypeCode: linkTypeCode ?? 0xffff,
    administrativelyUp: flags === null ? null : (flags & interfaceUp) !== 0,
    // `up`, `lowerlayerdown`: a word of RFC 2863.
    operationalState: /^\w{1,32}$/.test(operationalState ?? '') ? operationalState : null,
    carrier,
    carrierChangeCount: changes,
    carrierUpCount: ups,
    carrierDownCount: downs,
    linkSpeedBitsPerSecond: speed === null ? null : speed * 1_000_000,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    mtuBytes,
    master,
  }
}

/** `addr_assign_type`, from NET_ADDR_PERM on in the kernel's netdevice.h. */
const macAssignments = ['permanent', 'random', 'stolen', 'set'] as const

/** IFF_UP of include/uapi/linux/if.h. */
const interfaceUp = 1

/** In lower case; null for what is no hardware address. */
export function colonAddress(text: string | null): string | null {
  const address = text?.toLowerCase() ?? null
  return address !== null && /^[0-9a-f]{2}(:[0-9a-f]{2}){5,31}$/.test(address) ? address : null
}

/** In Mbit/s. SPEED_UNKNOWN is -1, which some drivers hand on as 16 or 32 bits without sign. */
async function speedOf(host: Host, path: string): Promise<number | null> {
  const speed = await countAttribute(host, path)
  const isUnknown = speed === 0 || speed === 0xffff || speed === null || speed >= 0xffff_ffff
  return isUnknown ? null : speed
}

/** `0x1303`. */
async function flagsOf(host: Host, path: string): Promise<number | null> {
  const text = await attribute(host, path)
  if (text === null) return null
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16)
  throw new DecodeError(`Cannot read ${path}: want a mask, found '${text.slice(0, 64)}'`)
}
