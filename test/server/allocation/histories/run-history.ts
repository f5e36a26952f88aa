import type { Allocation } from '../../../../protocol/api.ts'
import type { CreateReservation } from '../../../../protocol/reservations.ts'
import { isOpenAllocation } from '../../../../protocol/states.ts'
import { requestFor } from '../../world.ts'
import { Dice, HistoryWorld, localEngines } from './history-world.ts'
import { Invariants } from './invariants.ts'

/** What came of a history. `problems` is empty where every step kept every invariant. */
export interface HistoryOutcome {
  readonly steps: number
  readonly grants: number
  readonly crashes: number
  readonly restarts: number
  readonly released: number
  readonly staleRefused: number
  readonly problems: readonly string[]
}

const tenants = ['a', 'b', 'c'] as const
const hour = 3_600_000

/**
 * Lives a history that a seed decides: clients ask, confirm, renew and release, operators revoke,
 * set quotas and reserve, machines fall out, time passes, and the server dies at any write. At its
 * end everything is given back, and nothing may be left over.
 */
export async function runHistory(
  seed: number,
  steps: number,
  machines: number,
  engines = localEngines,
): Promise<HistoryOutcome> {
  const lived = await HistoryWorld.start(machines, engines)
  const history = new History(lived, new Dice(seed))
  try {
    for (let step = 0; step < steps && history.problems.length === 0; step++) {
      await history.step()
      await history.check(`seed ${seed}, step ${step}`)
    }
    if (history.problems.length === 0) await history.drain(`seed ${seed}, at its end`)
    return { steps, ...history.outcome() }
  } finally {
    await lived.close()
  }
}

/** One history, to be lived step by step. */
export class History {
  readonly problems: string[] = []
  readonly #lived: HistoryWorld
  readonly #dice: Dice
  readonly #invariants: Invariants
  readonly #known = new Map<string, Allocation>()
  readonly #keys = new Map<string, string>()
  #key = 0
  #staleRefused = 0
  #last = ''

  constructor(lived: HistoryWorld, dice: Dice) {
    this.#lived = lived
    this.#dice = dice
    this.#invariants = new Invariants(lived.base)
  }

  outcome() {
    const seen = [...this.#known.values()]
    return {
      grants: seen.filter(({ machines }) => machines.length > 0).length,
      released: seen.filter(({ state }) => state === 'released').length,
      crashes: this.#lived.crashes,
      restarts: this.#lived.restarts,
      staleRefused: this.#staleRefused,
      problems: this.problems,
    }
  }

  async step(): Promise<void> {
    const steps = [
      [30, 'create', () => this.#create()],
      [8, 'confirm', () => this.#onOne((id) => this.#allocations.confirm(id, null))],
      [10, 'renew', () => this.#renew()],
      [12, 'release', () => this.#onOne((id) => this.#allocations.release(id, 'test'))],
      [5, 'shrink', () => this.#shrink()],
      [4, 'revoke', () => this.#revoke()],
      [6, 'stale', () => this.#actStale()],
      [14, 'wait', () => this.#lived.pass(this.#dice.between(1, 40) ** 2 * 1000)],
      [4, 'quota', () => this.#setQuota()],
      [4, 'reserve', () => this.#reserve()],
      [4, 'cancel', () => this.#cancelReservation()],
      [2, 'maintain', () => this.#maintain()],
      [3, 'plug', () => this.#plug()],
      [6, 'race', () => this.#race()],
      [1, 'restart', () => this.#lived.restart()],
      [
        4,
        'die',
        () =>
          this.#lived.dieAt(this.#dice.between(1, 6), this.#dice.chance(0.5) ? 'before' : 'after'),
      ],
    ] as const
    let roll = this.#dice.fraction() * steps.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, name, act] of steps) {
      roll -= weight
      if (roll > 0) continue
      this.#last = name
      await act()
      break
    }
    await this.#lived.settle()
  }

  async check(where: string): Promise<void> {
    const wrong = await this.#invariants.check(this.#lived.nowMs)
    this.problems.push(...wrong.map((text) => `${where} (${this.#last}): ${text}`))
  }

  /** Everybody goes home: all ends, and every machine is free again. */
  async drain(where: string): Promise<void> {
    await this.#lived.restart()
    for (const agent of this.#lived.away) await this.#lived.plug(agent)
    const { service, base } = this.#lived
    for (const { id } of await service.reservations.list()) {
      await service.reservations.cancel(id, 'test', null)
    }
    for (const { id } of await base.machines()) {
      await service.machines.setMaintenance(id, null, 'test')
    }
    for (let round = 0; round < 2000; round++) {
      const open = await base.openAllocations()
      for (const { id, state } of open) {
        if (state !== 'releasing') {
          await this.#lived.attempt(() => service.allocations.release(id, 'test'))
        }
      }
      await this.#lived.pass(1000)
      await this.check(where)
      const isFree = (await base.machines()).every(({ state }) => state === 'available')
      if ((await base.openAllocations()).length === 0 && isFree) break
    }
    const left = await base.openAllocations()
    const held = (await base.machines()).filter(({ state }) => state !== 'available')
    for (const { id, state } of [...left, ...held]) {
      this.problems.push(`${where}: ${id} is still '${state}'`)
    }
    for (const id of this.#known.keys()) await this.#see(id)
  }

  /** Of either server. */
  get #allocations() {
    return this.#server.allocations
  }

  get #server() {
    return this.#dice.chance(0.3) ? this.#lived.rival : this.#lived.service
  }

  async #create(): Promise<void> {
    const dice = this.#dice
    const tenant = dice.pick(tenants) ?? 'a'
    const most = dice.between(1, 3)
    const count = dice.chance(0.3) ? { min: 1, max: most } : most
    const request = requestFor(1, {
      image: undefined,
      roles: [{ name: 'node', count, match: { 'cpu.cores': { gte: 2 } } }],
      lease: {
        duration: `${dice.between(1, 120)}m`,
        hold: `${dice.between(5, 120)}s`,
        queue: dice.chance(0.6),
        wait: `${dice.between(1, 600)}m`,
        notice: `${dice.between(0, 30)}m`,
        grace: `${dice.between(0, 10)}m`,
      },
    })
    const confirm = dice.chance(0.5)
    const key = dice.chance(0.5) ? `key-${(this.#key += 1)}` : null
    const caller = { owner: tenant, tenant, idempotencyKey: key }
    const ask = () =>
      this.#lived.attempt(() => this.#allocations.create({ request, confirm }, caller))
    const { allocation = null } = (await ask()) ?? {}
    if (allocation !== null) this.#know(allocation)
    if (key === null) return
    await this.#lived.settle()
    const { allocation: again = null } = (await ask()) ?? {}
    if (again === null) return
    this.#know(again)
    const first = allocation?.id ?? this.#keys.get(key) ?? again.id
    if (first !== again.id) this.problems.push(`${key} made ${first} and ${again.id}`)
    this.#keys.set(key, again.id)
  }

  /** Acts on an allocation that is known, in whatever state it is. */
  async #onOne(act: (id: string, known: Allocation) => Promise<Allocation>): Promise<void> {
    const open = [...this.#known.values()].filter(({ state }) => isOpenAllocation(state))
    const known = this.#dice.pick(open)
    if (known === null) return
    const after = await this.#lived.attempt(() => act(known.id, known))
    if (after === null) await this.#see(known.id)
    else this.#know(after)
  }

  async #renew(): Promise<void> {
    const seconds = this.#dice.between(1, 240) * 60
    await this.#onOne((id) => this.#allocations.renew(id, seconds, null))
  }

  async #shrink(): Promise<void> {
    await this.#onOne((id, { machines }) => {
      const one = this.#dice.pick(machines)
      return this.#allocations.release(id, 'test', { machines: [one?.machineId ?? 'none'] })
    })
  }

  async #revoke(): Promise<void> {
    const graceSeconds = this.#dice.chance(0.5) ? 0 : this.#dice.between(1, 3600)
    const reason = 'by chance'
    await this.#onOne((id) => this.#allocations.revoke(id, { reason, graceSeconds }, 'test'))
  }

  /** Somebody wakes up with tokens of long ago: nothing may come of it. */
  async #actStale(): Promise<void> {
    const machines = await this.#lived.base.machines()
    const machine = this.#dice.pick(machines)
    const target = this.#dice.pick([...this.#known.values()])
    if (machine === null || target === null || machine.fencingToken === 0) return
    const fencingToken = this.#dice.between(0, machine.fencingToken - 1)
    const { id: machineId } = machine
    const tokens = { [machineId]: fencingToken }
    const named = { allocationId: target.id, machineId, fencingToken }
    const { service } = this.#lived
    const acts: readonly (() => Promise<unknown>)[] = [
      () => service.allocations.confirm(target.id, null, tokens),
      () => service.allocations.renew(target.id, 60, null, tokens),
      () => service.allocations.release(target.id, 'test', { tokens }),
      () => service.allocations.reboot(named),
      () => service.allocations.deploy(named, 'lab'),
      () => service.machines.reboot(machineId, 'test', { fencingToken }),
    ]
    const act = this.#dice.pick(acts)
    if (act === null) return
    const answer = await this.#lived.attempt(async () => {
      await act()
      return 'done'
    })
    if (answer === 'done') this.problems.push(`a stale token ${fencingToken} of ${machineId} acted`)
    else this.#staleRefused += 1
  }

  async #setQuota(): Promise<void> {
    const machines = this.#dice.chance(0.6) ? null : this.#dice.between(0, 4)
    const tenant = this.#dice.pick(tenants) ?? 'a'
    await this.#lived.attempt(() => this.#server.tenants.set(tenant, { machines }, 'test', null))
  }

  async #reserve(): Promise<void> {
    const fromMs = this.#lived.nowMs + this.#dice.between(0, 3) * hour
    const untilMs = fromMs + this.#dice.between(1, 3) * hour
    const machines = (await this.#lived.base.machines()).map(({ id }) => id)
    const target: CreateReservation['target'] = this.#dice.chance(0.5)
      ? { kind: 'machines', machines: [this.#dice.pick(machines) ?? 'none'] }
      : { kind: 'match', count: this.#dice.between(1, 2), match: {} }
    const tenant = this.#dice.pick(tenants) ?? 'a'
    await this.#lived.attempt(() =>
      this.#server.reservations.create(
        { tenant, target, fromMs, untilMs },
        { owner: 'test', idempotencyKey: null },
      ),
    )
  }

  async #cancelReservation(): Promise<void> {
    const one = this.#dice.pick(await this.#lived.base.reservations(this.#lived.nowMs))
    if (one === null) return
    await this.#lived.attempt(() => this.#lived.service.reservations.cancel(one.id, 'test', null))
  }

  async #maintain(): Promise<void> {
    const machines = await this.#lived.base.machines()
    const broken = machines.filter(({ flags }) => flags.includes('maintenance'))
    const machine = this.#dice.pick(broken.length > 0 ? broken : machines)
    if (machine === null) return
    const reason = broken.length > 0 ? null : 'by chance'
    await this.#lived.attempt(() =>
      this.#lived.service.machines.setMaintenance(machine.id, reason, 'test'),
    )
  }

  /** Several clients at the same moment. */
  async #race(): Promise<void> {
    await Promise.all([
      this.#create(),
      this.#create(),
      this.#onOne((id) => this.#allocations.release(id, 'test')),
      this.#renew(),
      this.#reserve(),
    ])
  }

  async #plug(): Promise<void> {
    const { agents, away } = this.#lived
    const agent = this.#dice.pick(away.size > 0 ? [...away] : agents)
    if (agent !== null) await this.#lived.plug(agent)
  }

  #know(allocation: Allocation): void {
    this.#known.set(allocation.id, allocation)
  }

  async #see(id: string): Promise<void> {
    const seen = await this.#lived.attempt(() => this.#allocations.get(id))
    if (seen !== null) this.#know(seen)
  }
}
