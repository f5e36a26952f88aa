import { canonicalJson } from '../../protocol/canonical.ts'
import { factClasses } from '../../protocol/facts/classes.ts'
import type { ImportProblem, ProblemPolicy } from '../../protocol/imports.ts'
import type { Domain } from '../domain.ts'
import { newMachine } from '../sessions/enrol.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import type { Described } from './describe-machine.ts'
import { refusal } from './read-import.ts'

/** What became of the machines of a file. */
export interface Taken {
  readonly taken: readonly Described[]
  /** Machines that an agent reported: left out. */
  readonly foreign: readonly Described[]
  readonly added: number
  readonly changed: number
  readonly unchanged: number
}

/**
 * Puts the machines of a file beside those of the server, as one decision. With `stop` a machine that
 * an agent reported refuses all of them.
 */
export async function takeMachines(
  domain: Domain,
  work: Work,
  described: readonly Described[],
  { dryRun, onProblem }: { readonly dryRun: boolean; readonly onProblem: ProblemPolicy },
): Promise<Taken> {
  const counts = { added: 0, changed: 0, unchanged: 0 }
  const present = new Map(
    (await work.store.machines()).flatMap((record) =>
      record.name === null ? [] : [[record.name, record] as const],
    ),
  )
  const [foreign = [], taken = []] = partition(described, ({ name }) => {
    const record = present.get(name)
    return record !== undefined && !record.flags.includes('imported')
  })
  if (foreign.length > 0 && onProblem === 'stop') throw refusal(foreign.map(foreignProblem))
  for (const item of taken) {
    const before = present.get(item.name) ?? null
    const change = before === null ? 'added' : await changeOf(work, before, item)
    counts[change] += 1
    if (change !== 'unchanged' && !dryRun) await put(domain, work, before, item)
  }
  return { taken, foreign, ...counts }
}

function partition<T>(items: readonly T[], goesFirst: (item: T) => boolean): readonly T[][] {
  return [items.filter(goesFirst), items.filter((item) => !goesFirst(item))]
}

/** Why a machine of the file is not taken. */
export function foreignProblem({ line, name }: Described): ImportProblem {
  const message = `'${name}' is a machine that an agent reported, not an imported one`
  return { line, message }
}

async function changeOf(
  work: Work,
  before: MachineRecord,
  { labels, attributes, facts }: Described,
): Promise<'changed' | 'unchanged'> {
  const { inspectionId } = before
  const isShownSame =
    canonicalJson(before.labels) === canonicalJson(labels) &&
    JSON.stringify(before.attributes) === JSON.stringify(attributes) &&
    (inspectionId === null) === (facts === null)
  if (!isShownSame) return 'changed'
  if (inspectionId === null || facts === null) return 'unchanged'
  const kept = await work.store.inventory(inspectionId)
  return JSON.stringify(kept) === JSON.stringify(facts.inventory) ? 'unchanged' : 'changed'
}

/** The inspection of an imported machine was made in no session of this server. */
const noSession = 'imported'

async function put(
  domain: Domain,
  work: Work,
  before: MachineRecord | null,
  { name, labels, attributes, shape, facts }: Described,
): Promise<void> {
  const nowMs = domain.clock.now()
  const inspectionId = facts === null ? null : domain.random.uuid()
  const told = { name, labels, attributes, shape, inspectionId }
  const { id: machineId } =
    before === null
      ? work.machines.insert({
          // No evidence: a machine that boots one day proves itself, and is not taken for this one.
          ...newMachine(domain.random.uuid(), noClaims, nowMs),
          ...told,
          inventoryRevision: 1,
          flags: ['imported'],
          reason: 'told of by a file, not by an agent',
        })
      : work.machines.update({
          ...(await work.machines.get(before.id)),
          ...told,
          inventoryRevision: before.inventoryRevision + 1,
        })
  if (facts === null || inspectionId === null) return
  const { inventory, findings, results } = facts
  const classes = factClasses.filter((name) => inventory[name] !== null)
  work.inspections.insert({
    id: inspectionId,
    generation: 1,
    machineId,
    sessionId: noSession,
    step: 'ended',
    classes,
    findingCount: findings.length,
    ordersSent: 0,
    startedAtMs: nowMs,
    endedAtMs: nowMs,
  })
  for (const name of classes) {
    const told = inventory[name]
    work.append({ kind: 'facts', inspectionId, class: name, facts: told, elapsedSeconds: 0 })
  }
  for (const finding of findings) work.append({ kind: 'finding', inspectionId, finding })
  for (const result of results) work.append({ kind: 'result', inspectionId, result })
}

const noClaims = { smbiosUuid: null, systemSerial: null, baseboardSerial: null, macs: [] }
