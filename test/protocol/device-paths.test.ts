import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DevicePaths,
  devicePaths,
  maxPathDevices,
  pathsBetween,
  type PlacedFunction,
} from '../../protocol/facts/device-paths.ts'

/** A function with the bridge above it; GPUs have class 0302 here. */
function at(address: string, parentAddress: string | null, more: Partial<PlacedFunction> = {}) {
  const placed: PlacedFunction = {
    address,
    parentAddress,
    classCode: '030200',
    numaNode: 0,
    physicalFunction: null,
    ...more,
  }
  return placed
}

const bridge = { classCode: '060400' }
const nic = { classCode: '020700' }
const nvme = { classCode: '010802' }
const isGpu = ({ classCode }: PlacedFunction) => classCode.startsWith('03')

/** Two switches, one below the other, under one root port; what else there is, beside them. */
const machine: readonly PlacedFunction[] = [
  at('0000:00:01.0', null, bridge),
  at('0000:01:00.0', '0000:00:01.0', bridge),
  at('0000:02:00.0', '0000:01:00.0', bridge),
  at('0000:02:01.0', '0000:01:00.0', bridge),
  at('0000:02:02.0', '0000:01:00.0', bridge),
  at('0000:05:00.0', '0000:02:02.0', bridge),
  at('0000:06:00.0', '0000:05:00.0', bridge),
  at('0000:03:00.0', '0000:02:00.0'),
  at('0000:04:00.0', '0000:02:01.0', nic),
  at('0000:07:00.0', '0000:06:00.0', nvme),
  at('0000:00:02.0', null, bridge),
  at('0000:08:00.0', '0000:00:02.0', nvme),
  at('0000:40:01.0', null, bridge),
  at('0000:41:00.0', '0000:40:01.0', nic),
  at('0000:80:01.0', null, { ...bridge, numaNode: 1 }),
  at('0000:81:00.0', '0000:80:01.0', { numaNode: 1 }),
]

/** `GPU-ADDRESS other` -> letter, for all pairs of the first device. */
function fromFirst(functions: readonly PlacedFunction[], nodes: number | null) {
  const { devices, pairs } = pathsBetween(functions, nodes, isGpu)
  return Object.fromEntries(devices.slice(1).map(({ address }, index) => [address, pairs[index]]))
}

describe('the path between two devices', () => {
  test('is the lowest bridge they share, or else what their NUMA nodes are', () => {
    expect(fromFirst(machine, 2)).toEqual({
      '0000:04:00.0': 'I',
      '0000:07:00.0': 'B',
      '0000:08:00.0': 'H',
      '0000:41:00.0': 'N',
      '0000:81:00.0': 'S',
    })
  })

  test('is not known where a NUMA node is not, unless the machine has one only', () => {
    const blind = machine.map((one) => ({ ...one, numaNode: null }))
    expect(fromFirst(blind, 2)['0000:81:00.0']).toBe('?')
    expect(fromFirst(blind, null)['0000:41:00.0']).toBe('?')
    expect(fromFirst(blind, 1)['0000:81:00.0']).toBe('N')
    expect(fromFirst(blind, 2)['0000:08:00.0']).toBe('H')
  })

  test('is PIX between functions of one device and leaves virtual functions out', () => {
    const two = [
      at('0000:00:1e.0', null),
      at('0000:00:1e.1', null, nic),
      at('0000:00:1e.2', null, { ...nic, physicalFunction: '0000:00:1e.1' }),
    ]
    expect(fromFirst(two, 1)).toEqual({ '0000:00:1e.1': 'I' })
  })

  test('is the same from both ends, and fits the schema, for any tree', () => {
    const anyTree = fc
      .array(
        fc.tuple(fc.nat(30), fc.constantFrom('030200', '020000', '010802', '060400'), fc.nat(3)),
      )
      .map((rows) =>
        rows.map(([above, classCode, numaNode], index) =>
          at(address(index), above < index ? address(above) : null, { classCode, numaNode }),
        ),
      )
    fc.assert(
      fc.property(anyTree, (functions) => {
        const there = devicePaths.parse(pathsBetween(functions, 4, isGpu))
        const back = pathsBetween(functions.toReversed(), 4, isGpu)
        const count = there.devices.length
        expect(there.pairs).toHaveLength((count * (count - 1)) / 2)
        expect(byName(back)).toEqual(byName(there))
      }),
    )
  })

  test('ends with a loop of bridges', () => {
    const loop = [
      at('0000:01:00.0', '0000:02:00.0', bridge),
      at('0000:02:00.0', '0000:01:00.0', bridge),
      at('0000:03:00.0', '0000:02:00.0'),
      at('0000:04:00.0', '0000:02:00.0'),
    ]
    expect(pathsBetween(loop, 1, isGpu).pairs).toBe('I')
  })

  test('is refused for more devices than a matrix may have', () => {
    const many = Array.from({ length: maxPathDevices + 1 }, (_, index) => at(address(index), null))
    expect(() => pathsBetween(many, 1, isGpu)).toThrow(RangeError)
    expect(pathsBetween(many.slice(1), 1, isGpu).devices).toHaveLength(maxPathDevices)
  })
})

/** Letters by the two addresses, the smaller first. */
function byName({ devices, pairs }: DevicePaths) {
  const names = devices.flatMap((a, index) =>
    devices.slice(index + 1).map((b) => [a.address, b.address].toSorted().join(' ')),
  )
  return new Map(names.map((name, index) => [name, pairs[index]]))
}

function address(index: number): string {
  const bus = (index >> 5).toString(16).padStart(2, '0')
  return `0000:${bus}:${(index & 31).toString(16).padStart(2, '0')}.0`
}
