import { flatten, presentAttributes } from '../../protocol/attributes.ts'
import type { BenchmarkResult } from '../../protocol/benchmarks.ts'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { factClasses } from '../../protocol/facts/classes.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import type { FactClass } from '../../protocol/facts/classes.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import { limits } from '../../protocol/limits.ts'
import type { Report } from '../../protocol/messages.ts'
import { noteCommandReport } from '../deployment/command-reports.ts'
import type { Domain } from '../domain.ts'
import { shapeOf } from '../inventory/shape.ts'
import { attributeSources, type InventoryNews } from '../machines/attribute-sources.ts'
import { inspectionOf, notePhase } from '../machines/inspection.ts'
import type { InspectionRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import type { Received } from './inbox.ts'
import type { LiveAgent } from './live-agents.ts'

/**
 * Applies reports of a session in their order and moves its acknowledged seq, as one decision.
 * Throws `conflict` for a session that a newer boot has ended: nothing of it counts any more.
 */
export async function applyReports(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  reports: readonly Received[],
): Promise<void> {
  const session = await work.sessions.get(agent.sessionId)
  if (session.supersededAtMs !== null) {
    throw new AppError('conflict', 'a newer boot of this machine has taken its place')
  }
  const news = new BatchNews()
  for (const report of reports) await applyReport(domain, work, agent, report, news)
  if (news.any) await refreshAttributes(work, agent.machineId, news)
  work.sessions.update({ ...session, ackedSeq: reports.at(-1)?.seq ?? session.ackedSeq })
}

/** What a batch of reports tells anew. */
class BatchNews implements InventoryNews {
  facts: Partial<Inventory> = {}
  readonly results: BenchmarkResult[] = []
  readonly findings: Finding[] = []

  get any(): boolean {
    return [this.results, this.findings, Object.keys(this.facts)].some((told) => told.length > 0)
  }
}

async function applyReport(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  report: Received,
  news: BatchNews,
): Promise<void> {
  const { machineId, sessionId } = agent
  switch (report.kind) {
    case 'unknown':
      domain.log.warn('agent sent a report of an unknown kind', { machineId, name: report.name })
      return
    case 'facts':
      return applyFacts(domain, work, agent, report, news)
    case 'finding':
      return addFinding(work, await inspection(domain, work, agent), report.finding, news)
    case 'result': {
      const { id } = await inspection(domain, work, agent)
      work.append({ kind: 'result', inspectionId: id, result: report.result })
      news.results.push(report.result)
      return
    }
    case 'phase': {
      const { phase, atSeconds } = report
      work.append({ kind: 'phase', machineId, phase, atSeconds, atMs: domain.clock.now() })
      if (phase === 'idle') work.after(() => setActivity(domain, agent, null))
      return notePhase(domain, work, machineId, sessionId, phase)
    }
    case 'log': {
      const { level, text, atMs } = report
      work.append({ kind: 'log', machineId, line: { level, text, atMs } })
      return
    }
    case 'sample': {
      const { method, component, value, unit } = report.sample
      work.after(() =>
        setActivity(domain, agent, { kind: 'benchmark', method, component, value, unit }),
      )
      return
    }
    case 'progress': {
      const { commandId, progress } = report
      work.after(() => {
        agent.progressAtMs = domain.clock.now()
        setActivity(domain, agent, { kind: 'write', commandId, progress })
      })
      return
    }
    case 'prepared':
    case 'started':
    case 'verified':
    case 'done':
    case 'failed':
      return noteCommandReport(domain, work, agent, report)
  }
}

async function inspection(
  domain: Domain,
  work: Work,
  { machineId, sessionId }: LiveAgent,
): Promise<InspectionRecord> {
  return inspectionOf(domain, work, await work.machines.get(machineId), sessionId)
}

async function applyFacts(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  report: Extract<Report, { kind: 'facts' }>,
  news: BatchNews,
): Promise<void> {
  const current = await inspection(domain, work, agent)
  const classes = [...new Set([...current.classes, report.class])]
  const noted = work.inspections.update({ ...current, classes })
  const { elapsedSeconds } = report
  const name: FactClass = report.class
  const facts = readFacts(name, report.facts)
  if (facts instanceof DecodeError) {
    const message = facts.message.slice(0, 1024)
    addFinding(
      work,
      noted,
      { code: 'facts.malformed', severity: 'error', subject: name, message },
      news,
    )
    return
  }
  work.append({ kind: 'facts', inspectionId: noted.id, class: name, facts, elapsedSeconds })
  news.facts = { ...news.facts, [name]: facts }
  // What is told later, as neighbours are, is an update of an inspection and no discovery.
  if (current.step !== 'discovering') return
  work.after(() =>
    setActivity(domain, agent, {
      kind: 'discovery',
      classesDone: classes.length,
      classesTotal: factClasses.length,
    }),
  )
}

/** Facts in their schema, or what is wrong with them: that costs the facts, not the session. */
function readFacts(name: FactClass, value: unknown) {
  try {
    return parseFacts(name, value)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

function addFinding(
  work: Work,
  current: InspectionRecord,
  finding: Finding,
  news: BatchNews,
): void {
  const { findingCount, id } = current
  if (findingCount > limits.findingsPerInspection) return
  work.inspections.update({ ...current, findingCount: findingCount + 1 })
  const isLast = findingCount === limits.findingsPerInspection
  const kept: Finding = isLast
    ? {
        code: 'findings.dropped',
        severity: 'warning',
        subject: 'agent',
        message: `More than ${limits.findingsPerInspection} findings: the rest is not kept`,
      }
    : finding
  work.append({ kind: 'finding', inspectionId: id, finding: kept })
  news.findings.push(kept)
}

async function refreshAttributes(work: Work, machineId: string, news: BatchNews): Promise<void> {
  const machine = await work.machines.get(machineId)
  if (machine.inspectionId === null) return
  const sources = await attributeSources(work.store, machine, news)
  work.machines.update({
    ...machine,
    attributes: presentAttributes(flatten(sources)),
    shape: shapeOf(sources.inventory),
    inventoryRevision: machine.inventoryRevision + 1,
  })
}

function setActivity(domain: Domain, agent: LiveAgent, activity: LiveAgent['activity']): void {
  agent.activity = activity
  publishActivity(domain, agent)
}

/** Tells watchers what an agent does right now. */
export function publishActivity(domain: Domain, agent: LiveAgent): void {
  const { machineId, activity, telemetry } = agent
  domain.bus.publish({
    kind: 'activity',
    seq: null,
    atMs: domain.clock.now(),
    machineId,
    activity,
    telemetry,
  })
}
