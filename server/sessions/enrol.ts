import { AppError } from '../../protocol/errors.ts'
import type { Hello, Welcome } from '../../protocol/messages.ts'
import type { Domain } from '../domain.ts'
import { evidenceOf, judgeIdentity } from '../machines/identity.ts'
import { isApproved, withFlag, withoutFlag, woken } from '../machines/machine-record.ts'
import type { MachineRecord, SessionRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'

/** Machines that wait for approval at once: a flood of invented ones ends here. */
const pendingMachinesMaximum = 4096

/** A boot that proved its key. */
export interface ProvenBoot {
  readonly hello: Hello
  readonly sessionId: string
  readonly address: string
}

/**
 * Ties a proven boot to its machine, in one transaction: the same boot key continues its session,
 * a new one opens a session and ends the older one of its machine for good. Unknown machines become
 * `pending` unless the policy approves them; contradicting evidence becomes `conflict`, on both.
 * Throws `conflict` for a session that a newer boot has ended.
 */
export async function enrol(
  domain: Domain,
  work: Work,
  { hello, sessionId, address }: ProvenBoot,
): Promise<Omit<Welcome, 'kind' | 'timeMs'>> {
  const nowMs = domain.clock.now()
  const known = await work.sessions.find(sessionId)
  if (known !== null && known.supersededAtMs !== null) {
    throw new AppError('conflict', 'a newer boot of this machine has taken its place')
  }
  const machine =
    known === null
      ? await openSession(domain, work, { hello, sessionId, address }, nowMs)
      : await work.machines.get(known.machineId)
  const present = withoutFlag(
    { ...machine, goneSinceMs: null, address, lastSeenAtMs: nowMs },
    'missing',
  )
  work.machines.update(woken(present, nowMs))
  work.append({
    kind: 'phase',
    machineId: machine.id,
    phase: known === null ? 'connected' : 'reconnected',
    atSeconds: null,
    atMs: nowMs,
  })
  return {
    session: sessionId,
    machineId: machine.id,
    approved: isApproved(present),
    epoch: present.epoch,
    ackedSeq: known?.ackedSeq ?? 0,
  }
}

async function openSession(
  domain: Domain,
  work: Work,
  { hello, sessionId, address }: ProvenBoot,
  nowMs: number,
): Promise<MachineRecord> {
  const found = await findMachine(domain, work, hello, nowMs)
  if (found.sessionId !== null) {
    const older = await work.sessions.find(found.sessionId)
    if (older !== null) work.sessions.update({ ...older, supersededAtMs: nowMs })
  }
  const machine = work.machines.update({ ...found, sessionId, phase: null })
  const session: SessionRecord = {
    id: sessionId,
    generation: 1,
    machineId: machine.id,
    publicKey: hello.publicKey,
    ackedSeq: 0,
    startedAtMs: nowMs,
    supersededAtMs: null,
    agentVersion: hello.agentVersion,
    architecture: hello.architecture,
    bootId: hello.bootId,
    address,
  }
  work.sessions.insert(session)
  if (hello.bootId !== null) await useTicket(domain, work, machine, hello.bootId, nowMs)
  return machine
}

async function findMachine(
  domain: Domain,
  work: Work,
  { claims }: Hello,
  nowMs: number,
): Promise<MachineRecord> {
  const candidates = await work.store.machinesByEvidence(evidenceOf(claims))
  const verdict = judgeIdentity(
    claims,
    candidates.map(({ id, claims: known }) => ({ machineId: id, claims: known })),
  )
  if (verdict.kind === 'known') return work.machines.get(verdict.machineId)
  if ((await work.store.countMachinesPending()) >= pendingMachinesMaximum) {
    throw new AppError(
      'unavailable',
      `${pendingMachinesMaximum} machines wait for approval, approve or remove some`,
    )
  }
  const { policy } = domain
  const machine = newMachine(domain.random.uuid(), claims, nowMs)
  work.evidence.set(machine.id, evidenceOf(claims))
  if (verdict.kind === 'new') {
    const approvedBy = policy.kind === 'all' ? `policy ${policy.name}` : null
    const flags = approvedBy === null ? (['pending'] as const) : []
    return work.machines.insert({ ...machine, approvedBy, flags })
  }
  domain.log.warn('machine contradicts what is known', {
    machineId: machine.id,
    others: verdict.machineIds,
    reason: verdict.reason,
  })
  for (const id of verdict.machineIds) {
    const other = await work.machines.get(id)
    const reason = `machine '${machine.id}' appeared with a part of its identity`
    work.machines.update(withFlag(other, 'conflict', reason))
  }
  return work.machines.insert({
    ...machine,
    flags: ['conflict', 'pending'],
    reason: verdict.reason,
  })
}

/** A ticket correlates: it is noted when it fits, and its lack refuses nobody. */
async function useTicket(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  bootId: string,
  nowMs: number,
): Promise<void> {
  const ticket = await work.store.ticket(bootId)
  const isGood = ticket !== null && ticket.usedAtMs === null && ticket.expiresAtMs > nowMs
  if (!isGood || (ticket.machineId !== null && ticket.machineId !== machine.id)) {
    domain.log.warn('boot ticket does not fit', { machineId: machine.id, bootId })
    return
  }
  work.append({ kind: 'use-ticket', id: bootId, atMs: nowMs })
  work.append({
    kind: 'phase',
    machineId: machine.id,
    phase: 'script',
    atSeconds: null,
    atMs: ticket.createdAtMs,
  })
}

/** A machine of which nothing is known yet. */
export function newMachine(id: string, claims: Hello['claims'], nowMs: number): MachineRecord {
  return {
    id,
    generation: 1,
    state: 'enrolled',
    stateSinceMs: nowMs,
    flags: [],
    reason: null,
    eraseDue: null,
    name: null,
    labels: {},
    claims,
    createdAtMs: nowMs,
    approvedBy: null,
    sessionId: null,
    inspectionId: null,
    phase: null,
    lastSeenAtMs: null,
    goneSinceMs: null,
    address: null,
    shape: null,
    attributes: {},
    inventoryRevision: 0,
    allocationId: null,
    deploymentId: null,
    fencingToken: 0,
    epoch: 0,
    running: null,
    wakeAtMs: null,
  }
}
