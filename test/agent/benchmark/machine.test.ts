import { expect, test } from 'vitest'
import { benchmarkMachine } from '../../../agent/benchmark/machine.ts'
import type { CpuFacts } from '../../../protocol/facts/cpu.ts'
import type { MemoryFacts } from '../../../protocol/facts/memory.ts'

const cache = { type: 'unified' as const, lineSizeBytes: 64, ways: 8 }
const cpu: CpuFacts = {
  architecture: 'x86_64',
  x86Level: 3,
  packageCount: 1,
  coreCount: 2,
  threadCount: 2,
  presentCount: 2,
  online: [0, 1],
  flags: [],
  packages: [
    {
      id: 0,
      vendor: null,
      model: null,
      family: null,
      modelNumber: null,
      stepping: null,
      microcode: null,
      coreCount: 2,
      threadCount: 2,
      cpus: [0, 1],
      baseFrequencyHz: null,
      minFrequencyHz: null,
      maxFrequencyHz: null,
      caches: [
        { ...cache, level: 2, sizeBytes: 2 ** 20, instanceCount: 2 },
        { ...cache, level: 3, sizeBytes: 2 ** 25, instanceCount: 2 },
      ],
    },
  ],
}
const memory: MemoryFacts = {
  sizeBytes: 2 ** 30,
  installedSizeBytes: null,
  arrays: [],
  dimms: [],
  hugepages: [],
}

test('benchmarkMachine counts the last cache level of all packages', () => {
  expect(benchmarkMachine({ cpu, memory, numa: null, storage: null })).toEqual({
    cpus: [0, 1],
    numaNodes: [{ id: 0, cpus: [0, 1] }],
    memorySizeBytes: 2 ** 30,
    lastLevelCacheSizeBytes: 2 ** 26,
    disks: [],
  })
})

test('benchmarkMachine leaves out nodes that have memory only', () => {
  const node = { memorySizeBytes: null, distances: [] }
  const numa = {
    nodes: [
      { id: 0, cpus: [0, 1], ...node },
      { id: 1, cpus: [], ...node },
    ],
  }
  const machine = benchmarkMachine({ cpu: { ...cpu, packages: [] }, memory, numa, storage: null })
  expect(machine.numaNodes.map(({ id }) => id)).toEqual([0])
  expect(machine.lastLevelCacheSizeBytes).toBeNull()
})
