import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { decodeAmdgpuFirmware } from '../../agent/discovery/decode/gpu/amdgpu-firmware.ts'
import { decodeKfdNode } from '../../agent/discovery/decode/gpu/kfd.ts'
import type { KfdNode } from '../../protocol/facts/kfd.ts'
import { corpusJson, corpusPath, unpacked } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { linkProperty, memoryProperty, nodeProperty } from './rocm-kfd/properties.ts'

const folder = 'rocm-kfd'
const archives = ['topo-mi210-xgmi-pcie.tar.xz', 'topology-parsing.tar.xz']

/** What ROCm's device plugin asserts of its recordings, and every property the kernel wrote. */
export const rocmKfdScorer: Scorer = {
  source: 'rocm-kfd',
  peer: 'KFD topology, k8s-device-plugin',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    await using trees = await unpacked(folder, archives)
    const expected = expectedFacts.parse(await corpusJson(folder, 'expected-facts.json'))
    const found = await readdir(trees.root, { recursive: true })
    const roots = found.filter((path) => path.endsWith('/nodes')).toSorted()
    for (const root of roots) {
      const machine = root.split('/').find((part) => part.startsWith('topo')) ?? root
      const nodes = await nodesOf(join(trees.root, root))
      for (const read of nodes) compareNode(machine, read, comparisons, uncovered)
      if (machine === 'topology-parsing') {
        assertFacts(
          machine,
          nodes.map(({ node }) => node),
          expected,
          comparisons,
        )
      }
    }
    await compareFirmware(expected, comparisons)
    return { machineCount: roots.length + 1, comparisons, uncovered }
  },
}

const numbers = z.record(z.string(), z.number())
const expectedFacts = z.object({
  'topology-parsing': z.object({
    gpu_count: z.number(),
    'nodes/1/mem_banks/0/properties': numbers,
    'nodes/2/properties': numbers,
  }),
  amdgpu_firmware_info: z.object({ feature: numbers, firmware: z.record(z.string(), z.string()) }),
})
type Expected = z.infer<typeof expectedFacts>

interface ReadNode {
  readonly node: KfdNode
  readonly properties: string
  readonly memoryBanks: readonly string[]
  readonly links: readonly string[]
  readonly peerLinks: readonly string[]
}

async function nodesOf(root: string): Promise<readonly ReadNode[]> {
  const ids = (await readdir(root)).map(Number).toSorted((a, b) => a - b)
  return Promise.all(
    ids.map(async (id) => {
      const at = join(root, String(id))
      const [memoryBanks, caches, links, peerLinks] = await Promise.all(
        ['mem_banks', 'caches', 'io_links', 'p2p_links'].map((kind) => texts(join(at, kind))),
      )
      const files = {
        id,
        properties: await readFile(join(at, 'properties'), 'utf8'),
        gpuId: await readFile(join(at, 'gpu_id'), 'utf8').catch(() => null),
        name: await readFile(join(at, 'name'), 'utf8').catch(() => null),
        memoryBanks: memoryBanks ?? [],
        caches: caches ?? [],
        links: links ?? [],
        peerLinks: peerLinks ?? [],
      }
      return { ...files, node: decodeKfdNode(files) }
    }),
  )
}

async function texts(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const sorted = names.toSorted((a, b) => Number(a) - Number(b))
  return Promise.all(sorted.map((name) => readFile(join(folder, name, 'properties'), 'utf8')))
}

function compareNode(
  tree: string,
  { node, properties, memoryBanks, links, peerLinks }: ReadNode,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const machine = `${tree} node ${node.id}`
  const compare = (
    place: string,
    text: string,
    print: (name: string) => string | null | undefined,
  ) => {
    for (const [, name = '', theirs = ''] of text.matchAll(/^(\w+) (\d+)$/gm)) {
      const ours = print(name)
      if (ours === undefined) uncovered.push(`${machine}: ${place}${name}`)
      else comparisons.push({ machine, field: `${place}${name}`, ours, theirs })
    }
  }
  compare('', properties, (name) => nodeProperty(node, name))
  for (const [index, text] of memoryBanks.entries()) {
    compare(`mem_banks.`, text, (name) => memoryProperty(node.memoryBanks[index], name))
  }
  const both = [
    { peer: false, files: links },
    { peer: true, files: peerLinks },
  ]
  for (const { peer, files } of both) {
    for (const text of files) {
      const to = Number(/^node_to (\d+)$/m.exec(text)?.[1])
      const link = node.links.find((one) => one.peer === peer && one.to.includes(to))
      compare('links.', text, (name) => linkProperty(link, to, name))
    }
  }
}

function assertFacts(
  machine: string,
  nodes: readonly KfdNode[],
  expected: Expected,
  comparisons: Comparison[],
): void {
  const facts = expected['topology-parsing']
  const push = (field: string, ours: string | null | undefined, theirs: number) =>
    comparisons.push({
      machine,
      field: `asserted ${field}`,
      ours: ours ?? null,
      theirs: String(theirs),
    })
  push('gpu_count', String(nodes.filter(({ kind }) => kind !== 'cpu').length), facts.gpu_count)
  for (const [name, theirs] of Object.entries(facts['nodes/1/mem_banks/0/properties'])) {
    push(name, memoryProperty(nodes[1]?.memoryBanks[0], name), theirs)
  }
  for (const [name, theirs] of Object.entries(facts['nodes/2/properties'])) {
    const [node] = nodes.slice(2)
    push(name, node === undefined ? null : nodeProperty(node, name), theirs)
  }
}

async function compareFirmware(expected: Expected, comparisons: Comparison[]): Promise<void> {
  const path = corpusPath(folder, 'debugfs-parsing', 'amdgpu_firmware_info')
  const { units } = decodeAmdgpuFirmware(new Uint8Array(await readFile(path)))
  const machine = 'amdgpu_firmware_info'
  const { feature, firmware } = expected.amdgpu_firmware_info
  for (const [name, theirs] of Object.entries(feature)) {
    const unit = units.find((one) => one.name === name)
    const ours = unit?.featureVersion ?? null
    comparisons.push({
      machine,
      field: `${name} feature`,
      ours: ours === null ? null : String(ours),
      theirs: String(theirs),
    })
  }
  for (const [name, theirs] of Object.entries(firmware)) {
    const unit = units.find((one) => one.name === name)
    const ours = unit === undefined ? null : `0x${unit.firmwareVersion}`
    comparisons.push({ machine, field: `${name} firmware`, ours, theirs })
  }
}
