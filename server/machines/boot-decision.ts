import type { Domain } from '../domain.ts'
import type { BootDecision, BootRequest } from '../service.ts'
import type { DeploymentRecord, MachineRecord } from '../store/records.ts'
import type { Evidence } from '../store/store.ts'
import type { Work } from '../store/work.ts'

/** A script that was given out is good for this long. */
const ticketSeconds = 600

/**
 * Which way a machine boots. It says who it is without proof, so the answer gives nothing away: at
 * most the machine boots its own disk, or an agent that has yet to prove itself.
 */
export async function decideBoot(
  domain: Domain,
  work: Work,
  request: BootRequest,
): Promise<BootDecision> {
  const machine = await recognise(work, request)
  const way = await chooseWay(work, machine)
  if (way.kind !== 'agent') return way
  const nowMs = domain.clock.now()
  const id = Buffer.from(domain.random.bytes(16)).toString('hex')
  work.append({
    kind: 'ticket',
    ticket: {
      id,
      machineId: machine?.id ?? null,
      address: request.address,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + ticketSeconds * 1000,
      usedAtMs: null,
    },
  })
  return { kind: 'agent', bootId: id, reason: way.reason }
}

type Way = { readonly kind: 'agent' | 'disk' | 'hold'; readonly reason: string }

async function chooseWay(work: Work, machine: MachineRecord | null): Promise<Way & BootWay> {
  if (machine === null) return { kind: 'agent', reason: 'this machine is not known yet' }
  const { state, flags, deploymentId } = machine
  if (flags.includes('quarantined')) return { kind: 'hold', reason: 'this machine is quarantined' }
  if (state !== 'active') {
    return { kind: 'agent', reason: `this machine is '${state}'` }
  }
  const deployment = deploymentId === null ? null : await work.deployments.get(deploymentId)
  return isWritten(deployment)
    ? { kind: 'disk', reason: `image ${deployment.image.name} ${deployment.image.version}` }
    : { kind: 'agent', reason: 'this machine has no written image' }
}

type BootWay =
  | { readonly kind: 'agent'; readonly reason: string }
  | Exclude<BootDecision, { kind: 'agent' }>

/** Only a verified image is booted. */
function isWritten(deployment: DeploymentRecord | null): deployment is DeploymentRecord {
  return deployment !== null && (deployment.state === 'done' || deployment.state === 'running')
}

/**
 * The machine the request most likely comes from: by MAC address, else by serial, else by UUID, and
 * only where that names one machine.
 */
async function recognise(work: Work, request: BootRequest): Promise<MachineRecord | null> {
  const { macs, serial, uuid } = request
  const groups: Evidence[][] = [
    macs.map((mac) => ({ kind: 'mac', value: mac.toLowerCase() })),
    serial === null ? [] : [{ kind: 'system-serial', value: serial }],
    uuid === null ? [] : [{ kind: 'uuid', value: uuid.toLowerCase() }],
  ]
  for (const evidence of groups) {
    const found = evidence.length === 0 ? [] : await work.store.machinesByEvidence(evidence)
    const [only] = found
    if (found.length === 1 && only !== undefined) return only
  }
  return null
}
