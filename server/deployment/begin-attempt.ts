import { createHash } from 'node:crypto'
import { AppError } from '../../protocol/errors.ts'
import { diskDigest, planDigest } from '../../protocol/deployment.ts'
import type { DeployPlan } from '../../protocol/deployment.ts'
import type { Domain } from '../domain.ts'
import type { CatalogImage } from '../service-deps.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { CommandRecord, DeploymentRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { chooseTarget } from './target-disk.ts'

/**
 * Starts an attempt: chooses the disk, writes the plan, raises the machine's epoch so that every
 * older command is dead, and asks the agent to look (prepare reads only).
 */
export async function beginAttempt(
  domain: Domain,
  work: Work,
  machine: MachineRecord,
  deployment: DeploymentRecord,
  agent: LiveAgent,
): Promise<void> {
  const nowMs = domain.clock.now()
  const failed = (error: string) => {
    domain.log.error('deployment attempt failed', { machineId: machine.id, error })
    const attempt = deployment.attempt + 1
    const notBeforeMs = nowMs + attempt * 2000
    work.deployments.update({ ...deployment, attempt, error, notBeforeMs })
  }
  const image = await findImage(domain, deployment)
  if (typeof image === 'string') return failed(image)
  const inventory =
    machine.inspectionId === null ? null : await work.store.inventory(machine.inspectionId)
  const bootMode = inventory?.firmware?.bootMode ?? null
  if (bootMode !== null && !image.bootModes.includes(bootMode)) {
    return failed(`the machine boots by ${bootMode}, the image by ${image.bootModes.join(', ')}`)
  }
  const target = chooseTarget(inventory?.storage ?? null, image)
  if (target.kind === 'none') return failed(target.reason)
  domain.log.info('target disk chosen', {
    machineId: machine.id,
    disk: target.text,
    rule: target.rule,
  })
  const reportToken = Buffer.from(domain.random.bytes(32)).toString('hex')
  const plan: DeployPlan = {
    image: {
      name: image.name,
      version: image.version,
      indexDigest: image.indexDigest,
      indexUrl: domain.urls.imageIndex(image),
      blobUrl: domain.urls.imageBlob(image),
    },
    disk: target.identity,
    seed: { files: seedFiles(machine, domain.urls.report(), reportToken) },
  }
  const epoch = machine.epoch + 1
  const command: CommandRecord = {
    id: domain.random.uuid(),
    generation: 1,
    machineId: machine.id,
    deploymentId: deployment.id,
    allocationId: deployment.allocationId,
    sessionId: agent.sessionId,
    epoch,
    state: 'preparing',
    plan,
    diskDigest: diskDigest(plan.disk),
    planDigest: planDigest(plan),
    evidence: null,
    commit: null,
    error: null,
    createdAtMs: nowMs,
    touchedAtMs: nowMs,
    endedAtMs: null,
  }
  work.commands.insert(command)
  work.machines.update({ ...machine, epoch })
  work.deployments.update({
    ...deployment,
    state: 'preparing',
    attempt: deployment.attempt + 1,
    commandId: command.id,
    disk: target.text,
    reportTokenHash: hashReportToken(reportToken),
  })
  const line = {
    level: 'info' as const,
    text: `disk chosen: ${target.text}; ${target.rule}`,
    atMs: nowMs,
  }
  work.append({ kind: 'log', machineId: machine.id, line })
  work.after(() => agent.send({ kind: 'prepare', commandId: command.id, epoch, plan }))
}

/** SHA-256 of a report token: all that is kept of it. */
export function hashReportToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** NoCloud seed (cloud-init): `meta-data` is YAML, `user-data` starts with its format. */
function seedFiles(machine: MachineRecord, reportUrl: string, token: string) {
  const hostname = hostnameOf(machine)
  const metaData = [
    `instance-id: ${machine.id}`,
    `local-hostname: ${hostname}`,
    `assay-report-url: ${reportUrl}`,
    `assay-report-token: ${token}`,
    '',
  ].join('\n')
  return { 'meta-data': metaData, 'user-data': '#cloud-config\n{}\n' }
}

/** A host name (RFC 1123) of the machine's name, else of its id. */
export function hostnameOf({ id, name }: MachineRecord): string {
  const label = (name ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return label === '' ? `assay-${id.slice(-12)}` : label.slice(0, 63).replaceAll(/-+$/g, '')
}

/** The image, or why it cannot be had: the client's mistake costs the attempt, nothing else. */
async function findImage(
  domain: Domain,
  { image }: DeploymentRecord,
): Promise<CatalogImage | string> {
  try {
    return await domain.images.resolve(`${image.name}@${image.version}`)
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
