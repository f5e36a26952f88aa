import { describe, expect, test } from 'vitest'
import { flatten, presentAttributes } from '../../../protocol/attributes.ts'
import { emptyInventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { pciDetails } from '../../../protocol/facts/pci-details.ts'
import {
  linkState,
  linkStates,
  linkText,
  pciGeneration,
} from '../../../protocol/facts/pci-links.ts'
import { pciTree } from '../../../protocol/facts/pci-tree.ts'

const x16 = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 }

const emptyDetails = Object.fromEntries(Object.keys(pciDetails.shape).map((name) => [name, []]))

function pciFunction(address: string, parentAddress: string | null, changes: object = {}) {
  return {
    address,
    parentAddress,
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
    link: x16,
    capabilityIds: [],
    extendedCapabilityIds: [],
    slot: null,
    physicalFunction: null,
    ...changes,
  }
}

const port = { headerType: 1, bridge: { secondaryBus: 1, subordinateBus: 1 } }
const facts = (functions: readonly object[], details: object = {}) =>
  parseFacts('pci', { functions, details: { ...emptyDetails, ...details } })

describe('a PCI Express link', () => {
  test.each([
    [{}, x16, 'full', 'x16 Gen4'],
    [{ laneWidth: 8 }, x16, 'narrow', 'x8 Gen4, can x16 Gen4'],
    [{ laneWidth: 8 }, { ...x16, maxLaneWidth: 8 }, 'full', 'x8 Gen4'],
    [{ speedGtPerS: 2.5 }, x16, 'slow', 'x16 Gen1, can x16 Gen4'],
    [{ speedGtPerS: 8 }, { ...x16, maxSpeedGtPerS: 8 }, 'full', 'x16 Gen3'],
    [{ laneWidth: 0, speedGtPerS: null }, x16, 'down', 'down, can x16 Gen4'],
    [{ laneWidth: 8 }, null, 'unjudged', 'x8 Gen4, device x16 Gen4'],
    [{}, null, 'full', 'x16 Gen4'],
  ])('of %o under the port %o is %s', (changes, above, state, text) => {
    const judged = linkState({ ...x16, ...changes }, above)
    expect([judged.state, linkText(judged)]).toEqual([state, text])
  })

  test('is judged against the port above it, bridges and virtual functions left out', () => {
    const functions = facts([
      pciFunction('0000:00:01.0', null, port),
      pciFunction('0000:01:00.0', '0000:00:01.0', { link: { ...x16, laneWidth: 4 } }),
      pciFunction('0000:01:00.1', '0000:00:01.0', { link: { ...x16, laneWidth: 4 } }),
      pciFunction('0000:01:00.2', '0000:00:01.0', { physicalFunction: '0000:01:00.0' }),
    ]).functions
    expect([...linkStates(functions)].map(([address, { state }]) => [address, state])).toEqual([
      ['0000:01:00.0', 'narrow'],
      ['0000:01:00.1', 'narrow'],
    ])
  })

  test('has a generation for each rate of the standard', () => {
    expect([2.5, 16, 64, 7, null].map(pciGeneration)).toEqual([1, 4, 6, null, null])
  })
})

test('attributes of PCI count links, virtual functions, CXL and errors', () => {
  const cxl = { capable: [], enabled: [], rangeCount: 1 }
  const pci = facts(
    [
      pciFunction('0000:00:01.0', null, port),
      pciFunction('0000:01:00.0', '0000:00:01.0', { link: { ...x16, laneWidth: 4 } }),
      pciFunction('0000:01:00.2', '0000:00:01.0', { physicalFunction: '0000:01:00.0' }),
    ],
    {
      virtualization: [{ address: '0000:01:00.0', totalCount: 8, count: 1, deviceId: '101e' }],
      cxl: [
        { address: '0000:01:00.0', deviceType: 3, ...cxl },
        { address: '0000:01:00.1', deviceType: 1, ...cxl },
      ],
      errorCounts: [
        { address: '0000:01:00.0', severity: 'correctable', counts: { BadTLP: 3, RxErr: 1 } },
        { address: '0000:01:00.0', severity: 'fatal', counts: { DLP: 1 } },
      ],
    },
  )
  const inventory = { ...emptyInventory, pci }
  const values = flatten({ inventory, benchmarks: [], findings: null, fabric: null, labels: {} })
  expect(presentAttributes(values)).toMatchObject({
    'pci.count': 2,
    'pci.devices': ['15b3:101d'],
    'pci.linksNarrow': 1,
    'pci.narrowLinks': ['0000:01:00.0'],
    'pci.slowLinks': null,
    'pci.virtualFunctions': 1,
    'pci.virtualFunctionsMax': 8,
    'pci.cxlDevices': 2,
    'pci.cxlMemoryDevices': 1,
    'pci.errorsCorrectable': 4,
    'pci.errorsUncorrectable': 1,
  })
})

describe('the PCI tree', () => {
  test('hangs every function below its bridge and counts virtual ones', () => {
    const { functions } = facts([
      pciFunction('0001:00:00.0', null),
      pciFunction('0000:01:00.0', '0000:00:01.0'),
      pciFunction('0000:01:00.1', '0000:00:01.0', { physicalFunction: '0000:01:00.0' }),
      pciFunction('0000:00:01.0', null, port),
    ])
    const [first, second, ...others] = pciTree(functions)
    expect(others).toEqual([])
    expect([first?.bus, second?.bus]).toEqual(['0000:00', '0001:00'])
    const [bridge] = first?.children ?? []
    expect(bridge?.pci.address).toBe('0000:00:01.0')
    expect(bridge?.children.map(({ pci }) => pci.address)).toEqual(['0000:01:00.0'])
    expect(bridge?.children[0]?.virtualFunctionCount).toBe(1)
  })

  test('loses no function whose bridge is missing, and ends where bridges name each other', () => {
    const orphan = facts([pciFunction('0000:05:00.0', '0000:00:1c.0')]).functions
    expect(pciTree(orphan)).toMatchObject([{ bus: '0000:05' }])
    const loop = facts([
      pciFunction('0000:00:00.0', null, port),
      pciFunction('0000:01:00.0', '0000:01:00.0'),
    ]).functions
    expect(pciTree(loop).flatMap(({ children }) => children)).toHaveLength(2)
  })
})
