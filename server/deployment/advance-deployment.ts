import assert from 'node:assert/strict'
import { diskDigest, evidenceDigest, planDigest, signCommit } from '../../protocol/deployment.ts'
import { limits } from '../../protocol/limits.ts'
import type { Domain } from '../domain.ts'
import { isApproved, stepMachine } from '../machines/machine-record.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { CommandRecord, DeploymentRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { beginAttempt } from './begin-attempt.ts'
import { endCommand, isEnded, stepCommand } from './command-record.ts'
import { nextStep } from './next-step.ts'
import type { DeploymentStep } from './next-step.ts'

/** Takes the next step of a deploying machine, if there is one to take. */
export async function advanceDeployment(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
): Promise<void> {
  if (machine.deploymentId === null) return
  const deployment = await work.deployments.get(machine.deploymentId)
  if (deployment.endedAtMs !== null) return
  const last = deployment.commandId === null ? null : await work.commands.get(deployment.commandId)
  const command = last === null || isEnded(last.state) ? null : last
  const agent = isApproved(machine) ? domain.live.ready(machine.id) : null
  const step = nextStep({
    nowMs: domain.clock.now(),
    deployment,
    command,
    sessionId: machine.sessionId,
    agent,
    goneSinceMs: machine.goneSinceMs,
    attemptsMaximum: limits.deploymentAttempts,
  })
  if (agent !== null) {
    dismissStranger(work, agent, command)
    work.after(() => {
      agent.resumed = null
    })
  }
  await take(domain, work, { machine, deployment, command, agent }, step)
}

interface Scene {
  readonly machine: MachineRecord
  readonly deployment: DeploymentRecord
  readonly command: CommandRecord | null
  readonly agent: LiveAgent | null
}

async function take(domain: Domain, work: Work, scene: Scene, step: DeploymentStep): Promise<void> {
  const { machine, deployment, command, agent } = scene
  switch (step.kind) {
    case 'wait':
      return
    case 'begin':
      assert(agent !== null, 'an attempt begins with an agent')
      return beginAttempt(domain, work, machine, deployment, agent)
    case 'give-up':
      return giveUp(domain, work, machine, deployment, step.reason)
    default: {
      assert(command !== null, `step '${step.kind}' is of a command`)
      return takeCommandStep(domain, work, machine, command, agent, step)
    }
  }
}

async function takeCommandStep(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  command: CommandRecord,
  agent: LiveAgent | null,
  step: Exclude<DeploymentStep, { kind: 'wait' | 'begin' | 'give-up' }>,
): Promise<void> {
  const { id: commandId, epoch, plan, commit } = command
  switch (step.kind) {
    case 'send-prepare':
      return work.after(() => agent?.send({ kind: 'prepare', commandId, epoch, plan }))
    case 'send-commit':
      assert(commit !== null, 'an authorized command has its commit')
      return work.after(() => agent?.send({ kind: 'commit', commit }))
    case 'send-continue':
      return work.after(() => agent?.send({ kind: 'continue', commandId }))
    case 'authorize':
      return authorize(domain, work, machine, command, agent)
    case 'drop':
    case 'lose': {
      const { reason } = step
      domain.log.warn('command ends without success', { commandId, kind: step.kind, reason })
      work.after(() => agent?.send({ kind: 'abort', commandId, reason }))
      const action = step.kind === 'drop' ? 'abort' : 'lose'
      await endCommand(work, command, action, reason, domain.clock.now())
      return work.after(() => domain.poke(machine.id))
    }
  }
}

/**
 * The one place where a write is allowed. Checks the evidence against the plan, the machine's epoch
 * against the command's and the disk against whom it belongs to; then authorization, tenancy and
 * the signed commit become durable together, and only after that the commit leaves (P1, P2, P4).
 */
async function authorize(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  command: CommandRecord,
  agent: LiveAgent | null,
): Promise<void> {
  const nowMs = domain.clock.now()
  const { evidence, plan } = command
  assert(evidence !== null, 'a prepared command has its evidence')
  const owner = await work.store.tenancy(command.diskDigest)
  const refusal = refusalOf(machine, command, owner?.allocationId ?? null)
  if (refusal !== null) {
    domain.log.error('command refused', { commandId: command.id, refusal })
    work.after(() => agent?.send({ kind: 'abort', commandId: command.id, reason: refusal }))
    await endCommand(work, command, 'abort', refusal, nowMs)
    return work.after(() => domain.poke(machine.id))
  }
  const commit = signCommit(domain.commandKey, {
    machineId: machine.id,
    sessionId: command.sessionId,
    epoch: command.epoch,
    commandId: command.id,
    diskDigest: diskDigest(plan.disk),
    planDigest: planDigest(plan),
    evidenceDigest: evidenceDigest(evidence),
    notAfter: nowMs + limits.commitSeconds * 1000,
  })
  if (owner === null) {
    const { diskDigest, allocationId, machineId } = command
    const tenancy = { diskDigest, allocationId, machineId, grantedAtMs: nowMs }
    work.append({ kind: 'grant-disk', tenancy })
  }
  const authorized = work.commands.update(stepCommand(command, 'authorize', nowMs, { commit }))
  const deployment = await work.deployments.get(command.deploymentId)
  work.deployments.update({ ...deployment, state: authorized.state })
  work.after(() => agent?.send({ kind: 'commit', commit }))
}

function refusalOf(
  machine: MachineRecord,
  { evidence, diskDigest, planDigest, epoch, allocationId }: CommandRecord,
  owner: string | null,
): string | null {
  if (evidence?.diskDigest !== diskDigest)
    return 'the agent prepared another disk than the plan names'
  if (evidence.planDigest !== planDigest) return 'the agent prepared another plan'
  if (machine.epoch !== epoch)
    return `epoch ${epoch} has passed, the machine is at ${machine.epoch}`
  if (machine.allocationId !== allocationId)
    return 'the machine is no longer held by this allocation'
  if (owner !== null && owner !== allocationId) return `the disk belongs to allocation '${owner}'`
  return null
}

/** A command the agent speaks of and nobody wants any more. */
function dismissStranger(work: Work, agent: LiveAgent, command: CommandRecord | null): void {
  const said = agent.resumed?.command ?? null
  if (said === null || said.commandId === command?.id) return
  if (said.phase === 'done' || said.phase === 'failed') return
  const { commandId } = said
  work.after(() => agent.send({ kind: 'abort', commandId, reason: 'nobody wants it any more' }))
}

function giveUp(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  deployment: DeploymentRecord,
  reason: string,
): void {
  const nowMs = domain.clock.now()
  domain.log.error('deployment given up', { machineId: machine.id, reason })
  work.deployments.update({ ...deployment, state: 'failed', error: reason, endedAtMs: nowMs })
  work.machines.update(stepMachine(machine, 'fail', nowMs, reason))
}
