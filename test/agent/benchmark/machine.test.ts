import { expect, test } from 'vitest'
import { benchmarkMachine } from '../../../agent/benchmark/machine.ts'

const cache = { type: 'unified' as const, lineSizeBytes: 64, ways: 8 }
const cpu = {
  online: [0, 1],
  packages: [
    {
      caches: [
        { ...cache, level: 2, sizeBytes: 2 ** 20, instanceCount: 2 },
        { ...cache, level: 3, sizeBytes: 2 ** 25, instanceCount: 2 },
      ],
    },
  ],
}
const memory = { sizeBytes: 2 ** 30 }

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
  const node = {
    memorySizeBytes: null,
    distances: [],
    access: [],
    memorySideCaches: [],
    hugepages: [],
  }
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
