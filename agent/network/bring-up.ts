import { type Clock } from '../../protocol/effects.ts'
import { errorChain } from '../../protocol/errors.ts'
import type { Host } from '../host.ts'
import { type DhcpEvent, type DhcpLease, startDhcp } from './dhcp.ts'
import { readWiredInterfaces, type WiredInterface } from './interfaces.ts'
import { decodeIfInet6, type Ipv6Address } from './ipv6.ts'
import { describeNetwork, hasAddress, type NetworkState } from './network-state.ts'
import type { Processes, RunningProcess } from './processes.ts'

/** The machine, as parameters. */
export interface NetworkDeps {
  readonly host: Host
  readonly processes: Processes
  readonly clock: Clock
  /** One line for the console. */
  log(text: string): void
}

export interface NetworkOptions {
  /** Its interface's default route comes first; null: the first interface by name. */
  readonly bootMacAddress: string | null
  /** Ends everything: the DHCP clients, and the wait with the signal's reason. */
  readonly signal: AbortSignal
}

/** Fast until the first address; then only for cables and cards that come and go. */
const searchIntervalMs = 200
const watchIntervalMs = 2_000
/** When to say on the console that there is still no address. */
const complaintsAfterMs = [10_000, 30_000] as const
const complaintIntervalMs = 60_000

/**
 * Brings up every wired interface and asks for an address on each that has a carrier, all at once:
 * IPv4 by DHCP, IPv6 by the kernel from router advertisements. Resolves at the first address. It
 * never gives up, says on the console what it waits for, and goes on in the background (renewals,
 * cables, late cards) until the signal aborts. Rejects with the signal's reason.
 */
export async function bringUpNetwork(
  deps: NetworkDeps,
  options: NetworkOptions,
): Promise<NetworkState> {
  const { clock } = deps
  options.signal.throwIfAborted()
  const links = new Links(deps, options)
  const begunMs = clock.monotonic()
  let complaints = 0
  for (;;) {
    const state = await links.look()
    if (hasAddress(state)) {
      deps.log(`network: ${describeNetwork(state)}`)
      void watch(deps, options.signal, links)
      return state
    }
    const waitedMs = clock.monotonic() - begunMs
    if (waitedMs >= complaintTimeMs(complaints)) {
      complaints++
      const seconds = Math.round(waitedMs / 1000)
      deps.log(`network: no address after ${seconds} s, still trying: ${describeNetwork(state)}`)
    }
    try {
      await clock.sleep(searchIntervalMs, options.signal)
    } catch (error) {
      links.stop()
      throw error
    }
  }
}

function complaintTimeMs(index: number): number {
  const last = complaintsAfterMs.length - 1
  return complaintsAfterMs[index] ?? complaintsAfterMs[1] + (index - last) * complaintIntervalMs
}

async function watch(deps: NetworkDeps, signal: AbortSignal, links: Links): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.clock.sleep(watchIntervalMs, signal)
      await links.look()
    } catch (error) {
      if (!signal.aborted) deps.log(`network: ${errorChain(error)}`)
    }
  }
  links.stop()
}

/** What we did to an interface. */
interface Link {
  client: RunningProcess | null
  lease: DhcpLease | null
  problem: string
}

/** Owns one DHCP client for each interface with a carrier. */
class Links {
  readonly #deps: NetworkDeps
  readonly #bootMacAddress: string | null
  readonly #links = new Map<string, Link>()

  constructor(deps: NetworkDeps, options: NetworkOptions) {
    this.#deps = deps
    this.#bootMacAddress = options.bootMacAddress
    this.#setUp('lo')
  }

  /** Reads what is there, starts and ends what has to be, and tells the state. */
  async look(): Promise<NetworkState> {
    const wired = await readWiredInterfaces(this.#deps.host)
    const ipv6 = decodeIfInet6((await this.#deps.host.text('/proc/net/if_inet6')) ?? '')
    for (const [name, link] of this.#links) {
      if (!wired.some((found) => found.name === name)) {
        link.client?.stop()
        this.#links.delete(name)
      }
    }
    return { interfaces: wired.map((found, index) => this.#serve(found, index, ipv6)) }
  }

  stop(): void {
    for (const link of this.#links.values()) link.client?.stop()
    this.#links.clear()
  }

  #serve(found: WiredInterface, index: number, addresses: readonly Ipv6Address[]) {
    const link = this.#links.get(found.name) ?? this.#add(found.name)
    if (!found.hasCarrier) {
      link.client?.stop()
      link.lease = null
      link.problem = 'has no carrier'
    } else if (link.client === null) {
      const isBoot = found.macAddress === this.#bootMacAddress
      this.#ask(found.name, link, isBoot ? 100 : 200 + index)
    }
    const ipv6 = addresses.filter(({ interfaceName }) => interfaceName === found.name)
    const problem = link.lease === null && ipv6.length === 0 ? link.problem : null
    return { ...found, lease: link.lease, ipv6, problem }
  }

  #add(name: string): Link {
    this.#setUp(name)
    const link: Link = { client: null, lease: null, problem: 'has no carrier' }
    this.#links.set(name, link)
    return link
  }

  #ask(interfaceName: string, link: Link, metric: number): void {
    link.problem = 'has a carrier, waits for DHCP'
    const client = startDhcp(this.#deps.processes, { interfaceName, metric }, (event) => {
      this.#note(interfaceName, link, event)
    })
    link.client = client
    // An ended client is started again by the next look that finds a carrier.
    void client.ended.then(() => {
      if (link.client !== client) return
      link.client = null
      link.lease = null
    })
  }

  #note(name: string, link: Link, event: DhcpEvent): void {
    switch (event.kind) {
      case 'bound': {
        const isNew = link.lease?.address !== event.lease.address
        link.lease = event.lease
        const from = event.lease.server === null ? '' : ` from ${event.lease.server}`
        if (isNew) this.#deps.log(`network: ${name} has ${event.lease.address}${from}`)
        break
      }
      case 'unbound':
        link.lease = null
        break
      case 'refused':
        link.problem = 'has a carrier, its DHCP request was refused'
        this.#deps.log(`network: ${name}: the DHCP server refused the request, trying again`)
        break
      case 'no-answer':
        link.problem = 'has a carrier, no DHCP server answers'
        this.#deps.log(`network: ${name}: no DHCP answer to 4 requests, trying again in 3 s`)
        break
    }
  }

  #setUp(name: string): void {
    const command = ['/bin/busybox', 'ip', 'link', 'set', 'dev', name, 'up']
    const { ended } = this.#deps.processes.start(command, { PATH: '/bin:/sbin' }, () => {})
    void ended.then(({ status }) => {
      if (status !== 0) this.#deps.log(`network: cannot bring up ${name} (status ${status})`)
    })
  }
}
