import type { ExportFile } from '../../../protocol/exports.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'
import { requireDifferentNames } from '../export-node.ts'
import type { ExportAllocation, ExportNode } from '../export-node.ts'
import { nvLinkDomainOf } from '../topology.ts'
import { yamlDocument } from '../yaml.ts'
import { domain, labelName, labelValue } from './words.ts'

/**
 * The nodes of an allocation with labels of their hardware and place, as one manifest a node for
 * `kubectl apply --server-side`. Kubelets own other labels of their nodes; these stay theirs.
 */
export function labelFiles(allocation: ExportAllocation): readonly ExportFile[] {
  const { nodes } = allocation
  requireDifferentNames(nodes, ({ host }) => host)
  const documents = nodes.map((node) =>
    yamlDocument({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node.host, labels: nodeLabels(allocation, node) },
    }),
  )
  const about = `# Machines of allocation ${allocation.id}.\n`
  const text = about + documents.join('---\n')
  return [{ name: 'node-labels.yaml', mediaType: 'application/yaml', text }]
}

/** Labels by name, sorted. What is not known has none. */
export function nodeLabels(
  { id, owner }: Pick<ExportAllocation, 'id' | 'owner'>,
  node: ExportNode,
): Readonly<Record<string, string>> {
  const { inventory, labels, machineId, role, shape } = node
  const stated: Readonly<Record<string, string | number | undefined>> = {
    'kubernetes.io/arch': architectures[inventory.cpu?.architecture ?? ''],
    'node.kubernetes.io/instance-type': shape === null ? undefined : `shape-${shape}`,
    'topology.kubernetes.io/region': labels['site'],
    'topology.kubernetes.io/zone': labels['room'],
    [`${domain}/allocation`]: id,
    [`${domain}/owner`]: owner,
    [`${domain}/machine`]: machineId,
    [`${domain}/role`]: role,
    [`${domain}/nvlink-domain`]: nvLinkDomainOf(node) ?? undefined,
    [`${domain}/leaves`]: leavesOf(node),
    ...hardwareLabels(inventory),
    ...Object.fromEntries(
      Object.entries(labels)
        .toSorted(([a], [b]) => (a < b ? 1 : -1))
        .map(([key, value]) => [`label.${domain}/${labelName(key)}`, value]),
    ),
  }
  const named: Record<string, string> = {}
  for (const [name, value] of Object.entries(stated).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const text = value === undefined ? null : labelValue(String(value))
    if (text !== null) named[name] = text
  }
  return named
}

/** Go's names of the kernel's architectures. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
}

function leavesOf({ leaves }: ExportNode): string | undefined {
  return leaves?.join('_')
}

function hardwareLabels({ system, cpu, memory, gpu, nic, storage }: Inventory) {
  const gpus = gpu?.gpus.filter(({ kind }) => kind !== 'console') ?? null
  const speeds =
    nic?.interfaces.flatMap(({ linkSpeedBitsPerSecond: speed }) =>
      speed === null ? [] : [speed],
    ) ?? []
  return {
    [`${domain}/system.product`]: system?.product ?? undefined,
    [`${domain}/cpu.model`]: sameOf(cpu?.packages.map(({ model }) => model)),
    [`${domain}/cpu.cores`]: cpu?.coreCount,
    [`${domain}/cpu.threads`]: cpu?.threadCount,
    [`${domain}/cpu.x86-level`]: cpu?.x86Level ?? undefined,
    // Whole MiB, so that `Gt` and `Lt` of a node selector can compare it.
    [`${domain}/memory.mib`]:
      memory === null || memory.sizeBytes === null
        ? undefined
        : Math.floor(memory.sizeBytes / (1024 * 1024)),
    [`${domain}/gpu.count`]: gpus?.length,
    [`${domain}/gpu.model`]: sameOf(
      gpus?.map(({ management, model }) => management?.name ?? model),
    ),
    [`${domain}/nvme.count`]: storage?.disks.filter(({ transport }) => transport === 'nvme').length,
    [`${domain}/nic.speed-max-gbit`]:
      speeds.length === 0 ? undefined : Math.floor(Math.max(...speeds) / 1e9),
  }
}

/** The one value that all have; undefined where they differ, or one is not known. */
function sameOf(values: readonly (string | null)[] | undefined): string | undefined {
  const [value, ...others] = new Set(values)
  return others.length > 0 ? undefined : (value ?? undefined)
}
