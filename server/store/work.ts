import assert from 'node:assert/strict'
import { AppError } from '../../protocol/errors.ts'
import type {
  AllocationRecord,
  CommandRecord,
  DeploymentRecord,
  InspectionRecord,
  MachineRecord,
  ReservationRecord,
  SessionRecord,
  TenantRecord,
  WebhookRecord,
} from './records.ts'
import { StaleWriteError } from './store.ts'
import type { Change, Evidence, Store } from './store.ts'

/** What every record that is drafted has. */
interface Versioned {
  readonly id: string
  readonly generation: number
}

/** A record on its way to the store. `before` is the generation it replaces; null: it is new. */
interface Draft<R> {
  readonly record: R
  readonly before: number | null
}

/**
 * Records of one kind inside one piece of work: read once, changed in memory, written together.
 * Steps through several states stay several changes, so that the store can check each.
 */
class Drafts<R extends Versioned> {
  readonly #load: (id: string) => Promise<R | null>
  readonly #known = new Map<string, R>()
  readonly drafts: Draft<R>[] = []

  constructor(load: (id: string) => Promise<R | null>) {
    this.#load = load
  }

  async find(id: string): Promise<R | null> {
    const known = this.#known.get(id) ?? (await this.#load(id))
    if (known !== null) this.#known.set(id, known)
    return known
  }

  /** A record that must exist, because another one names it. */
  async get(id: string): Promise<R> {
    const record = await this.find(id)
    assert(record !== null, `record '${id}' is named by another one and must exist`)
    return record
  }

  insert(record: R): R {
    this.#known.set(record.id, record)
    this.drafts.push({ record, before: null })
    return record
  }

  /** The record as it shall be; its generation is set here. */
  update(changed: R): R {
    const known = this.#known.get(changed.id)
    assert(known !== undefined, `record '${changed.id}' is read before it is changed`)
    const record = { ...changed, generation: known.generation + 1 }
    this.#known.set(record.id, record)
    this.drafts.push({ record, before: known.generation })
    return record
  }

  /** What will be written, in its last form. */
  changed(): readonly R[] {
    const ids = new Set(this.drafts.map(({ record }) => record.id))
    return [...ids].flatMap((id) => this.#known.get(id) ?? [])
  }
}

/**
 * One decision: reads records, drafts changes, names effects that follow once all is durable. It may
 * be run again from the start when somebody else was faster, so it touches nothing else.
 */
export class Work {
  readonly store: Store
  readonly machines: Drafts<MachineRecord>
  readonly sessions: Drafts<SessionRecord>
  readonly inspections: Drafts<InspectionRecord>
  readonly commands: Drafts<CommandRecord>
  readonly deployments: Drafts<DeploymentRecord>
  readonly allocations: Drafts<AllocationRecord>
  readonly tenants: Drafts<TenantRecord>
  readonly reservations: Drafts<ReservationRecord>
  readonly webhooks: Drafts<WebhookRecord>
  /** Evidence to look new machines up by. */
  readonly evidence = new Map<string, readonly Evidence[]>()
  readonly #appended: Change[] = []
  #fleet: { readonly generation: number; isClaimed: boolean } | null = null
  readonly #effects: (() => void)[] = []

  constructor(store: Store) {
    this.store = store
    this.machines = new Drafts((id) => store.machine(id))
    this.sessions = new Drafts((id) => store.session(id))
    this.inspections = new Drafts((id) => store.inspection(id))
    this.commands = new Drafts((id) => store.command(id))
    this.deployments = new Drafts((id) => store.deployment(id))
    this.allocations = new Drafts((id) => store.allocation(id))
    this.tenants = new Drafts((id) => store.tenant(id))
    this.reservations = new Drafts((id) => store.reservation(id))
    this.webhooks = new Drafts((id) => store.webhook(id))
  }

  /** Rows that only grow: facts, findings, log lines, phases, tenancies, ... */
  append(change: Change): void {
    this.#appended.push(change)
  }

  /** This decision looks at the whole fleet: to be called before anything of it is read. */
  async readFleet(): Promise<void> {
    this.#fleet ??= { generation: await this.store.fleetGeneration(), isClaimed: false }
  }

  /** ... and takes from it: it stands only if no other one did meanwhile. */
  claimFleet(): void {
    assert(this.#fleet !== null, 'the fleet is read before something is taken from it')
    if (this.#fleet.isClaimed) return
    this.#fleet.isClaimed = true
    this.append({ kind: 'fleet', before: this.#fleet.generation })
  }

  /** Runs once, in order, after the commit: messages to agents, wake-ups. */
  after(effect: () => void): void {
    this.#effects.push(effect)
  }

  /** Everything drafted, in an order that keeps references whole. */
  changes(): readonly Change[] {
    return [
      ...this.machines.drafts.map((draft) => ({
        kind: 'machine' as const,
        evidence: this.evidence.get(draft.record.id) ?? [],
        ...draft,
      })),
      ...this.sessions.drafts.map((draft) => ({ kind: 'session' as const, ...draft })),
      ...this.inspections.drafts.map((draft) => ({ kind: 'inspection' as const, ...draft })),
      ...this.allocations.drafts.map((draft) => ({ kind: 'allocation' as const, ...draft })),
      ...this.tenants.drafts.map((draft) => ({ kind: 'tenant' as const, ...draft })),
      ...this.reservations.drafts.map((draft) => ({ kind: 'reservation' as const, ...draft })),
      ...this.webhooks.drafts.map((draft) => ({ kind: 'webhook' as const, ...draft })),
      ...this.deployments.drafts.map((draft) => ({ kind: 'deployment' as const, ...draft })),
      ...this.commands.drafts.map((draft) => ({ kind: 'command' as const, ...draft })),
      ...this.#appended,
    ]
  }

  runEffects(): void {
    for (const effect of this.#effects) effect()
  }
}

/** Rounds of read, decide, write before a decision is given up as contended. */
const decisionRounds = 10

/**
 * Runs a decision and makes it durable, again from the start when a record it read has changed: the
 * store says so, or the decision itself, by a {@link StaleWriteError}, where what it read at several
 * moments does not fit together.
 * `complete` may add changes that follow from the rest (events). Answers what the decision answered
 * and the seqs of its events. Throws `conflict` where it never gets through.
 */
export async function decide<T>(
  store: Store,
  body: (work: Work) => Promise<T>,
  complete: (work: Work) => Promise<readonly Change[]>,
): Promise<{ readonly value: T; readonly work: Work; readonly seqs: readonly number[] }> {
  for (let round = 1; ; round++) {
    const work = new Work(store)
    try {
      const value = await body(work)
      const changes = [...work.changes(), ...(await complete(work))]
      if (changes.length === 0) return { value, work, seqs: [] }
      return { value, work, seqs: await store.commit(changes) }
    } catch (error) {
      if (!(error instanceof StaleWriteError)) throw error
      if (round >= decisionRounds) {
        throw new AppError(
          'conflict',
          'records kept changing while this was decided, try again',
          {
            rounds: round,
          },
          { cause: error },
        )
      }
    }
  }
}
