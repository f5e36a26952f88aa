import { noDeviceNames } from '../../protocol/device-names.ts'
import { AppError } from '../../protocol/errors.ts'
import { presentAttributes } from '../../protocol/attributes.ts'
import type { Domain } from '../domain.ts'
import { checkFencingToken } from '../allocation/fencing.ts'
import { leaveAllocation } from '../allocation/leave.ts'
import { endDeployment } from '../deployment/end-deployment.ts'
import { deviceNames } from '../ids/device-names.ts'
import { fleetFindings } from '../inventory/findings/fleet-findings.ts'
import type { MachineService, Seen } from '../service.ts'
import { closeCodes } from '../sessions/live-agents.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { attributeValues } from './attribute-sources.ts'
import { withEraseDue } from './erase-due.ts'
import { beginInspection } from './inspection.ts'
import { stepMachine, withFlag, withoutFlag, woken } from './machine-record.ts'
import { presentMachine, presentMachineDetail } from './present.ts'

/** What operators do with machines. */
export function machineService(domain: Domain): MachineService {
  const change = async (
    id: string,
    actor: string,
    what: string,
    seen: Seen,
    body: (work: Work, machine: MachineRecord) => Promise<void>,
  ) => {
    const record = await domain.transact(async (work) => {
      await body(work, await findMachine(work, id, seen))
      return work.machines.get(id)
    })
    domain.log.info(`machine ${what}`, { machineId: id, actor })
    return presentMachine(record, domain.live)
  }
  return {
    list: async () =>
      (await domain.store.machines()).map((machine) => presentMachine(machine, domain.live)),
    get: async (id) => {
      const record = await domain.store.machine(id)
      if (record === null) throw unknownMachine(id)
      return presentMachineDetail(domain, record)
    },
    deviceNames: async (id) => {
      const record = await domain.store.machine(id)
      if (record === null) throw unknownMachine(id)
      if (record.inspectionId === null) return noDeviceNames
      return deviceNames(await domain.store.inventory(record.inspectionId), domain.ids)
    },
    fleetFindings: async () => {
      // A file may tell of parts that are in a machine of ours: that is no fault of either.
      const machines = await domain.store.machines()
      return fleetFindings(machines.filter(({ flags }) => !flags.includes('imported')))
    },
    approve: (id, actor, seen = {}) => change(id, actor, 'approved', seen, approve(domain, actor)),
    setMaintenance: (id, reason, actor, seen = {}) =>
      change(id, actor, 'maintenance set', seen, async (work, machine) => {
        if (reason !== null) {
          work.machines.update({ ...withFlag(machine, 'maintenance', reason), reason })
          return
        }
        const { eraseDue } = machine
        work.machines.update({ ...withoutFlag(machine, 'maintenance'), eraseDue: null })
        if (eraseDue === null) return
        // Nobody but them knows: it is theirs to answer for.
        work.after(() =>
          domain.log.warn('disks are erased, says', { machineId: id, actor, ...eraseDue }),
        )
      }),
    setName: (id, name, actor, seen = {}) =>
      change(id, actor, 'named', seen, async (work, machine) => {
        work.machines.update({ ...machine, name })
      }),
    setLabels: (id, labels, actor, seen = {}) =>
      change(id, actor, 'labelled', seen, async (work, machine) => {
        const { inventoryRevision } = machine
        const values = await attributeValues(work.store, { ...machine, labels })
        const attributes = presentAttributes(values)
        work.machines.update({
          ...machine,
          labels,
          attributes,
          inventoryRevision: inventoryRevision + 1,
        })
      }),
    inspect: (id, actor, seen = {}) =>
      change(id, actor, 'inspected again', seen, async (work, machine) => {
        const agent = connectedAgent(domain, id)
        if (machine.state === 'error') {
          throw new AppError('conflict', `machine '${id}' is 'error', recover it first`)
        }
        stepMachine(machine, 'inspect', domain.clock.now())
        beginInspection(domain, work, { ...machine, phase: null }, agent.sessionId)
        work.after(() => domain.poke(id))
      }),
    reboot: async (id, actor, seen = {}) => {
      await domain.transact(async (work) => {
        await findMachine(work, id, seen)
        const agent = connectedAgent(domain, id)
        work.after(() => agent.send({ kind: 'reboot', reason: `asked for by ${actor}` }))
      })
      domain.log.info('machine rebooted', { machineId: id, actor })
    },
    recover: (id, actor, seen = {}) =>
      change(id, actor, 'recovered', seen, async (work, machine) => recover(domain, work, machine)),
  }
}

/**
 * Approves a machine, or settles a contradiction in its favour. A connected agent is told by a fresh
 * welcome: it connects again within a second and keeps its session.
 */
function approve(domain: Domain, actor: string) {
  return async (work: Work, machine: MachineRecord): Promise<void> => {
    const settled = withoutFlag(withoutFlag(machine, 'pending'), 'conflict')
    work.machines.update({ ...settled, approvedBy: actor })
    if (!machine.flags.includes('pending')) return
    work.after(() =>
      domain.live.get(machine.id)?.close(closeCodes.standing, 'approved: connect again'),
    )
  }
}

async function recover(domain: Domain, work: Work, machine: MachineRecord): Promise<void> {
  const nowMs = domain.clock.now()
  const { id, allocationId, deploymentId } = machine
  if (deploymentId !== null) {
    await endDeployment(domain, work, id, deploymentId, 'the machine was recovered by an operator')
  }
  if (allocationId !== null) {
    work.append({ kind: 'release-disks', allocationId, machineId: id, atMs: nowMs })
    const held = await work.machines.get(id)
    work.machines.update(withEraseDue(held, await work.allocations.get(allocationId)))
    await leaveAllocation(domain, work, id)
  }
  const freed = await work.machines.get(id)
  work.machines.update(
    woken(
      {
        ...stepMachine(freed, 'recover', nowMs),
        fencingToken: freed.fencingToken + 1,
        inspectionId: null,
        phase: null,
      },
      nowMs,
    ),
  )
  work.after(() => domain.poke(id))
}

async function findMachine(work: Work, id: string, seen: Seen): Promise<MachineRecord> {
  const machine = await work.machines.find(id)
  if (machine === null) throw unknownMachine(id)
  const { generation = null, fencingToken = null } = seen
  if (generation !== null && generation !== machine.generation) {
    throw new AppError(
      'precondition-failed',
      `machine '${id}' is at generation ${machine.generation}, not at ${generation}`,
      { generation: machine.generation },
    )
  }
  if (fencingToken !== null) checkFencingToken(machine, fencingToken)
  return machine
}

function unknownMachine(id: string): AppError {
  return new AppError('not-found', `no machine has the id '${id}'`)
}

function connectedAgent(domain: Domain, id: string): LiveAgent {
  const agent = domain.live.get(id)
  if (agent === null) throw new AppError('conflict', `machine '${id}' has no agent connected`)
  return agent
}
