import type { Random } from '../../protocol/effects.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { AppError } from '../../protocol/errors.ts'
import type { AssayEvent, MachineSummary } from '../../protocol/api.ts'
import { createService, type MakePlanner } from '../../server/assay.ts'
import { readIdLists, systemIdFolder } from '../../server/ids/read-id-lists.ts'
import { silentLogger } from '../../server/log.ts'
import type { ApprovalPolicy, CatalogImage, ServiceDeps } from '../../server/service-deps.ts'
import type { Service } from '../../server/service.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../server/store/store.ts'
import { AgentDouble } from './agent-double.ts'
import { makeMachine } from './machine-facts.ts'
import type { MadeMachine } from './machine-facts.ts'
import { ManualClock } from './manual-clock.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

export const testImage: CatalogImage = {
  name: 'lab',
  version: '1',
  indexDigest: 'a'.repeat(64),
  sizeBytes: 1_000_000_000,
  logicalBlockSizeBytes: 512,
  minimumDiskSizeBytes: 2_000_000_000,
  bootModes: ['bios', 'uefi'],
}

const idLists = await readIdLists([systemIdFolder])

const random: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  uuid: () => Bun.randomUUIDv7(),
  fraction: () => 0.5,
}

/** A server with its parts, on a clock that the test moves. */
export class World {
  readonly clock: ManualClock
  readonly commandKey = generateSigningKey()
  readonly file: string
  readonly policy: ApprovalPolicy
  readonly images = new Map([['lab', testImage]])
  /** Takes webhooks. */
  readonly receiver = new WebhookReceiver()
  readonly #makePlanner: MakePlanner | undefined
  store: Store
  service: Service

  constructor(
    options: {
      readonly file?: string
      readonly policy?: ApprovalPolicy
      readonly startMs?: number
      /** What finds machines; left out: an engine in this thread. */
      readonly makePlanner?: MakePlanner | undefined
    } = {},
  ) {
    this.#makePlanner = options.makePlanner
    this.clock = new ManualClock(options.startMs)
    this.file = options.file ?? ':memory:'
    this.policy = options.policy ?? { kind: 'all', name: 'test' }
    this.store = openSqliteStore(this.file, () => random.uuid())
    this.service = createService(this.#deps(), this.#makePlanner)
  }

  static async start(options: { readonly file?: string; readonly policy?: ApprovalPolicy } = {}) {
    const world = new World(options)
    await world.service.start()
    return world
  }

  /** The server ends and another one opens the same file. */
  async restart(): Promise<void> {
    await this.close()
    await this.reopen((store) => store)
  }

  /** Another server on the same file, or on a store that is open; `wrap` may make it misbehave. */
  async reopen(
    wrap: (store: Store) => Store,
    base: Store = openSqliteStore(this.file, () => random.uuid()),
  ): Promise<void> {
    this.store = wrap(base)
    this.service = createService(this.#deps(), this.#makePlanner)
    await this.service.start()
  }

  /** A second server on the same store, as far as the store lets it: it sweeps nothing. */
  rival(): Service {
    return createService(this.#deps(), this.#makePlanner)
  }

  agent(machine: MadeMachine | number): AgentDouble {
    const made = typeof machine === 'number' ? makeMachine(machine) : machine
    return new AgentDouble(made, this.commandKey.publicKey)
  }

  /** A connected machine that is available. */
  async available(n: number): Promise<AgentDouble> {
    const agent = this.agent(n).connect(this.service)
    await this.until(async () => (await this.machineOf(agent))?.state === 'available')
    return agent
  }

  async machineOf(agent: AgentDouble): Promise<MachineSummary | undefined> {
    const id = agent.welcome?.machineId
    return (await this.service.machines.list()).find((machine) => machine.id === id)
  }

  /** Lets everything run, moving time on by `stepMs` each round, until the condition holds. */
  async until(condition: () => Promise<boolean> | boolean, stepMs = 10): Promise<void> {
    for (let round = 0; round < 1500; round++) {
      await tick()
      if (await condition()) return
      this.clock.advance(stepMs)
    }
    throw new Error('condition did not come to hold')
  }

  /** Lets everything run for a while. */
  async pass(seconds: number): Promise<void> {
    const steps = Math.min(200, Math.ceil(seconds * 10))
    for (let step = 0; step < steps; step++) {
      await tick()
      this.clock.advance((seconds * 1000) / steps)
    }
    await tick()
  }

  async close(): Promise<void> {
    await this.service.close()
    await this.store.close()
  }

  #deps(): ServiceDeps {
    return {
      store: this.store,
      clock: this.clock,
      random,
      commandKey: this.commandKey,
      policy: this.policy,
      images: {
        resolve: async (named) => {
          const [name = '', version] = named.split('@')
          const image = this.images.get(name)
          if (image === undefined || (version !== undefined && version !== image.version)) {
            throw new AppError('not-found', `no image is named '${named}'`)
          }
          return image
        },
      },
      urls: {
        imageIndex: (image) => `http://server.test/images/${image.name}/index.json`,
        imageBlob: (image) => `http://server.test/images/${image.name}/blob.zst`,
        report: () => 'http://server.test/report',
      },
      webhooks: this.receiver,
      ids: idLists,
      log: silentLogger,
    }
  }
}

/** Everything that can run without time passing has run. */
export async function tick(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}

/** The first `count` events after `since`. */
export async function takeEvents(
  service: Service,
  since: number | null,
  count: number,
): Promise<readonly AssayEvent[]> {
  const stop = new AbortController()
  const events: AssayEvent[] = []
  for await (const event of service.events(since, stop.signal)) {
    events.push(event)
    if (events.length >= count) break
  }
  stop.abort()
  return events
}

/** A request for `count` machines of any kind, with the test image. */
export function requestFor(count: number, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    roles: [{ name: 'node', count, match: { 'cpu.cores': { gte: 2 } } }],
    lease: { duration: '1h', hold: '60s' },
    image: 'lab@1',
    ...changes,
  }
}
