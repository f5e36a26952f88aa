import { attempt } from '../discovery/attempt.ts'
import { paths } from '../discovery/paths.ts'
import { all } from '../discovery/probe.ts'
import { attribute, countAttribute, flagAttribute } from '../discovery/sysfs.ts'
import type { Host } from '../host.ts'

/** An Ethernet interface that announcements can be heard on. */
export interface Port {
  readonly name: string
  /** The kernel's number of it: another one is another interface, whatever its name. */
  readonly index: number
  readonly mac: string | null
  /** False: no link; whoever was heard there is gone. Null: the kernel does not say. */
  readonly carrier: boolean | null
}

/** ARPHRD_ETHER of the kernel's if_arp.h. */
const ethernet = 1
/** IFF_UP of the kernel's if.h. */
const up = 1

/**
 * Interfaces to listen on: Ethernet, up, and at the end of a cable. What sits on another interface
 * (VLAN, bond, bridge, macvlan) hears nothing that one does not, and a tap has no cable.
 */
export async function listeningPorts(host: Host): Promise<readonly Port[]> {
  const names = await host.list(paths.net)
  const ports = await all(names, async (name) => {
    // An interface that goes while it is read is no failure: the next look will not have it.
    const read = await attempt('neighbors', name, () => portOf(host, name))
    return read.kind === 'done' ? read.value : null
  })
  return ports.filter((port) => port !== null)
}

async function portOf(host: Host, name: string): Promise<Port | null> {
  const folder = `${paths.net}/${name}`
  const [type, flags, index] = await Promise.all([
    countAttribute(host, `${folder}/type`),
    attribute(host, `${folder}/flags`),
    countAttribute(host, `${folder}/ifindex`),
  ])
  if (type !== ethernet || index === null || (Number(flags) & up) === 0) return null
  const entries = await host.list(folder)
  const isStacked = entries.some(
    (entry) =>
      entry.startsWith('lower_') ||
      entry === 'bridge' ||
      entry === 'bonding' ||
      entry === 'tun_flags',
  )
  if (isStacked) return null
  const [mac, carrier] = await Promise.all([
    macOfInterface(host, name),
    flagAttribute(host, `${folder}/carrier`),
  ])
  return { name, index, mac, carrier }
}

/** The current address of an Ethernet interface; null: it has none. */
export async function macOfInterface(host: Host, name: string): Promise<string | null> {
  const address = (await attribute(host, `${paths.net}/${name}/address`))?.toLowerCase()
  return address !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(address) ? address : null
}
