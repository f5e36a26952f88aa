import { AppError, errorChain } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { allocationService, sweepAllocation } from './allocation/allocation-service.ts'
import type { Domain } from './domain.ts'
import { noteRunning } from './deployment/report-running.ts'
import { EventBus } from './events/event-bus.ts'
import { Transactions } from './events/transactions.ts'
import { Advancer } from './machines/advance.ts'
import { decideBoot } from './machines/boot-decision.ts'
import { stepGone } from './machines/gone.ts'
import { inspectionHistory } from './machines/inspection-history.ts'
import { machineService } from './machines/machine-service.ts'
import { sweepMachine } from './machines/sweep.ts'
import { MachineViews } from './machines/views.ts'
import type { ServiceDeps } from './service-deps.ts'
import type { Service } from './service.ts'
import { AgentSession } from './sessions/agent-session.ts'
import { closeCodes, LiveAgents } from './sessions/live-agents.ts'
import { SerialLane } from './sessions/serial-lane.ts'
import type { Work } from './store/work.ts'

/** How often time is asked what it changed. */
const sweepMs = 1000

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

/**
 * The server's domain on the given parts. `start` before use; `close` resolves when it no longer
 * uses the store, which stays its owner's to close.
 */
export function createService(deps: ServiceDeps): Service {
  const domain = createDomain(deps)
  const { live, bus, clock, advancer, transactions } = domain
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

  return {
    machines: machineService(domain),
    inspections: inspectionHistory(domain.store),
    allocations: allocationService(domain),
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
        clock.every(pruneMs, () => prune(domain)),
      )
    },
    async close() {
      open = false
      for (const timer of timers) timer[Symbol.dispose]()
      for (const session of unproven) session.close(closeCodes.goingAway, 'the server stops')
      for (const agent of live.all()) agent.close(closeCodes.goingAway, 'the server stops')
      await advancer.close()
      await lane.idle()
      await transactions.close()
    },
  }
}

interface RunningDomain extends Domain {
  readonly advancer: Advancer
  readonly transactions: Transactions
}

function createDomain(deps: ServiceDeps): RunningDomain {
  const bus = new EventBus(deps.store)
  const live = new LiveAgents()
  const advancer: Advancer = new Advancer(() => domain)
  const transactions = new Transactions(() => domain)
  const domain: RunningDomain = {
    ...deps,
    bus,
    live,
    advancer,
    transactions,
    views: new MachineViews(deps.store),
    poke: (machineId) => advancer.poke(machineId),
    transact: (body) => transactions.run(body),
  }
  return domain
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
