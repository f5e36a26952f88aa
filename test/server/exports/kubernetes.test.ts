import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { labelFiles, nodeLabels } from '../../../server/exports/kubernetes/node-labels.ts'
import { resourceSliceFiles } from '../../../server/exports/kubernetes/resource-slices.ts'
import { dnsLabel, labelValue } from '../../../server/exports/kubernetes/words.ts'
import { madeAllocation, madeNode } from './made-nodes.ts'
import { resourceSliceSchema } from './resource-slice-schema.ts'

const allocation = { id: 'allocation-1', owner: 'ci' }

test('a node has labels of what it is, where it is and whose it is', () => {
  const labels = { site: 'lyon', room: 'a 1', rack: 'r1' }
  const found = nodeLabels(allocation, madeNode(1, { labels, leaves: ['L1', 'L2'] }))
  expect(found).toMatchObject({
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': 'shape-cafe01234567',
    'topology.kubernetes.io/region': 'lyon',
    'topology.kubernetes.io/zone': 'a-1',
    'assay.internal/allocation': 'allocation-1',
    'assay.internal/owner': 'ci',
    'assay.internal/machine': 'machine-1',
    'assay.internal/role': 'trainer',
    'assay.internal/leaves': 'L1_L2',
    'assay.internal/cpu.cores': '64',
    'assay.internal/gpu.count': '2',
    'label.assay.internal/rack': 'r1',
  })
})

test('what is not known has no label', () => {
  expect(
    Object.keys(nodeLabels(allocation, madeNode(1, { inventory: emptyInventory, shape: null }))),
  ).toEqual([
    'assay.internal/allocation',
    'assay.internal/machine',
    'assay.internal/owner',
    'assay.internal/role',
  ])
})

test('any text becomes a value that Kubernetes takes, or none', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const value = labelValue(text)
      if (value !== null) {
        expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
      }
      const name = dnsLabel(text)
      if (name !== '') expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    }),
  )
  const long = 'x'.repeat(100)
  expect(labelValue(`${long}a`)).not.toBe(labelValue(`${long}b`))
})

/** What the API server checks of a label's name. */
const labelName =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

test('the manifest is YAML of nodes, with names and values that are taken', () => {
  const labels = { rack: 'r1', 'a--': 'ends in no letter', ['q'.repeat(63)]: 'v'.repeat(128) }
  const nodes = [madeNode(1, { labels }), madeNode(2)]
  const [file] = labelFiles(madeAllocation(nodes))
  const documents = z
    .array(
      z.strictObject({
        apiVersion: z.literal('v1'),
        kind: z.literal('Node'),
        metadata: z.strictObject({
          name: z.string(),
          labels: z.record(
            z.string().regex(labelName),
            z
              .string()
              .max(63)
              .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/),
          ),
        }),
      }),
    )
    .parse(Bun.YAML.parse(file?.text ?? ''))
  expect(documents.map(({ metadata }) => metadata.name)).toEqual(['n-01', 'n-02'])
})

const kubectl = Bun.which('kubectl')

test.skipIf(kubectl === null)('kubectl reads the manifest as nodes with these labels', async () => {
  const [file] = labelFiles(madeAllocation([madeNode(1), madeNode(2)]))
  const command = [kubectl ?? '', 'label', '--local', '-f', '-', 'added=yes', '-o', 'json']
  const process = Bun.spawn(command, { stdin: new Blob([file?.text ?? '']), stdout: 'pipe' })
  const text = await new Response(process.stdout).text()
  expect(await process.exited).toBe(0)
  const names = [...text.matchAll(/"assay.internal\/machine": "([^"]+)"/g)].map(([, name]) => name)
  expect(names).toEqual(['machine-1', 'machine-2'])
})

test('the devices of a node are slices as resource.k8s.io/v1 has them', () => {
  const [file] = resourceSliceFiles(madeAllocation([madeNode(1), madeNode(2)]))
  const slices = z.array(resourceSliceSchema).parse(Bun.YAML.parse(file?.text ?? ''))
  expect(slices.map(({ spec }) => spec.nodeName)).toEqual(['n-01', 'n-02'])
  const devices = slices[0]?.spec.devices ?? []
  const ofType = (type: string) =>
    devices.filter(({ attributes }) => attributes['type']?.string === type)
  const [gpu] = ofType('gpu')
  expect(ofType('gpu')).toHaveLength(2)
  expect(gpu?.attributes['resource.kubernetes.io/pciBusID']?.string).toMatch(/^[0-9a-f]{4}:/)
  expect(gpu?.attributes['resource.kubernetes.io/pcieRoot']?.string).toMatch(/^pci[0-9a-f]{4}:/)
  expect(gpu?.capacity?.['memory']?.value).toMatch(/^\d+$/)
  expect(ofType('nic').length).toBeGreaterThan(0)
  expect(ofType('nvme').every(({ capacity }) => capacity?.['storage'] !== undefined)).toBe(true)
})

test('a node of more than 128 devices has several slices in one pool', () => {
  const node = madeNode(1)
  const { storage } = node.inventory
  if (storage === null) throw new Error('made machine has disks')
  const [disk] = storage.disks.filter(({ transport }) => transport === 'nvme')
  if (disk === undefined) throw new Error('made machine has an NVMe disk')
  const disks = Array.from({ length: 300 }, () => disk)
  const inventory = { ...node.inventory, gpu: null, nic: null, storage: { ...storage, disks } }
  const [file] = resourceSliceFiles(madeAllocation([{ ...node, inventory }]))
  const slices = z.array(resourceSliceSchema).parse(Bun.YAML.parse(file?.text ?? ''))
  expect(slices.map(({ spec }) => spec.devices.length)).toEqual([128, 128, 44])
  expect(slices.every(({ spec }) => spec.pool.resourceSliceCount === 3)).toBe(true)
  const names = slices.flatMap(({ spec }) => spec.devices.map(({ name }) => name))
  expect(new Set(names).size).toBe(300)
})

test('every device of a node has a name of its own, whatever its neighbours are called', () => {
  const node = madeNode(1)
  const { nic } = node.inventory
  const [port] = nic?.interfaces ?? []
  if (nic === null || port === undefined) throw new Error('made machine has interfaces')
  const interfaces = [0, null, 2, null, 3, 0].map((portIndex) => ({ ...port, portIndex }))
  const inventory = { ...node.inventory, gpu: null, storage: null, nic: { ...nic, interfaces } }
  const [file] = resourceSliceFiles(madeAllocation([{ ...node, inventory }]))
  const [slice] = z.array(resourceSliceSchema).parse([Bun.YAML.parse(file?.text ?? '')].flat())
  const names = slice?.spec.devices.map(({ name }) => name) ?? []
  const ending = ['', '-4', '-2', '-5', '-3', '-6']
  expect(names).toEqual(ending.map((end) => `${names[0]}${end}`))
})

test('a slice of the longest host name has a name that is taken', () => {
  const host = Array.from({ length: 4 }, () => 'h'.repeat(62)).join('.')
  const [file] = resourceSliceFiles(madeAllocation([madeNode(1, { host: `${host}.x` })]))
  const [slice] = z.array(resourceSliceSchema).parse([Bun.YAML.parse(file?.text ?? '')].flat())
  expect(slice?.metadata.name.length).toBeLessThanOrEqual(253)
  expect(slice?.metadata.name).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
})

test('a machine without facts has no slice', () => {
  const [file] = resourceSliceFiles(madeAllocation([madeNode(1, { inventory: emptyInventory })]))
  expect(file?.text).toMatch(/^#[^\n]*\n$/)
})
