import { errorChain } from '../protocol/errors.ts'
import type { Clock } from '../protocol/effects.ts'
import type { Commands } from './commands.ts'
import type { MachinePlan } from './plan.ts'

/** What the machines of a rack are plugged into. */
export type RackNetwork = BridgeNetwork | UserNetwork

/**
 * A bridge in a network namespace of its own. A veth pair plugs the root namespace into it, so a
 * server that listens there on `serverAddress` is on the machines' link.
 */
export interface BridgeNetwork {
  readonly kind: 'bridge'
  /** 0 to 255; the networks of two racks differ in it. */
  readonly number: number
  readonly namespace: string
  /** Name of the bridge inside the namespace, where a DHCP server listens. */
  readonly bridge: string
  /** This machine's address on the link, in the root namespace. */
  readonly serverAddress: string
  /** The namespace's own address on the link. */
  readonly bridgeAddress: string
  readonly prefixLength: 24
  readonly dhcpRange: { readonly first: string; readonly last: string }
  /** Put before a command line, runs it inside the namespace. */
  readonly commandPrefix: readonly string[]
}

/** QEMU's own network, one for each machine, without rights: no DHCP server of ours, no neighbours. */
export interface UserNetwork {
  readonly kind: 'user'
  /** Where the machines find this machine; it listens on its loopback address. */
  readonly serverAddress: '10.0.2.2'
  /** What QEMU's DHCP tells the first NIC to boot. */
  readonly bootUrl: string
}

const networkCount = 256

/** Plans network `number`; makes nothing. */
export function planBridgeNetwork(number: number): BridgeNetwork {
  const namespace = `assay-lab-${number}`
  return {
    kind: 'bridge',
    number,
    namespace,
    bridge: 'rack',
    serverAddress: `10.77.${number}.1`,
    bridgeAddress: `10.77.${number}.2`,
    prefixLength: 24,
    dhcpRange: { first: `10.77.${number}.20`, last: `10.77.${number}.250` },
    commandPrefix: ['ip', 'netns', 'exec', namespace],
  }
}

/** The end of the veth pair that stays in the root namespace; names have at most 15 characters. */
export function hostLinkName(network: BridgeNetwork): string {
  return `assay-lab${network.number}`
}

/** The tap of each NIC of a machine, in the order of its plan; unique within the namespace. */
export function tapNames(plan: MachinePlan): readonly string[] {
  return plan.nics.map((_, index) => `${plan.name}n${index}`)
}

/**
 * Claims a free number and makes its network. `claimed` is called before anything but the namespace
 * exists, so that a record of it can be kept. Needs root.
 */
export async function createBridgeNetwork(
  commands: Commands,
  plans: readonly MachinePlan[],
  claimed: (network: BridgeNetwork) => Promise<void>,
): Promise<BridgeNetwork> {
  const network = await claimNetwork(commands)
  const { namespace, bridge, prefixLength } = network
  const host = hostLinkName(network)
  try {
    await claimed(network)
    await ipBatch(
      commands,
      ['ip'],
      [
        `link add ${host} type veth peer name uplink netns ${namespace}`,
        `address add ${network.serverAddress}/${prefixLength} dev ${host}`,
        `link set ${host} up`,
      ],
    )
    await ipBatch(
      commands,
      ['ip', '-netns', namespace],
      [
        'link set lo up',
        `link add ${bridge} type bridge forward_delay 0 mcast_snooping 0`,
        `address add ${network.bridgeAddress}/${prefixLength} dev ${bridge}`,
        `link set ${bridge} up`,
        `link set uplink master ${bridge} up`,
        ...plans
          .flatMap(tapNames)
          .flatMap((tap) => [
            `tuntap add dev ${tap} mode tap`,
            `link set ${tap} master ${bridge} up`,
          ]),
      ],
    )
    return network
  } catch (error) {
    await removeLinks(commands, network)
    throw error
  }
}

/** Ends every process in the namespace and removes it, with all links. Nothing to do when gone. */
export async function removeBridgeNetwork(
  commands: Commands,
  clock: Clock,
  network: BridgeNetwork,
): Promise<void> {
  const { namespace } = network
  if (!(await namespaces(commands)).includes(namespace)) return
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const pids = words(await commands.run(['ip', 'netns', 'pids', namespace]))
    if (pids.length === 0) break
    // Asked first, then killed; one that ended in between is what was wanted.
    const signal = attempt === 0 ? '-TERM' : attempt === 30 ? '-KILL' : '-0'
    await commands.run(['sh', '-c', `kill ${signal} ${pids.join(' ')} 2>/dev/null || true`])
    await clock.sleep(100)
  }
  await removeLinks(commands, network)
}

/** The pair goes first: with the namespace it would go too, but some time after the command. */
async function removeLinks(commands: Commands, network: BridgeNetwork): Promise<void> {
  const host = hostLinkName(network)
  const links = await commands.run(['ip', '-oneline', 'link', 'show', 'type', 'veth'])
  if (links.includes(` ${host}@`)) await commands.run(['ip', 'link', 'delete', host])
  await commands.run(['ip', 'netns', 'delete', network.namespace])
}

/** Making a namespace fails when its name is taken, so it is the claim. */
async function claimNetwork(commands: Commands): Promise<BridgeNetwork> {
  const taken = new Set(await namespaces(commands))
  const addresses = await commands.run(['ip', '-oneline', '-4', 'address', 'show'])
  let failure: unknown = null
  for (let number = 0; number < networkCount; number += 1) {
    const network = planBridgeNetwork(number)
    const subnet = ` 10.77.${number}.`
    if (taken.has(network.namespace) || addresses.includes(subnet)) continue
    try {
      await commands.run(['ip', 'netns', 'add', network.namespace])
      return network
    } catch (error) {
      if (!errorChain(error).includes('File exists')) throw error
      failure = error
    }
  }
  throw new Error(`Cannot make a rack: all ${networkCount} lab networks are taken`, {
    cause: failure,
  })
}

async function namespaces(commands: Commands): Promise<readonly string[]> {
  const list = await commands.run(['ip', 'netns', 'list'])
  return list.split('\n').flatMap((line) => words(line).slice(0, 1))
}

async function ipBatch(
  commands: Commands,
  argv: readonly string[],
  lines: readonly string[],
): Promise<void> {
  await commands.run([...argv, '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
