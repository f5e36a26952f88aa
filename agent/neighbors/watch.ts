import type { Clock } from '../../protocol/effects.ts'
import { DecodeError, errorChain } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { NeighborsFacts } from '../../protocol/facts/neighbors.ts'
import { decodeEthernetFrame } from '../discovery/decode/lldp/frame.ts'
import type { Host } from '../host.ts'
import { describePorts, type HeardPort } from './describe.ts'
import type { AnnouncementPort } from './packet-socket.ts'
import { listeningPorts, type Port } from './ports.ts'
import { expire, framesIn, hear, type NeighborTable } from './table.ts'

/** What listening needs of the world. */
export interface ListeningWorld {
  readonly host: Host
  readonly clock: Clock
  /** Opens an interface by its number; throws where it cannot. */
  listenOn(interfaceIndex: number): AnnouncementPort
}

/** What listening has to say. Facts replace those before them. */
export type NeighborEvent =
  | {
      readonly kind: 'facts'
      readonly facts: NeighborsFacts
      /** Frames behind them by interface; none for one that may not have been listened on for long. */
      readonly frames: ReadonlyMap<string, readonly Uint8Array[]>
    }
  | { readonly kind: 'finding'; readonly finding: Finding }

/** How often sockets are read, interfaces looked for, and facts told at the most. */
const readMs = 250
const lookMs = 2000
const tellMs = 2000
/** Later on nobody waits for news, and a neighbour that changes all the time shall not flood. */
const tellLaterMs = 30_000
const laterAfterMs = 180_000

/** LLDP speaks every 30 seconds and CDP every 60, unless told otherwise. */
export const settledAfterMs = 65_000

/** Frames taken of a port at one reading: more is no neighbour that announces itself. */
const framesAtOnce = 16

/** An interface that is listened on. */
interface OpenPort {
  port: Port
  readonly socket: AnnouncementPort
  readonly sinceMs: number
  readonly table: NeighborTable
  /** Somebody was heard, though he may be gone by now. */
  wasHeard: boolean
}

/**
 * Listens on every interface that is up, all at once, and tells who is at their other ends: at the
 * first word, at each change, at each silence (a neighbour says how long its word counts), until the
 * signal aborts. What fails at one interface leaves a finding and the others alone.
 */
export async function watchNeighbors(
  world: ListeningWorld,
  emit: (event: NeighborEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = world
  const watch = new Watch(world, (finding) => emit({ kind: 'finding', finding }))
  const startedMs = clock.monotonic()
  let lookedMs = Number.NEGATIVE_INFINITY
  let toldMs = Number.NEGATIVE_INFINITY
  let seen = ''
  let told = ''
  try {
    for (;;) {
      const nowMs = clock.monotonic()
      if (nowMs - lookedMs >= lookMs) {
        await watch.look()
        lookedMs = nowMs
      }
      watch.read()
      const gapMs = nowMs - startedMs > laterAfterMs ? tellLaterMs : tellMs
      if (nowMs - toldMs >= gapMs && watch.stamp !== seen) {
        seen = watch.stamp
        const facts = watch.facts()
        const text = JSON.stringify(facts)
        if (text !== told) {
          emit({ kind: 'facts', facts, frames: watch.frames() })
          told = text
          toldMs = nowMs
        }
      }
      await clock.sleep(readMs, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    watch.close()
  }
}

class Watch {
  readonly #world: ListeningWorld
  readonly #open = new Map<string, OpenPort>()
  readonly #find: (finding: Finding) => void
  /** What was found before, so that it is told once. */
  readonly #found = new Set<string>()
  /** Counts what may have changed the facts. */
  #changes = 0

  constructor(world: ListeningWorld, find: (finding: Finding) => void) {
    this.#world = world
    this.#find = find
  }

  /** Stays the same while the facts do. */
  get stamp(): string {
    return `${this.#changes} ${this.#heard().filter(({ isSettled }) => isSettled).length}`
  }

  /** Opens interfaces that came up and closes those that went. */
  async look(): Promise<void> {
    const ports = new Map((await listeningPorts(this.#world.host)).map((port) => [port.name, port]))
    for (const [name, { port }] of this.#open) {
      if (ports.get(name)?.index !== port.index) this.#drop(name)
    }
    for (const [name, port] of ports) {
      const open = this.#open.get(name)
      if (open === undefined) this.#add(port)
      else {
        // Without a link nobody is at the other end (802.1AB-2016 §9.2.7.1, portEnabled).
        if (port.carrier === false) open.table.clear()
        if (port.carrier !== open.port.carrier || port.mac !== open.port.mac) this.#changes++
        open.port = port
      }
    }
  }

  /** Takes in what was sent since the last time. */
  read(): void {
    const nowMs = this.#world.clock.monotonic()
    for (const [name, open] of this.#open) {
      const { socket, table } = open
      if (expire(table, nowMs)) this.#changes++
      try {
        for (let count = 0; count < framesAtOnce; count++) {
          const frame = socket.next()
          if (frame === null) break
          this.#take(name, table, frame, nowMs)
          open.wasHeard ||= table.size > 0
        }
      } catch (error) {
        this.#drop(name)
        this.#note('neighbors.failed', 'warning', name, errorChain(error))
      }
    }
  }

  facts(): NeighborsFacts {
    const { facts, finding } = describePorts(this.#heard())
    if (finding !== null) {
      this.#note(finding.code, finding.severity, finding.subject, finding.message)
    }
    return facts
  }

  frames(): ReadonlyMap<string, readonly Uint8Array[]> {
    const settled = this.#heard().filter(({ isSettled }) => isSettled)
    return new Map(settled.map(({ port, table }) => [port.name, framesIn(table)]))
  }

  close(): void {
    for (const name of this.#open.keys()) this.#drop(name)
  }

  #heard(): readonly HeardPort[] {
    const nowMs = this.#world.clock.monotonic()
    return [...this.#open.values()].map(({ port, sinceMs, table, wasHeard }) => ({
      port,
      table,
      isSettled: wasHeard || port.carrier === false || nowMs - sinceMs >= settledAfterMs,
    }))
  }

  #add(port: Port): void {
    try {
      const socket = this.#world.listenOn(port.index)
      const sinceMs = this.#world.clock.monotonic()
      this.#changes++
      this.#open.set(port.name, { port, socket, sinceMs, table: new Map(), wasHeard: false })
    } catch (error) {
      this.#note('neighbors.failed', 'warning', port.name, errorChain(error))
    }
  }

  #drop(name: string): void {
    this.#open.get(name)?.socket[Symbol.dispose]()
    this.#open.delete(name)
    this.#changes++
  }

  #take(name: string, table: NeighborTable, bytes: Uint8Array, nowMs: number): void {
    try {
      const news = hear(table, decodeEthernetFrame(bytes), bytes, nowMs)
      if (news === 'changed') this.#changes++
      if (news !== 'full') return
      const message = `More than ${table.size} neighbours speak at ${name}: the others are not kept`
      this.#note('neighbors.too-many', 'warning', name, message)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#note('neighbors.malformed', 'warning', name, error.message)
    }
  }

  /** Tells a finding, the first time only. */
  #note(code: string, severity: Finding['severity'], subject: string, message: string): void {
    const key = `${code} ${subject}`
    if (this.#found.has(key)) return
    this.#found.add(key)
    this.#find({ code, severity, subject, message: message.slice(0, 1024) })
  }
}
