import { canonicalJson } from '../../protocol/canonical.ts'
import { AppError } from '../../protocol/errors.ts'
import { factClasses } from '../../protocol/facts/classes.ts'
import type { ImportProblem, ProblemPolicy } from '../../protocol/imports.ts'
import type { Domain } from '../domain.ts'
import { newMachine } from '../sessions/enrol.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import type { Described } from './describe-machine.ts'
import { foreignProblem } from './read-import.ts'

/** What became of some machines of a file. */
export interface Taken {
  readonly taken: readonly Described[]
  /** Machines that came to be an agent's since the file was checked: left out. */
  readonly foreign: readonly ImportProblem[]
  readonly added: number
  readonly changed: number
  readonly unchanged: number
}

/**
 * Puts machines of a file beside those of the server, as one decision. With `stop` one that an agent
 * reported refuses all of them.
 */
export async function takeMachines(
  domain: Domain,
  work: Work,
  described: readonly Described[],
  { dryRun, onProblem }: { readonly dryRun: boolean; readonly onProblem: ProblemPolicy },
): Promise<Taken> {
  const counts = { added: 0, changed: 0, unchanged: 0 }
  const named = await work.store.machinesNamed(described.map(({ name }) => name))
  const known = new Map(named.map((record) => [record.name ?? '', record]))
  const foreignOnes = new Set(named.filter(isForeign).map(({ name }) => name))
  const foreign = described
    .filter(({ name }) => foreignOnes.has(name))
    .map(({ line, name }) => foreignProblem(line, name))
  const [first] = foreign
  if (first !== undefined && onProblem === 'stop') {
    throw new AppError('conflict', `line ${first.line}: ${first.message}`)
  }
  const taken = described.filter(({ name }) => !foreignOnes.has(name))
  for (const item of taken) {
    const before = known.get(item.name) ?? null
    const change = before === null ? 'added' : await changeOf(work, before, item)
    counts[change] += 1
    if (change !== 'unchanged' && !dryRun) await put(domain, work, before, item)
  }
  return { taken, foreign, ...counts }
}

function isForeign({ flags }: MachineRecord): boolean {
  return !flags.includes('imported')
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
