import type { FactsOf } from '../../../protocol/facts/inventory.ts'
import { shortName, type ExportNode } from '../export-node.ts'
import { hostlist } from './hostlist.ts'
import { slurmWord } from './words.ts'

type Gpu = FactsOf<'gpu'>['gpus'][number]

/** GPUs of one type in one machine. */
export interface Gres {
  /** As Slurm's NVML plugin spells it: the product name in lower case with `_` for spaces. */
  readonly type: string
  readonly count: number
  /** Their device nodes; null where the driver does not tell them. */
  readonly files: readonly string[] | null
}

/** The GPUs of a machine by type; empty where it has none or none are known. */
export function gresOf({ inventory }: ExportNode): readonly Gres[] {
  const gpus = inventory.gpu?.gpus.filter(({ kind }) => kind !== 'console') ?? []
  return [...Map.groupBy(gpus, typeOf)].map(([type, same]) => ({
    type,
    count: same.length,
    files: filesOf(same),
  }))
}

/** `gpu:nvidia_h100_80gb_hbm3:8`; null without GPUs. */
export function gresText(gres: readonly Gres[]): string | null {
  if (gres.length === 0) return null
  return gres.map(({ type, count }) => `gpu:${type}:${count}`).join(',')
}

/** gres.conf(5): which devices they are, hosts that are alike on one line. */
export function gresLines(nodes: readonly ExportNode[]): readonly string[] {
  const hostsByLine = new Map<string, string[]>()
  for (const node of nodes) {
    for (const { type, count, files } of gresOf(node)) {
      const devices = files === null ? `Count=${count}` : `File=${hostlist(files)}`
      const line = `Name=gpu Type=${type} ${devices}`
      hostsByLine.set(line, [...(hostsByLine.get(line) ?? []), shortName(node)])
    }
  }
  return [...hostsByLine].map(([line, hosts]) => `NodeName=${hostlist(hosts)} ${line}`)
}

function typeOf({ management, model, vendorId, deviceId }: Gpu): string {
  const word = slurmWord(management?.name ?? model ?? '')
  return word === '' ? `pci_${vendorId}_${deviceId}` : word
}

/** NVIDIA's driver tells the minor number of each; a list with a gap would bind the wrong ones. */
function filesOf(gpus: readonly Gpu[]): readonly string[] | null {
  const minors = gpus.map(({ management }) => management?.minorNumber ?? null)
  const told = new Set(minors.filter((minor) => minor !== null))
  return told.size === gpus.length ? [...told].map((minor) => `/dev/nvidia${minor}`) : null
}
