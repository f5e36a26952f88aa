import { describe, expect, test } from 'vitest'
import { emptyManagement, type GpuManagement } from '../../../../protocol/facts/gpu-management.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { pciDetails } from '../../../../protocol/facts/pci-details.ts'
import { parseIdList } from '../../../../server/ids/id-list.ts'
import { diffInventories } from '../../../../server/inventory/diff/diff.ts'
import { exampleMachine } from '../../../protocol/attributes/example-machine.ts'

const { cpu, gpu } = exampleMachine().inventory
if (cpu === null || gpu === null) throw new Error('want facts')
const [firstGpu] = gpu.gpus
if (firstGpu === undefined) throw new Error('want a GPU')

const names = {
  pci: parseIdList('15b3  Mellanox\n\t101d  ConnectX-6 Dx\n'),
  usb: parseIdList('0951  Kingston\n\t1666  DataTraveler\n'),
}

/** The one change between two machines. */
function changeOf(before: Partial<Inventory>, after: Partial<Inventory>): readonly string[] {
  const { changes } = diffInventories(
    { ...emptyInventory, ...before },
    { ...emptyInventory, ...after },
    names,
  )
  return changes.map(({ importance, text }) => `${importance}: ${text}`)
}

const gpusOf = (...gpus: readonly (typeof firstGpu)[]) => ({ gpu: { ...gpu, gpus } })
const told = (management: Partial<GpuManagement>, address = '0000:17:00.0') => ({
  ...firstGpu,
  address,
  model: 'H100',
  management: { ...emptyManagement('nvml'), ...management },
})

describe('changes of a GPU', () => {
  const link = { maxSpeedGtPerS: 32, speedGtPerS: 32, maxLaneWidth: 16, laneWidth: 16 }

  test('in its link say how wide it is and was', () => {
    const narrow = { ...firstGpu, link: { ...link, laneWidth: 8 } }
    expect(changeOf(gpusOf({ ...firstGpu, link }), gpusOf(narrow))).toEqual([
      'state: GPU 0 (0000:17:00.0) link x8, was x16',
    ])
  })

  test('that is another in the same slot are one gone and one new', () => {
    const before = gpusOf(told({ uuid: 'GPU-1' }))
    const after = gpusOf(told({ uuid: 'GPU-2' }))
    expect(changeOf(before, after)).toEqual([
      'hardware: GPU 0 (0000:17:00.0) gone: H100',
      'hardware: GPU 0 (0000:17:00.0) new: H100',
    ])
  })

  test('that was moved to another slot are its address only', () => {
    const before = gpusOf(told({ uuid: 'GPU-1' }))
    const after = gpusOf(told({ uuid: 'GPU-1' }, '0000:18:00.0'))
    expect(changeOf(before, after)).toEqual([
      'state: GPU 0 (0000:18:00.0) address 0000:18:00.0, was 0000:17:00.0',
    ])
  })

  test('whose driver was not loaded before are no other GPU', () => {
    const texts = changeOf(gpusOf({ ...firstGpu, model: 'H100' }), gpusOf(told({ uuid: 'GPU-1' })))
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^state: GPU 0 \(0000:17:00\.0\) .*, was none$/)
  })

  test('in firmware are told with an arrow', () => {
    const of = (vbiosVersion: string, gsp: string) =>
      gpusOf(told({ vbiosVersion, firmwareVersions: { gsp } }))
    expect(changeOf(of('96.1', '550'), of('96.2', '560'))).toEqual([
      'firmware: GPU 0 (0000:17:00.0) vbios version 96.1 -> 96.2',
      'firmware: GPU 0 (0000:17:00.0) firmware versions gsp 550 -> 560',
    ])
  })

  test('in one NVLink name the link', () => {
    const nvLink = { index: 4, version: 4, remoteAddress: null, remoteKind: null }
    const of = (active: boolean) => gpusOf(told({ nvLinks: [{ ...nvLink, active }] }))
    expect(changeOf(of(true), of(false))).toEqual([
      'state: GPU 0 (0000:17:00.0) NVLink 4 down, was up',
    ])
  })

  test('in readings and in what is made of the PCI tree are no news', () => {
    const { readings } = emptyManagement('nvml')
    const paths = (pairs: string) => ({
      devices: [
        { address: '0000:17:00.0', kind: 'gpu' as const },
        { address: '0000:18:00.0', kind: 'nic' as const },
      ],
      pairs,
    })
    const of = (powerWatts: number, pairs: string) => ({
      gpu: {
        ...gpu,
        paths: paths(pairs),
        gpus: [
          told({ readings: { ...readings, powerWatts }, eccErrorsVolatile: { a: powerWatts } }),
        ],
      },
    })
    expect(changeOf(of(70, 'I'), of(700, 'S'))).toEqual([])
  })

  test('in memory errors of its life are told', () => {
    const of = (count: number) =>
      gpusOf(told({ eccErrorsAggregate: { 'total-uncorrectable': count } }))
    expect(changeOf(of(0), of(3))).toEqual([
      'state: GPU 0 (0000:17:00.0) ecc errors aggregate total-uncorrectable 3, was 0',
    ])
  })
})

describe('changes of PCI', () => {
  const details = Object.fromEntries(Object.keys(pciDetails.shape).map((name) => [name, []]))
  const card = (changes: object = {}) => ({
    address: '0000:41:00.0',
    parentAddress: null,
    vendorId: '15b3',
    deviceId: '101d',
    subsystemVendorId: null,
    subsystemDeviceId: null,
    classCode: '020000',
    revision: '00',
    headerType: 0,
    bridge: null,
    driver: null,
    numaNode: null,
    iommuGroup: null,
    link: { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 },
    capabilityIds: [],
    extendedCapabilityIds: [],
    slot: null,
    physicalFunction: null,
    ...changes,
  })
  const of = (functions: readonly object[], more: object = {}) => ({
    pci: parseFacts('pci', { functions, details: { ...details, ...more } }),
  })

  test('name the device whose link became narrow', () => {
    const narrow = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 4 }
    expect(changeOf(of([card()]), of([card({ link: narrow })]))).toEqual([
      'state: PCI function 0000:41:00.0 link x4, was x16',
    ])
    const twice = { address: '0000:41:00.1' }
    expect(changeOf(of([card(twice)]), of([card({ ...twice, link: narrow })]))).toEqual([
      'detail: PCI function 0000:41:00.1 link x4, was x16',
    ])
  })

  test('call a device that is gone by its name, and by its ids where it has none', () => {
    const nameless = { address: '0000:42:00.0', deviceId: 'beef', classCode: '0b4000' }
    expect(changeOf(of([card(), card(nameless)]), of([]))).toEqual([
      'hardware: PCI function 0000:42:00.0 gone: Mellanox device beef',
      'detail: PCI function 0000:41:00.0 gone: Mellanox ConnectX-6 Dx',
    ])
  })

  test('in details name subject and device, and leave out counters', () => {
    const cxl = { address: '0000:41:00.0', deviceType: 3, capable: [], enabled: [], rangeCount: 1 }
    const errors = { address: '0000:41:00.0', severity: 'correctable', counts: { RxErr: 1 } }
    expect(changeOf(of([card()]), of([card()], { cxl: [cxl], errorCounts: [errors] }))).toEqual([
      'detail: PCI cxl 0000:41:00.0 new',
    ])
    const interrupts = (enabled: boolean) => ({
      interrupts: ['0000:41:00.0', '0000:42:00.0'].map((address) => ({
        address,
        vectorCount: 4,
        enabled,
      })),
    })
    const [first] = changeOf(of([], interrupts(true)), of([], interrupts(false)))
    expect(first).toBe('detail: PCI interrupts 0000:41:00.0 enabled off, was on')
  })
})

describe('changes of processors', () => {
  test('in weaknesses, SMT and microcode are told in their words', () => {
    const of = (state: string, smtActive: boolean, microcode: string) => ({
      cpu: {
        ...cpu,
        vulnerabilities: [{ name: 'mds', state }],
        smtActive,
        packages: cpu.packages.slice(0, 1).map((one) => ({ ...one, microcode })),
      },
    })
    const before = of('Mitigation: Clear CPU buffers', true, '0x1')
    expect(changeOf(before, of('Vulnerable', false, '0x2'))).toEqual([
      'firmware: CPU 0 microcode 0x1 -> 0x2',
      'state: weakness mds state Vulnerable, was Mitigation: Clear CPU buffers',
      'state: CPU smt active off, was on',
    ])
  })

  test('in lists of CPUs are told as ranges', () => {
    const offline = (numbers: readonly number[]) => ({ cpu: { ...cpu, offline: numbers } })
    expect(changeOf(offline([]), offline([4, 5, 6, 9]))).toEqual([
      'state: CPU offline 4-6,9, was none',
    ])
  })
})

test('facts that only one of two releases tells are details', () => {
  const { smtActive: _, ...older } = cpu
  const [change] = diffInventories(
    { ...emptyInventory, cpu: Object.assign({}, cpu, { smtActive: undefined }, older) },
    { ...emptyInventory, cpu: { ...cpu, smtActive: true } },
  ).changes
  expect(change).toMatchObject({ importance: 'detail', kind: 'added' })
})
