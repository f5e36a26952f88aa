import { timingSafeEqual } from 'node:crypto'
import type { ImageReport } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import { woken } from '../machines/machine-record.ts'
import type { Work } from '../store/work.ts'
import { hashReportToken } from './begin-attempt.ts'

/**
 * A written system says that it runs. Its token was made for this attempt, travelled in the seed and
 * works once; every refusal looks the same from outside.
 */
export async function noteRunning(domain: Domain, work: Work, report: ImageReport): Promise<void> {
  const machine = await work.machines.find(report.machineId)
  const deploymentId = machine?.deploymentId ?? null
  const deployment = deploymentId === null ? null : await work.deployments.get(deploymentId)
  if (
    machine === null ||
    deployment === null ||
    !isToken(report.token, deployment.reportTokenHash)
  ) {
    throw new AppError('forbidden', 'report token is not that of a deployment that waits for one')
  }
  if (deployment.state !== 'done') {
    throw new AppError('conflict', `deployment is '${deployment.state}', a report follows 'done'`)
  }
  const nowMs = domain.clock.now()
  const { hostname, kernel, bootMode, uptimeSeconds } = report
  const running = { hostname, kernel, bootMode, uptimeSeconds, reportedAtMs: nowMs }
  work.deployments.update({
    ...deployment,
    state: 'running',
    reportTokenHash: null,
    error: null,
    endedAtMs: nowMs,
  })
  work.machines.update(woken({ ...machine, running, reason: null }, nowMs))
  const phase = { phase: 'running', atSeconds: uptimeSeconds, atMs: nowMs }
  work.append({ kind: 'phase', machineId: machine.id, ...phase })
}

function isToken(token: string, hash: string | null): boolean {
  if (hash === null) return false
  return timingSafeEqual(Buffer.from(hashReportToken(token), 'hex'), Buffer.from(hash, 'hex'))
}
