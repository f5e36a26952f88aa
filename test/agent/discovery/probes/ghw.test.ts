import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { discover } from '../../../../agent/discovery/discover.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { type FactsOf, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { systemClock } from '../../../../protocol/system-effects.ts'
import { corpusJson, corpusNames, unpacked } from '../../../../bench/score/corpus.ts'
import { corpusTimeoutMs, describeCorpus } from '../corpora.ts'

const strings = z.record(z.string(), z.string())
const expectation = z.object({
  numa_nodes: z.number().optional(),
  pci_numa: z.record(z.string(), z.number()).optional(),
  pci_revision: strings.optional(),
  pci_driver: strings.optional(),
  pci_parent: strings.optional(),
  iommu_group: strings.optional(),
  gpus_min: z.number().optional(),
  accelerators: z.number().optional(),
  processors: z.number().optional(),
  vendor: z.string().optional(),
})

interface Recorded {
  readonly cpu: FactsOf<'cpu'>
  readonly numa: FactsOf<'numa'>
  readonly pci: FactsOf<'pci'>
  readonly gpu: FactsOf<'gpu'>
}

async function recorded(root: string): Promise<Recorded> {
  const facts = new Map<string, unknown>()
  const never = new AbortController().signal
  await discover(
    rootedHost(root),
    systemClock,
    (event) => {
      if (event.kind === 'facts') facts.set(event.class, event.facts)
    },
    never,
  )
  return {
    cpu: parseFacts('cpu', facts.get('cpu')),
    numa: parseFacts('numa', facts.get('numa')),
    pci: parseFacts('pci', facts.get('pci')),
    gpu: parseFacts('gpu', facts.get('gpu')),
  }
}

describeCorpus('ghw', 'recorded machines of ghw', () => {
  test(
    'are found as its own tests expect',
    async () => {
      const names = await corpusNames('ghw/snapshots', '.tar.gz')
      const expected = z
        .record(z.string(), z.unknown())
        .parse(await corpusJson('ghw/expected-facts.json'))
      let compared = 0
      for (const name of names.filter((candidate) => candidate in expected)) {
        await using files = await unpacked('ghw/snapshots', [`${name}.tar.gz`])
        const { cpu, numa, pci, gpu } = await recorded(join(files.root))
        const want = expectation.parse(expected[name])
        const functions = new Map(pci.functions.map((found) => [found.address, found]))
        const check = (actual: unknown, wanted: unknown) => {
          compared++
          expect(actual, name).toEqual(wanted)
        }
        if (want.numa_nodes !== undefined) check(numa.nodes.length, want.numa_nodes)
        if (want.processors !== undefined) check(cpu.packageCount, want.processors)
        if (want.vendor !== undefined) check(cpu.packages[0]?.vendor, want.vendor)
        if (want.gpus_min !== undefined) check(gpu.gpus.length >= want.gpus_min, true)
        if (want.accelerators !== undefined) {
          const useful = gpu.gpus.filter(({ classCode }) => /^(12|0302)/.test(classCode))
          check(useful.length, want.accelerators)
        }
        for (const [address, node] of Object.entries(want.pci_numa ?? {})) {
          check(functions.get(address)?.numaNode, node < 0 ? null : node)
        }
        for (const [address, revision] of Object.entries(want.pci_revision ?? {})) {
          check(`0x${functions.get(address)?.revision}`, revision)
        }
        for (const [address, driver] of Object.entries(want.pci_driver ?? {})) {
          check(functions.get(address)?.driver, driver)
        }
        for (const [address, parent] of Object.entries(want.pci_parent ?? {})) {
          check(functions.get(address)?.parentAddress, parent)
        }
        for (const [address, group] of Object.entries(want.iommu_group ?? {})) {
          check(functions.get(address)?.iommuGroup, Number(group))
        }
      }
      expect(compared).toBeGreaterThan(15)
    },
    corpusTimeoutMs,
  )
})
