import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { discovered } from '../../agent/discovery/discovered.ts'
import { type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'
import { systemClock } from '../../protocol/system-effects.ts'
import { archivedHost } from './archived-host.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'ghw'

/** What the tests of ghw assert of its recordings. */
export const ghwScorer: Scorer = {
  source: 'ghw',
  peer: 'ghw (expectations of its own tests)',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const expected = z
      .record(z.string(), z.unknown())
      .parse(await corpusJson(`${folder}/expected-facts.json`))
    const names = (await corpusNames(`${folder}/snapshots`, '.tar.gz')).filter(
      (name) => name in expected,
    )
    const results = await Promise.all(names.map((name) => machineScore(name, expected[name])))
    return {
      machineCount: names.length,
      comparisons: results.flatMap(({ comparisons }) => comparisons),
      uncovered: results.flatMap(({ uncovered }) => uncovered),
    }
  },
}

async function machineScore(name: string, expected: unknown) {
  const host = archivedHost(await readFile(corpusPath(folder, 'snapshots', `${name}.tar.gz`)))
  const { facts } = await discovered(host, systemClock, new AbortController().signal)
  const machine: Machine = {
    cpu: parseFacts('cpu', facts.cpu),
    numa: parseFacts('numa', facts.numa),
    pci: parseFacts('pci', facts.pci),
    gpu: parseFacts('gpu', facts.gpu),
    storage: parseFacts('storage', facts.storage),
  }
  const comparisons: Comparison[] = []
  const uncovered: string[] = []
  const leaves = Object.entries(z.record(z.string(), z.unknown()).parse(expected))
  for (const [key, value] of leaves) {
    for (const [place, theirs] of placesIn(value)) {
      const ours = answer(machine, key, place, theirs)
      const field = place === '' ? key : `${key} ${place}`
      if (ours === undefined) uncovered.push(`${name}: ${field}`)
      else comparisons.push({ machine: name, field, ours, theirs: String(theirs) })
    }
  }
  return { comparisons, uncovered }
}

/** An expectation for the machine, or one for each device that it names. */
function placesIn(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]]
}

interface Machine {
  readonly cpu: FactsOf<'cpu'>
  readonly numa: FactsOf<'numa'>
  readonly pci: FactsOf<'pci'>
  readonly gpu: FactsOf<'gpu'>
  readonly storage: FactsOf<'storage'>
}

/** What facts say to an expectation, in ghw's words; undefined: they do not hold that. */
function answer(
  { cpu, numa, pci, gpu, storage }: Machine,
  key: string,
  address: string,
  theirs: unknown,
): string | null | undefined {
  const found = pci.functions.find((one) => one.address === address)
  switch (key) {
    case 'numa_nodes':
      return String(numa.nodes.length)
    case 'distance_symmetric':
      return String(isSymmetric(numa.nodes.map(({ distances }) => distances)))
    case 'hugepage_sizes_per_node':
      return [...new Set(numa.nodes.map(({ hugepages }) => String(hugepages.length)))].join(' or ')
    case 'processors':
      return String(cpu.packageCount)
    case 'vendor':
      return cpu.packages[0]?.vendor ?? null
    case 'pci_numa':
      return found === undefined ? null : String(found.numaNode ?? -1)
    case 'pci_revision':
      return found?.revision === undefined ? null : `0x${found.revision}`
    case 'pci_driver':
      return found?.driver ?? null
    case 'pci_parent':
      return found?.parentAddress ?? null
    case 'iommu_group':
      return found?.iommuGroup === undefined ? null : String(found.iommuGroup)
    case 'nvme_on':
      return storage.nvmeControllers.find((one) => one.pciAddress === address)?.name ?? null
    case 'gpus_min': {
      // At least so many: with more of them it holds as well.
      const count = gpu.gpus.length
      return String(typeof theirs === 'number' && count >= theirs ? theirs : count)
    }
    case 'gpu_numa':
      return String(gpu.gpus.find(({ numaNode }) => numaNode !== null)?.numaNode ?? null)
    case 'accelerators':
      // ghw counts processing accelerators and 3D controllers.
      return String(gpu.gpus.filter(({ classCode }) => /^(12|0302)/.test(classCode)).length)
    default:
      return undefined
  }
}

function isSymmetric(distances: readonly (readonly number[])[]): boolean {
  return distances.every((row, from) =>
    row.every((distance, to) => distances[to]?.[from] === distance),
  )
}
