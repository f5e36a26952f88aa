import type { FactsOf } from '../../../protocol/facts/inventory.ts'
import { shortName, type ExportNode } from '../export-node.ts'
import { gresOf, gresText } from './gres.ts'
import { slurmWord } from './words.ts'

/** The `NodeName=` line of a machine, slurm.conf(5). What is not known of it is not there. */
export function nodeLine(node: ExportNode): string {
  const { cpu, memory } = node.inventory
  const fields = [
    `NodeName=${shortName(node)}`,
    ...optional('NodeHostname', otherSpelling(node)),
    ...(cpu === null ? [] : processorFields(cpu)),
    ...(memory === null || memory.sizeBytes === null
      ? []
      : [`RealMemory=${Math.floor(memory.sizeBytes / mib)}`]),
    ...optional('Gres', gresText(gresOf(node))),
    ...optional('Feature', featuresOf(node).join(',')),
    'State=UNKNOWN',
  ]
  return fields.join(' ')
}

/** slurmd finds its line by what `hostname -s` says, letter by letter. */
function otherSpelling(node: ExportNode): string | null {
  const told = node.toldHost?.split('.')[0] ?? null
  return told === shortName(node) ? null : told
}

const mib = 1024 * 1024

function optional(name: string, value: string | null): readonly string[] {
  return value === null || value === '' ? [] : [`${name}=${value}`]
}

/**
 * Sockets, cores and threads where they are the same everywhere: Slurm multiplies them and takes a
 * node whose product is not its CPUs for broken. Otherwise the CPUs alone.
 */
function processorFields(cpu: FactsOf<'cpu'>): readonly string[] {
  const { packageCount, coreCount, threadCount } = cpu
  if (threadCount < 1) return []
  const cpus = `CPUs=${threadCount}`
  if (!isUniform(cpu)) return [cpus]
  return [
    cpus,
    'Boards=1',
    `Sockets=${packageCount}`,
    `CoresPerSocket=${coreCount / packageCount}`,
    `ThreadsPerCore=${threadCount / coreCount}`,
  ]
}

function isUniform({ packageCount, coreCount, threadCount, packages }: FactsOf<'cpu'>): boolean {
  const isWhole = packageCount > 0 && coreCount > 0 && coreCount % packageCount === 0
  if (!isWhole || threadCount % coreCount !== 0) return false
  return packages.every(
    (one) =>
      one.coreCount === coreCount / packageCount && one.threadCount === threadCount / packageCount,
  )
}

/** What jobs may ask for with `--constraint`, sorted. */
export function featuresOf({ inventory, labels, role }: ExportNode): readonly string[] {
  const { cpu, gpu, nic, storage } = inventory
  const level = cpu?.x86Level ?? null
  const models = new Set(cpu?.packages.map(({ model }) => model ?? '') ?? [])
  const gpus = gpu?.gpus.filter(({ kind }) => kind !== 'console') ?? []
  const features = [
    cpu?.architecture ?? '',
    ...(level === null ? [] : [`x86-64-v${level}`]),
    ...[...models].map((model) => (model === '' ? '' : `cpu_${model}`)),
    ...(gpus.length === 0 ? [] : ['gpu']),
    ...(nic?.interfaces.some(({ linkType }) => linkType === 'infiniband') === true
      ? ['infiniband']
      : []),
    ...(storage?.disks.some(({ transport }) => transport === 'nvme') === true ? ['nvme'] : []),
    `role_${role}`,
    ...Object.entries(labels).map(([key, value]) => (value === '' ? '' : `${key}_${value}`)),
  ]
  return [...new Set(features.map(slurmWord).filter((word) => word !== ''))].toSorted()
}
