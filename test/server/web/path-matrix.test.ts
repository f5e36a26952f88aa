import { expect, test } from 'vitest'
import { emptyManagement } from '../../../protocol/facts/gpu-management.ts'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { kfdTopology } from '../../../protocol/facts/kfd.ts'
import { pathMatrix } from '../../../server/web/path-matrix.ts'
import { readInventory } from '../../../server/web/read-inventory.ts'
import { blankItem } from '../../protocol/facts/blank.ts'
import { rackMachine } from './rack-machine.ts'

const inventory = readInventory({
  inventory: Object.fromEntries(rackMachine(1).facts.map((each) => [each.class, each.facts])),
})
const { gpu } = inventory
if (gpu === null) throw new Error('want GPUs')

test('path matrix has a row for each GPU, GPUs first, and NVLink before PCI', () => {
  const matrix = pathMatrix(inventory)
  expect(matrix?.columns.map(({ name }) => name)).toEqual([
    'GPU 0',
    'GPU 1',
    'ens1np0',
    'ens2np0',
    'nvme0n1',
    'nvme1n1',
  ])
  expect(
    matrix?.rows.map(({ device, cells }) => [device.name, ...cells.map(({ text }) => text)]),
  ).toEqual([
    ['GPU 0', '', 'NV4', 'NODE', 'SYS', 'NODE', 'SYS'],
    ['GPU 1', 'NV4', '', 'SYS', 'NODE', 'SYS', 'NODE'],
  ])
})

test('path matrix is the same from both ends', () => {
  const matrix = pathMatrix({ ...inventory, gpu: { ...gpu, gpus: gpu.gpus.map(unmanaged) } })
  const cell = (row: number, column: number) => matrix?.rows[row]?.cells[column]?.text
  expect(cell(0, 1)).toBe('SYS')
  expect(cell(0, 1)).toBe(cell(1, 0))
})

const [first, second] = gpu.gpus
if (first === undefined || second === undefined) throw new Error('want two GPUs')
const pair = [first, second] as const
const alone = {
  ...gpu,
  gpus: pair.map(unmanaged),
  paths: {
    devices: pair.map(({ address }) => ({ address, kind: 'gpu' as const })),
    pairs: '?',
  },
}

/** What stands between the two GPUs. */
function between(changes: Partial<typeof gpu>) {
  return pathMatrix({ ...inventory, gpu: { ...alone, ...changes } })?.rows[0]?.cells[1]
}

test('path matrix says where nobody knows, and is none without GPUs', () => {
  expect(between({})).toEqual({ kind: 'unknown', text: '?' })
  expect(pathMatrix(emptyInventory)).toBeNull()
  expect(pathMatrix({ ...inventory, gpu: { ...gpu, paths: null } })).toBeNull()
})

test('path matrix counts NVLinks through switches by the GPU that has fewer up', () => {
  const throughSwitch = (count: number) => ({
    ...emptyManagement('nvml'),
    nvLinks: Array.from({ length: 18 }, (_, index) => ({
      index,
      active: index < count,
      version: 4,
      remoteAddress: null,
      remoteKind: 'switch' as const,
    })),
  })
  const gpus = [
    { ...first, management: throughSwitch(18) },
    { ...second, management: throughSwitch(17) },
  ]
  expect(between({ gpus })).toEqual({ kind: 'link', text: 'NV17' })
})

test('path matrix tells XGMI where the compute driver links the two', () => {
  const node = (id: number, to: number) => ({
    ...blankItem(kfdTopology.shape.nodes),
    id,
    kind: 'gpu',
    address: pair[id]?.address ?? null,
    links: [{ ...blankItem(kfdTopology.shape.nodes.element.shape.links), kind: 'xgmi', to: [to] }],
  })
  const kfd = (to: number) => kfdTopology.parse({ nodes: [node(0, to), node(1, 0)], hives: [] })
  expect(between({ kfd: kfd(1) })).toEqual({ kind: 'link', text: 'XGMI' })
  expect(between({ kfd: kfd(7) })).toEqual({ kind: 'unknown', text: '?' })
})

function unmanaged<T extends { readonly management: unknown }>(device: T) {
  return { ...device, management: null }
}
