import { AppError } from '../../../protocol/errors.ts'
import type { ExportFile, SlurmTopology } from '../../../protocol/exports.ts'
import { requireDifferentNames, shortName } from '../export-node.ts'
import type { ExportAllocation, ExportNode } from '../export-node.ts'
import { blocksOf, switchTree, type Switch } from '../topology.ts'
import { gresLines } from './gres.ts'
import { hostlist } from './hostlist.ts'
import { nodeLine } from './node-line.ts'

/**
 * An allocation as files of Slurm: `nodes.conf` to be included in slurm.conf, `topology.conf`, and
 * `gres.conf` where there are GPUs. Throws `conflict` where two machines have one name, or one has a
 * name that Slurm keeps for itself.
 */
export function slurmFiles(
  allocation: ExportAllocation,
  topology: SlurmTopology,
): readonly ExportFile[] {
  const { nodes } = allocation
  requireDifferentNames(nodes, shortName)
  refuseReserved(nodes)
  const gres = gresLines(nodes)
  const settings = [
    `TopologyPlugin=topology/${topology}`,
    'SelectType=select/cons_tres',
    ...(gres.length === 0 ? [] : ['GresTypes=gpu']),
  ]
  const about = `# Machines of allocation ${allocation.id}.`
  return [
    file('nodes.conf', [
      `${about} In slurm.conf: 'Include nodes.conf', and`,
      `# ${settings.join(', ')}`,
      ...nodes.map(nodeLine),
    ]),
    file('topology.conf', [about, ...(topology === 'tree' ? treeLines(nodes) : blockLines(nodes))]),
    ...(gres.length === 0 ? [] : [file('gres.conf', [about, ...gres])]),
  ]
}

/** Words that stand for all nodes, and for what lines do not say (slurm.conf(5)). */
const reserved: readonly string[] = ['all', 'default']

function refuseReserved(nodes: readonly ExportNode[]): void {
  const node = nodes.find((one) => reserved.includes(shortName(one)))
  if (node === undefined) return
  const name = shortName(node)
  const what = `machine '${node.machineId}' has the host name '${name}'`
  throw new AppError('conflict', `${what}, which is a word of Slurm: give it another name`)
}

function file(name: string, lines: readonly string[]): ExportFile {
  return { name, mediaType: 'text/plain; charset=utf-8', text: `${lines.join('\n')}\n` }
}

/** topology.conf(5) of topology/tree: leaves first. */
function treeLines(nodes: readonly ExportNode[]): readonly string[] {
  const lines: string[] = []
  const add = (node: Switch): void => {
    if (node.kind === 'leaf') {
      lines.push(`SwitchName=${node.name} Nodes=${hostlist(node.hosts)}`)
      return
    }
    for (const below of node.below) add(below)
    const below = node.below.map(({ name }) => name)
    lines.push(`SwitchName=${node.name} Switches=${below.join(',')}`)
  }
  for (const top of switchTree(nodes, shortName)) add(top)
  return ['# topology/tree. A switch alone-* holds a node of which no leaf is known.', ...lines]
}

/** topology.conf(5) of topology/block, Slurm 24.05 and later. */
function blockLines(nodes: readonly ExportNode[]): readonly string[] {
  const { source, blocks } = blocksOf(nodes, shortName)
  const smallest = Math.min(...blocks.map(({ hosts }) => hosts.length))
  return [
    `# topology/block by ${source}.`,
    ...blocks.map(({ name, hosts }) => `BlockName=${name} Nodes=${hostlist(hosts)}`),
    // Every block must hold at least the base size.
    ...(blocks.length === 0 ? [] : [`BlockSizes=${smallest}`]),
  ]
}
