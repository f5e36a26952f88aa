import { fastPass } from '../../protocol/benchmarks.ts'
import type { Domain } from '../domain.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { InspectionRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { leaveAllocation } from '../allocation/leave.ts'
import { isApproved, stepMachine } from './machine-record.ts'

/**
 * An inspection is one run of discovery and benchmarks in one boot. Its facts replace those of the
 * one before, which stay as history.
 *
 *     discovering -> discovered -> benchmarking -> ended
 *
 * A pending machine stays `discovered` until it is approved: it may tell, it gets no work.
 */

/** An agent that says it discovered and told nothing is asked again, this often in all. */
const discoverOrdersMaximum = 3

/** A new inspection, and the machine in the state that goes with it. */
export function beginInspection(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  sessionId: string,
): InspectionRecord {
  const nowMs = domain.clock.now()
  const inspection = work.inspections.insert({
    id: domain.random.uuid(),
    generation: 1,
    machineId: machine.id,
    sessionId,
    step: 'discovering',
    classes: [],
    findingCount: 0,
    ordersSent: 0,
    startedAtMs: nowMs,
    endedAtMs: null,
  })
  const stays =
    machine.state === 'cleaning' ||
    machine.state === 'allocated' ||
    machine.state === 'deploying' ||
    machine.state === 'active' ||
    machine.state === 'error'
  const stepped = stays ? machine : stepMachine(machine, 'inspect', nowMs)
  work.machines.update({
    ...stepped,
    inspectionId: inspection.id,
    inventoryRevision: machine.inventoryRevision + 1,
  })
  return inspection
}

/** The inspection that reports of a session belong to: its latest, or a new one. */
export async function inspectionOf(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  sessionId: string,
): Promise<InspectionRecord> {
  if (machine.inspectionId !== null) {
    const inspection = await work.inspections.get(machine.inspectionId)
    if (inspection.sessionId === sessionId) return inspection
  }
  return beginInspection(domain, work, machine, sessionId)
}

/** What a phase means for the inspection. */
export async function notePhase(
  domain: Domain,
  work: Work,
  machineId: string,
  sessionId: string,
  phase: string,
): Promise<void> {
  const machine = work.machines.update({ ...(await work.machines.get(machineId)), phase })
  if (phase === 'discovering') {
    await inspectionOf(domain, work, machine, sessionId)
    return
  }
  if (machine.inspectionId === null) return
  const inspection = await work.inspections.get(machine.inspectionId)
  if (inspection.sessionId !== sessionId) return
  if (
    phase === 'discovered' &&
    inspection.step === 'discovering' &&
    inspection.classes.length > 0
  ) {
    work.inspections.update({ ...inspection, step: 'discovered' })
  }
  if (phase === 'idle' && inspection.step === 'benchmarking') {
    work.inspections.update({ ...inspection, step: 'ended', endedAtMs: domain.clock.now() })
  }
}

/**
 * Takes the next step of a machine that is not in an allocation's hands: tells its agent to discover
 * or to measure, and offers the machine once that is done.
 */
export async function advanceInspection(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  agent: LiveAgent,
): Promise<void> {
  const inspection = await inspectionOf(domain, work, machine, agent.sessionId)
  const current = await work.machines.get(machine.id)
  const resumed = agent.resumed !== null
  work.after(() => {
    agent.resumed = null
  })
  switch (inspection.step) {
    case 'discovering':
      return orderDiscovery(domain, work, current, inspection, agent, resumed)
    case 'discovered': {
      if (!isApproved(current)) return
      work.inspections.update({ ...inspection, step: 'benchmarking' })
      if (current.state === 'inspecting') {
        work.machines.update(stepMachine(current, 'test', domain.clock.now()))
      }
      work.after(() => agent.send({ kind: 'benchmark', plan: fastPass }))
      return
    }
    case 'benchmarking':
      if (resumed && current.phase === 'discovered') {
        work.after(() => agent.send({ kind: 'benchmark', plan: fastPass }))
      }
      return
    case 'ended':
      return offer(domain, work, current)
  }
}

/** The first order of an inspection, one more after a broken link, one more for empty hands. */
function orderDiscovery(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  inspection: InspectionRecord,
  agent: LiveAgent,
  resumed: boolean,
): void {
  const { ordersSent, classes } = inspection
  const toldNothing = machine.phase === 'discovered' && classes.length === 0
  if (ordersSent > 0 && !resumed && !toldNothing) return
  if (ordersSent >= discoverOrdersMaximum) {
    if (!toldNothing || machine.state !== 'inspecting') return
    const reason = `agent discovered ${ordersSent} times and reported no facts`
    work.machines.update(stepMachine(machine, 'fail', domain.clock.now(), reason))
    return
  }
  work.inspections.update({ ...inspection, ordersSent: ordersSent + 1 })
  if (toldNothing) work.machines.update({ ...machine, phase: null })
  work.after(() => agent.send({ kind: 'discover' }))
}

async function offer(domain: Domain, work: Work, machine: MachineRecord): Promise<void> {
  if (machine.state === 'cleaning') {
    await leaveAllocation(domain, work, machine.id)
  } else if (machine.state !== 'testing' && machine.state !== 'inspecting') {
    return
  }
  const cleaned = await work.machines.get(machine.id)
  work.machines.update(stepMachine(cleaned, 'offer', domain.clock.now()))
}
