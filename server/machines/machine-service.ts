import { AppError } from '../../protocol/errors.ts'
import { flatten, presentAttributes } from '../../protocol/attributes.ts'
import type { Domain } from '../domain.ts'
import { leaveAllocation } from '../allocation/leave.ts'
import { endDeployment } from '../deployment/end-deployment.ts'
import { fleetFindings } from '../inventory/findings/fleet-findings.ts'
import type { MachineService } from '../service.ts'
import { closeCodes } from '../sessions/live-agents.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { attributeSources } from './attribute-sources.ts'
import { beginInspection } from './inspection.ts'
import { stepMachine, withFlag, withoutFlag, woken } from './machine-record.ts'
import { presentMachine, presentMachineDetail } from './present.ts'

/** What operators do with machines. */
export function machineService(domain: Domain): MachineService {
  const change = async (
    id: string,
    actor: string,
    what: string,
    body: (work: Work, machine: MachineRecord) => Promise<void>,
  ) => {
    const record = await domain.transact(async (work) => {
      await body(work, await findMachine(work, id))
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
    fleetFindings: async () => fleetFindings(await domain.store.machines()),
    approve: (id, actor) => change(id, actor, 'approved', approve(domain, actor)),
    setMaintenance: (id, reason, actor) =>
      change(id, actor, 'maintenance set', async (work, machine) => {
        const flagged =
          reason === null
            ? withoutFlag(machine, 'maintenance')
            : { ...withFlag(machine, 'maintenance', reason), reason }
        work.machines.update(flagged)
      }),
    setName: (id, name, actor) =>
      change(id, actor, 'named', async (work, machine) => {
        work.machines.update({ ...machine, name })
      }),
    setLabels: (id, labels, actor) =>
      change(id, actor, 'labelled', async (work, machine) => {
        const { inspectionId, inventoryRevision } = machine
        const values = flatten(await attributeSources(work.store, { inspectionId, labels }))
        const attributes = presentAttributes(values)
        work.machines.update({
          ...machine,
          labels,
          attributes,
          inventoryRevision: inventoryRevision + 1,
        })
      }),
    inspect: (id, actor) =>
      change(id, actor, 'inspected again', async (work, machine) => {
        const agent = connectedAgent(domain, id)
        if (machine.state === 'error') {
          throw new AppError('conflict', `machine '${id}' is 'error', recover it first`)
        }
        stepMachine(machine, 'inspect', domain.clock.now())
        beginInspection(domain, work, { ...machine, phase: null }, agent.sessionId)
        work.after(() => domain.poke(id))
      }),
    reboot: async (id, actor) => {
      const agent = connectedAgent(domain, id)
      agent.send({ kind: 'reboot', reason: `asked for by ${actor}` })
      domain.log.info('machine rebooted', { machineId: id, actor })
    },
    recover: (id, actor) =>
      change(id, actor, 'recovered', async (work, machine) => recover(domain, work, machine)),
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

async function findMachine(work: Work, id: string): Promise<MachineRecord> {
  const machine = await work.machines.find(id)
  if (machine === null) throw unknownMachine(id)
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
