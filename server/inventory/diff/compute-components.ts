import { component, joined, one } from './component.ts'
import type { Component } from './component.ts'

const isPopulated: Component['present'] = (item) => item['populated'] !== false

/** Processors, memory and GPUs, by where they are in the facts. */
export const computeComponents: readonly (readonly [string, Component])[] = [
  [
    'memory.dimms',
    component(
      'DIMM',
      {
        key: ['locator', 'bankLocator'],
        label: ['locator', 'bankLocator'],
        summary: ['sizeBytes', 'type', 'manufacturer', 'partNumber', 'serial'],
      },
      { present: isPopulated },
    ),
  ],
  [
    'memory.arrays',
    component('memory array', { key: [], label: [], summary: ['use', 'maximumCapacityBytes'] }),
  ],
  [
    'cpu.sockets',
    component(
      'socket',
      { key: ['designation'], label: ['designation'], summary: ['model', 'coreCount', 'serial'] },
      { present: isPopulated },
    ),
  ],
  ['cpu.packages', component('CPU', { key: ['id'], label: ['id'], summary: ['model'] })],
  ['cpu.packages.caches', cache(['level', 'type'])],
  ['cpu.sockets.caches', cache(['level', 'type'])],
  ['cpu.cacheInstances', cache(['level', 'type', 'sizeBytes'])],
  [
    'cpu.topology',
    component('CPU place', {
      key: ['drawerId', 'bookId', 'packageId', 'dieId', 'clusterId'],
      label: ['packageId'],
      summary: [],
    }),
  ],
  [
    'cpu.kinds',
    component('kind of CPU', {
      key: ['vendor', 'model', 'capacity'],
      label: ['model'],
      summary: ['cpus'],
    }),
  ],
  [
    'cpu.vulnerabilities',
    component('weakness', { key: ['name'], label: ['name'], summary: ['state'] }),
  ],
  [
    'numa.nodes',
    component('NUMA node', { key: ['id'], label: ['id'], summary: ['memorySizeBytes'] }),
  ],
  ['numa.nodes.access', component('access', { key: ['class'], label: ['class'], summary: [] })],
  [
    'numa.nodes.memorySideCaches',
    component('memory-side cache', { key: ['level'], label: ['level'], summary: ['sizeBytes'] }),
  ],
  [
    'gpu.gpus',
    component(
      'GPU',
      { key: ['address'], label: [], summary: ['model', 'memorySizeBytes'] },
      {
        // One that sits in another slot is the same; one in the same slot may be another.
        identities: ['management.uuid', 'management.serial'],
        label: (item, index) => `${index} (${one(item, 'address') ?? 'no address'})`,
      },
    ),
  ],
  [
    'gpu.gpus.management.nvLinks',
    component('NVLink', { key: ['index'], label: ['index'], summary: [] }),
  ],
  [
    'gpu.gpus.management.mig.devices',
    component('MIG device', {
      key: ['gpuInstanceId', 'computeInstanceId'],
      label: ['gpuInstanceId'],
      summary: ['memorySizeBytes'],
    }),
  ],
  [
    'gpu.switches',
    component('NVSwitch', { key: ['address'], label: ['address'], summary: ['model'] }),
  ],
]

function cache(key: readonly string[]): Component {
  return component(
    'cache',
    { key, label: [], summary: ['sizeBytes'] },
    { label: (item) => `L${joined(item, ['level', 'type']) ?? ''}` },
  )
}
