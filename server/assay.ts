import { AppError, errorChain } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { isHolding } from '../protocol/states.ts'
import { allocationService } from './allocation/allocation-service.ts'
import { LocalPlanner, type Planner } from './allocation/engine/planner.ts'
import { FleetPicture } from './allocation/fleet-picture.ts'
import { QueueServer } from './allocation/serve-queue.ts'
import { sweepAllocation } from './allocation/sweep.ts'
import { Turns } from './turns.ts'
import type { Domain } from './domain.ts'
import { noteRunning } from './deployment/report-running.ts'
import { fabricService } from './fabric/fabric-service.ts'
import { EventBus } from './events/event-bus.ts'
import { Transactions } from './events/transactions.ts'
import { exportService } from './exports/export-service.ts'
import { importService } from './import/import-service.ts'
import { Advancer } from './machines/advance.ts'
import { decideBoot } from './machines/boot-decision.ts'
import { stepGone } from './machines/gone.ts'
import { inspectionHistory } from './machines/inspection-history.ts'
import { machineService } from './machines/machine-service.ts'
import { sweepMachine } from './machines/sweep.ts'
import { MachineViews } from './machines/views.ts'
import { tenantService } from './quotas/tenant-service.ts'
import { capacityService } from './capacity/capacity-service.ts'
import { profileService } from './profiles/profile-service.ts'
import { reservationService } from './reservations/reservation-service.ts'
import type { ServiceDeps } from './service-deps.ts'
import type { Service } from './service.ts'
import { AgentSession } from './sessions/agent-session.ts'
import { closeCodes, LiveAgents } from './sessions/live-agents.ts'
import { SerialLane } from './sessions/serial-lane.ts'
import type { Work } from './store/work.ts'
import { usageService } from './usage/usage-service.ts'
import { WebhookDeliverer } from './webhooks/deliverer.ts'
import { webhookService } from './webhooks/webhook-service.ts'

/** How often time is asked what it changed. */
const sweepMs = 1000

/** How often the queue is looked at though nothing changed: windows begin and end by time alone. */
const queueMs = 15_000

/** How often old rows are dropped. */
const pruneMs = 10 * 60_000

/** What is kept of what only grows. */
const kept = {
  eventsKept: 100_000,
  logLinesKeptPerMachine: 2000,
  phasesKeptPerMachine: 500,
  ticketDays: 1,
  answerDays: 2,
} as const

/** Makes what finds machines for requests. */
export type MakePlanner = (turns: Turns) => Planner

/**
 * The server's domain on the given parts. `start` before use; `close` resolves when it no longer
 * uses the store, which stays its owner's to close. Machines are found in this thread unless
 * `makePlanner` says otherwise.
 */
export function createService(
  deps: ServiceDeps,
  makePlanner: MakePlanner = (turns) => new LocalPlanner(turns),
): Service {
  const domain = createDomain(deps, makePlanner)
  const { live, bus, clock, advancer, transactions, queueServer, deliverer } = domain
  const fabric = fabricService(domain)
  const lane = new SerialLane()
  const unproven = new Set<AgentSession>()
  const timers: Disposable[] = []
  let sweeping = false
  let open = true

  const sweepNow = () => {
    if (sweeping || !open) return
    sweeping = true
    closeSilent(domain)
    sweep(domain)
      .catch((error: unknown) => domain.log.error('sweep failed', { error: errorChain(error) }))
      .finally(() => {
        sweeping = false
      })
  }

  const wakeWebhooks = () => {
    deliverer
      .wake()
      .catch((error: unknown) =>
        domain.log.error('webhooks were not looked at', { error: errorChain(error) }),
      )
  }
  return {
    machines: machineService(domain),
    fabric,
    inspections: inspectionHistory(domain.store, domain.ids),
    allocations: allocationService(domain),
    tenants: tenantService(domain),
    reservations: reservationService(domain),
    usage: usageService(domain),
    webhooks: webhookService(domain, wakeWebhooks),
    exports: exportService(domain),
    imports: importService(domain),
    profiles: profileService(domain),
    capacity: capacityService(domain),
    bootDecision: (request) => domain.transact((work) => decideBoot(domain, work, request)),
    reportRunning: (report) => domain.transact((work) => noteRunning(domain, work, report)),
    acceptAgent(connection) {
      if (open) new AgentSession({ domain, unproven, lane, isOpen: () => open }, connection).open()
      else connection.close(closeCodes.goingAway, 'the server stops')
    },
    events: (since, signal) => bus.subscribe(since, signal),
    async start() {
      await recoverMachines(domain)
      timers.push(
        clock.every(sweepMs, sweepNow),
        clock.every(sweepMs, wakeWebhooks),
        clock.every(queueMs, () => queueServer.poke()),
        clock.every(pruneMs, () => prune(domain)),
      )
      queueServer.poke()
    },
    async close() {
      open = false
      for (const timer of timers) timer[Symbol.dispose]()
      for (const session of unproven) session.close(closeCodes.goingAway, 'the server stops')
      for (const agent of live.all()) agent.close(closeCodes.goingAway, 'the server stops')
      await deliverer.close()
      await queueServer.close()
      await advancer.close()
      await lane.idle()
      await domain.fleetLane.idle()
      await domain.planner.close()
      await fabric.settled()
      await transactions.close()
    },
  }
}

interface RunningDomain extends Domain {
  readonly advancer: Advancer
  readonly transactions: Transactions
  readonly queueServer: QueueServer
  readonly deliverer: WebhookDeliverer
}

function createDomain(deps: ServiceDeps, makePlanner: MakePlanner): RunningDomain {
  const bus = new EventBus(deps.store)
  const views = new MachineViews(deps.store)
  const turns = new Turns(deps.clock)
  const live = new LiveAgents()
  const advancer: Advancer = new Advancer(() => domain)
  const transactions = new Transactions(() => domain)
  const queueServer: QueueServer = new QueueServer(() => domain)
  const deliverer: WebhookDeliverer = new WebhookDeliverer(() => domain)
  const domain: RunningDomain = {
    ...deps,
    bus,
    live,
    advancer,
    transactions,
    queueServer,
    deliverer,
    fleetLane: new SerialLane(),
    picture: new FleetPicture(deps.store, views, turns),
    planner: makePlanner(turns),
    views,
    poke: (machineId) => advancer.poke(machineId),
    transact: (body) =>
      transactions.run(async (work) => {
        const value = await body(work)
        if (mayServeQueue(work)) work.after(() => queueServer.poke())
        return value
      }),
  }
  return domain
}

/** Whether somebody who waits may be served now: a machine came free, a limit or the queue changed. */
function mayServeQueue(work: Work): boolean {
  return (
    work.machines.changed().some(({ state }) => state === 'available') ||
    work.allocations.changed().some(({ state }) => state === 'queued' || !isHolding(state)) ||
    work.tenants.changed().length > 0 ||
    work.reservations.changed().length > 0
  )
}

/**
 * After a start no agent is connected, whatever the last run thought. Commands that were under way
 * wait for their agents to resume; the sweep gives each its time.
 */
async function recoverMachines(domain: Domain): Promise<void> {
  for (const { id, goneSinceMs, sessionId } of await domain.store.machines()) {
    if (goneSinceMs === null && sessionId !== null) {
      await domain.transact((work) => stepGone(domain, work, id))
    }
  }
}

async function sweep(domain: Domain): Promise<void> {
  const { machines, allocations } = await domain.store.due(domain.clock.now())
  const attempt = async (kind: string, id: string, body: (work: Work) => Promise<void>) => {
    try {
      await domain.transact(body)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      domain.log.warn('sweep skipped a record', { kind, id, error: errorChain(error) })
    }
  }
  for (const id of allocations) {
    await attempt('allocation', id, (work) => sweepAllocation(domain, work, id))
  }
  for (const id of machines) {
    await attempt('machine', id, (work) => sweepMachine(domain, work, id))
  }
}

/** A link whose agent says nothing for three heartbeats is dead, whatever the socket thinks. */
function closeSilent({ live, clock }: Domain): void {
  const before = clock.now() - 3 * limits.heartbeatSeconds * 1000
  for (const agent of live.all()) {
    if (agent.lastSeenAtMs < before) agent.close(closeCodes.silent, 'no heartbeat')
  }
}

function prune({ store, clock, log }: Domain): void {
  const dayMs = 86_400_000
  store
    .prune({
      eventsKept: kept.eventsKept,
      logLinesKeptPerMachine: kept.logLinesKeptPerMachine,
      phasesKeptPerMachine: kept.phasesKeptPerMachine,
      ticketsBeforeMs: clock.now() - kept.ticketDays * dayMs,
      answersBeforeMs: clock.now() - kept.answerDays * dayMs,
    })
    .catch((error: unknown) => log.error('old rows were not dropped', { error: errorChain(error) }))
}
