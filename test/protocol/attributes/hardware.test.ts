import { describe, expect, test } from 'vitest'
import { flatten, presentAttributes } from '../../../protocol/attributes.ts'
import { emptyManagement, type GpuManagement } from '../../../protocol/facts/gpu-management.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { memoryFacts } from '../../../protocol/facts/memory.ts'
import { blankItem } from '../facts/blank.ts'
import { exampleMachine } from './example-machine.ts'

const { inventory } = exampleMachine()
const { cpu, gpu, memory } = inventory
if (cpu === null || gpu === null || memory === null) throw new Error('want an example of each')

function attributesOf(changes: Partial<Inventory>) {
  const machine = { ...emptyInventory, ...changes }
  return presentAttributes(
    flatten({ inventory: machine, benchmarks: [], findings: null, fabric: null, labels: {} }),
  )
}

describe('attributes of processors', () => {
  const place = { drawerId: null, bookId: null, clusterId: null }
  const told = {
    ...cpu,
    smtActive: true,
    smtControl: 'on',
    frequencyBoost: false,
    virtualization: 'VT-x',
    offline: [16],
    topology: [0, 1].flatMap((packageId) =>
      [0, 1].map((dieId) => ({ ...place, packageId, dieId, cores: ['0,8', '1,9'] })),
    ),
    cacheInstances: [
      cache(1, 'data', 32 * 1024, ['0', '1', '2', '3']),
      cache(3, 'unified', 32 * 2 ** 20, ['0-3', '4-7']),
    ],
    vulnerabilities: [
      { name: 'mds', state: 'Vulnerable: no microcode' },
      { name: 'meltdown', state: 'Mitigation: PTI' },
      { name: 'l1tf', state: 'Not affected' },
    ],
    packages: cpu.packages.map((one, id) => ({ ...one, microcode: `0x${id}` })),
  }

  test('tell topology, caches, SMT, weaknesses and microcode', () => {
    expect(attributesOf({ cpu: told })).toMatchObject({
      'cpu.dies': 4,
      'cpu.threadsPerCore': 2,
      'cpu.threadsOffline': 1,
      'cpu.smt': true,
      'cpu.smtControl': 'on',
      'cpu.l1dSize': '128KiB',
      'cpu.l3Size': '64MiB',
      'cpu.l3InstanceSize': '32MiB',
      'cpu.vulnerable': ['mds'],
      'cpu.mitigated': ['meltdown'],
      'cpu.microcode': ['0x0', '0x1'],
      'cpu.virtualization': 'VT-x',
      'cpu.boost': false,
    })
  })

  test('are left out where the machine does not tell', () => {
    const known = Object.keys(attributesOf({ cpu }))
    const wanted = ['cpu.dies', 'cpu.l3Size', 'cpu.smt', 'cpu.vulnerable', 'cpu.microcode']
    expect(known.filter((name) => wanted.includes(name))).toEqual([])
    // A sum with one part not known is none.
    const half = [cache(3, 'unified', 1, ['0']), cache(3, 'unified', null, ['1'])]
    expect(attributesOf({ cpu: { ...cpu, cacheInstances: half } })).not.toHaveProperty('cpu.l3Size')
  })

  function cache(
    level: number,
    type: 'data' | 'unified',
    sizeBytes: number | null,
    sharedBy: readonly string[],
  ) {
    return { level, type, sizeBytes, lineSizeBytes: 64, ways: 8, setCount: 64, sharedBy }
  }
})

describe('attributes of memory', () => {
  const array = {
    location: null,
    use: 'System Memory',
    errorCorrection: 'Multi-bit ECC',
    maximumCapacityBytes: 2 ** 40,
    slotCount: 2,
    mappedSizeBytes: null,
  }
  const dimm = {
    arrayIndex: 0,
    locator: 'A1',
    bankLocator: null,
    populated: true,
    sizeBytes: 2 ** 35,
    type: 'DDR5',
    formFactor: null,
    details: [],
    totalWidthBits: 80,
    dataWidthBits: 64,
    speedMtPerS: 5600,
    configuredSpeedMtPerS: 4800,
    configuredVoltageVolts: null,
    rankCount: 2,
    manufacturer: null,
    partNumber: null,
    serial: 'D-1',
    assetTag: null,
  }
  const told = { ...memory, arrays: [array], dimms: [dimm, { ...dimm, populated: false }] }

  test('tell slots, speed and error correction', () => {
    expect(attributesOf({ memory: told })).toMatchObject({
      'memory.slotCount': 2,
      'memory.dimmCount': 1,
      'memory.speed': '4.8GT/s',
      'memory.maximum': '1TiB',
      'memory.ecc': true,
      dimms: [{ speed: '4.8GT/s', speedMax: '5.6GT/s', ranks: 2, serial: 'D-1' }],
    })
  })

  test('count errors where a driver counts them', () => {
    const controller = { correctedCount: 3, uncorrectedCount: null }
    const facts = parseFacts('memory', {
      ...told,
      errorControllers: [
        { ...blankItem(memoryFacts.shape.errorControllers), ...controller },
        { ...blankItem(memoryFacts.shape.errorControllers), ...controller },
      ],
    })
    const attributes = attributesOf({ memory: facts })
    expect(attributes['memory.errorsCorrected']).toBe(6)
    expect(attributes['memory.errorsUncorrected']).toBeUndefined()
    expect(attributesOf({ memory })['memory.errorsCorrected']).toBeUndefined()
  })

  test.each([
    ['Parity', false],
    ['None', false],
    ['CRC', false],
    ['Single-bit ECC', true],
    [null, undefined],
  ])('with the error correction %s have ECC %s', (errorCorrection, ecc) => {
    const arrays = [{ ...array, errorCorrection }]
    expect(attributesOf({ memory: { ...told, arrays } })['memory.ecc']).toBe(ecc)
  })
})

describe('attributes of GPUs', () => {
  const [first] = gpu.gpus
  if (first === undefined) throw new Error('want a GPU')
  const managed = (changes: Partial<GpuManagement>, address = first.address) => ({
    ...first,
    address,
    memorySizeBytes: 80 * 2 ** 30,
    formFactor: 'sxm' as const,
    management: { ...emptyManagement('nvml'), ...changes },
  })
  const linkTo = (index: number, active: boolean) => ({
    index,
    active,
    version: 4,
    remoteAddress: null,
    remoteKind: null,
  })

  test('tell serials, firmware, MIG, ECC and NVLink of each and together', () => {
    const gpus = [
      managed({
        serial: '1650',
        uuid: 'GPU-1',
        vbiosVersion: '96.00.74',
        ecc: { enabled: true, pendingEnabled: null },
        mig: { enabled: false, pendingEnabled: null, devices: [] },
        nvLinks: [linkTo(0, true), linkTo(1, false)],
        eccErrorsAggregate: {
          'sram-uncorrectable': 2,
          'dram-uncorrectable': 1,
          'sram-correctable': 9,
        },
        powerLimitsWatts: { limit: 700 },
      }),
      managed({ serial: '1651', nvLinks: [linkTo(0, true)] }, '0000:18:00.0'),
    ]
    const attributes = attributesOf({ gpu: { ...gpu, gpus } })
    expect(attributes).toMatchObject({
      'gpu.memorySize': '160GiB',
      'gpu.formFactor': ['sxm'],
      'gpu.vbios': ['96.00.74'],
      'gpu.nvlinks': 2,
      'gpu.nvlinksDown': 1,
      'gpu.eccErrors': 3,
      'gpu.migDevices': 0,
      'gpu.baseBoard': null,
    })
    expect(attributes['gpus']).toMatchObject([
      { serial: '1650', uuid: 'GPU-1', ecc: true, mig: false, eccErrors: 3, powerLimit: '700W' },
      { serial: '1651', nvlinks: 1, nvlinksDown: 0 },
    ])
  })

  test('of a machine without their driver leave out what only the driver tells', () => {
    const attributes = attributesOf({ gpu })
    expect(attributes['gpu.nvlinks']).toBeUndefined()
    expect(attributes['gpu.vbios']).toBeUndefined()
    expect(attributes['gpu.memorySize']).toBeUndefined()
  })

  test('tell how far the farthest GPU is from the network', () => {
    const device = (kind: 'gpu' | 'nic' | 'nvme', slot: number) => ({
      address: `0000:0${slot}:00.0`,
      kind,
    })
    const path = (pairs: string, kinds: readonly ('gpu' | 'nic' | 'nvme')[]) =>
      attributesOf({ gpu: { ...gpu, paths: { devices: kinds.map(device), pairs } } })['gpu.nicPath']
    // GPU 0 - NIC: PIX, GPU 1 - NIC: SYS.
    expect(path('SIS', ['gpu', 'gpu', 'nic'])).toBe('SYS')
    expect(path('SIB', ['gpu', 'gpu', 'nic'])).toBe('PXB')
    expect(path('I', ['gpu', 'nvme'])).toBeNull()
    expect(path('?', ['gpu', 'nic'])).toBeUndefined()
    expect(path('SII', ['nic', 'nic', 'gpu'])).toBe('PIX')
  })
})
