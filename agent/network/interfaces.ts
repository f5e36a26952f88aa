import type { Host } from '../host.ts'
import { errorCode } from '../discovery/error-code.ts'

/** A wired network interface that stands for a device, not for a tunnel, bridge or bond. */
export interface WiredInterface {
  readonly name: string
  /** Lower case with colons. */
  readonly macAddress: string
  /** False also while the interface is not up: the kernel knows no carrier then. */
  readonly hasCarrier: boolean
}

/** ARPHRD_ETHER of `linux/if_arp.h`. */
const ethernetType = '1'

/**
 * All wired interfaces by name, from `/sys/class/net` (Documentation/ABI/testing/sysfs-class-net).
 * One that vanishes while it is read is left out.
 */
export async function readWiredInterfaces(host: Host): Promise<readonly WiredInterface[]> {
  const names = await host.list('/sys/class/net')
  const found = await Promise.all(names.map((name) => readInterface(host, name)))
  return found.filter((wired) => wired !== null)
}

async function readInterface(host: Host, name: string): Promise<WiredInterface | null> {
  const folder = `/sys/class/net/${name}`
  const device = await host.list(`${folder}/device`)
  const type = (await host.text(`${folder}/type`))?.trim()
  const macAddress = (await host.text(`${folder}/address`))?.trim()
  if (device.length === 0 || type !== ethernetType || macAddress === undefined) return null
  return { name, macAddress, hasCarrier: await readCarrier(host, folder) }
}

async function readCarrier(host: Host, folder: string): Promise<boolean> {
  try {
    return (await host.text(`${folder}/carrier`))?.trim() === '1'
  } catch (error) {
    if (errorCode(error) === 'EINVAL') return false
    throw error
  }
}

/**
 * The card the machine booted from, of the `BOOTIF=01-<mac>` word of the kernel command line that
 * the boot script adds; null without one.
 */
export function bootMacAddress(commandLine: string): string | null {
  const match = /(?:^|\s)BOOTIF=01-((?:[0-9a-fA-F]{2}-){5}[0-9a-fA-F]{2})(?:\s|$)/.exec(commandLine)
  return match?.[1]?.replaceAll('-', ':').toLowerCase() ?? null
}
