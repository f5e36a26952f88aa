import { describe, expect, test } from 'vitest'
import {
  attributes,
  findAttribute,
  flatten,
  nearestAttribute,
  presentAttributes,
} from '../../protocol/attributes.ts'
import {
  compareVersions,
  parseVersion,
  parseVersionRange,
  versionInRange,
} from '../../protocol/attributes/version.ts'
import { emptyInventory, parseFacts } from '../../protocol/facts/inventory.ts'
import { exampleMachine } from './attributes/example-machine.ts'

const nobody = {
  inventory: emptyInventory,
  benchmarks: [],
  findings: null,
  fabric: null,
  labels: {},
}

describe('flatten', () => {
  test('reads a machine into the attributes of the registry', () => {
    const presented = presentAttributes(flatten(exampleMachine()))
    expect(presented).toMatchObject({
      'system.product': 'Rocket 2U',
      'cpu.cores': 8,
      'cpu.model': ['Xeon 6'],
      'cpu.frequencyMax': '3.2GHz',
      'memory.size': '62GiB',
      'storage.size': '16003126444032B',
      'storage.nvmeCount': 2,
      'nic.speedMax': '100Gbit/s',
      'gpu.count': 1,
      'gpu.device': ['10de:2330'],
      'label.rack': 'r12',
    })
    expect(presented['disks']).toHaveLength(3)
    expect(presented['gpus']).toEqual([
      {
        kind: 'gpu',
        device: '10de:2330',
        address: '0000:17:00.0',
        linkSpeed: '16GT/s',
        laneWidth: 16,
        numaNode: 0,
      },
    ])
  })

  test('takes the machine-wide figure of the newest version of a benchmark', () => {
    const values = flatten(exampleMachine())
    expect(values.get('bench.memory.triad')).toBe(300_000_000_000n)
    expect(values.get('bench.cpu.int')).toBe(4_000_000_000_000n)
    expect(values.get('bench.memory.latency')).toBe(91_000n)
  })

  test('knows nothing of a machine that reported nothing', () => {
    expect([...flatten(nobody)]).toEqual([])
  })

  test('tells what is none from what is not known', () => {
    const machine = exampleMachine()
    const noGpus = parseFacts('gpu', { ...machine.inventory.gpu, gpus: [] })
    const values = flatten({
      ...machine,
      inventory: { ...machine.inventory, gpu: noGpus },
    })
    expect(values.get('gpu.count')).toBe(0n)
    expect(values.get('gpu.model')).toBeNull()
    // One GPU whose name no driver tells: not none, and not a guess.
    expect(flatten(machine).has('gpu.model')).toBe(false)
    expect(flatten(machine).has('memory.installed')).toBe(false)
    expect(values.get('system.hypervisor')).toBeNull()
    expect(values.has('usb.count')).toBe(false)
  })
})

describe('the attribute registry', () => {
  test('has every name once, with a description and a unit where it is a quantity', () => {
    const infos = attributes.flatMap((info) => [info, ...info.fields])
    expect(new Set(attributes.map((info) => info.name)).size).toBe(attributes.length)
    for (const info of infos) {
      expect(info.description).not.toBe('')
      expect(info.unit !== null).toBe(info.type === 'quantity')
      expect(info.name).toMatch(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/)
    }
    for (const info of attributes) expect(info.fields.length > 0).toBe(info.type === 'list')
  })

  test('finds labels as attributes, and only well-formed ones', () => {
    expect(findAttribute('label.rack')).toMatchObject({ type: 'string', level: 'domain' })
    expect(findAttribute('label.')).toBeNull()
    expect(findAttribute('label.UP')).toBeNull()
    expect(findAttribute('toString')).toBeNull()
  })

  test.each([
    ['cpu.coers', 'cpu.cores'],
    ['CPU.Cores', 'cpu.cores'],
    ['memory.sise', 'memory.size'],
    ['triad', 'bench.memory.triad'],
    ['disk', 'disks'],
  ])('finds for %s the nearest name %s', (wanted, nearest) => {
    expect(nearestAttribute(wanted)).toBe(nearest)
  })

  test('finds no nearest name for what resembles none', () => {
    expect(nearestAttribute('xyzzy-plugh')).toBeNull()
    expect(nearestAttribute('c'.repeat(10_000))).toBeNull()
  })
})

describe('versions', () => {
  test.each([
    ['2.9', '2.10', -1],
    ['U30 v2.76', '2.76.0', 0],
    ['1', '1.0.1', -1],
    ['10', '9.9', 1],
  ])('compares %s with %s', (a, b, order) => {
    expect(Math.sign(compareVersions(parseVersion(a) ?? [], parseVersion(b) ?? []))).toBe(order)
  })

  test.each([
    ['>=1.2 <2', '1.9.9', true],
    ['>=1.2 <2', '2', false],
    ['>= 1.2', '1.2', true],
    ['^1.4', '1.99', true],
    ['^1.4', '2.0', false],
    ['^0.3.1', '0.4', false],
    ['~1.4.2', '1.4.9', true],
    ['~1.4.2', '1.5', false],
    ['1.2 || >=3', '3.1', true],
    ['1.2 || >=3', '2', false],
  ])('range %s on %s is %s', (range, version, inside) => {
    expect(versionInRange(parseVersion(version) ?? [], parseVersionRange(range))).toBe(inside)
  })

  test('are none where a text holds no number', () => {
    expect(parseVersion('beta')).toBeNull()
    expect(() => parseVersionRange('beta')).toThrow('no version range')
  })
})
