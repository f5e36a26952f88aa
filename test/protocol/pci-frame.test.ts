import { expect, test } from 'vitest'
import { encodeCbor, scanCbor } from '../../protocol/cbor.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import { limits } from '../../protocol/limits.ts'

function address(index: number): string {
  const bus = ((index >> 3) & 0xff).toString(16).padStart(2, '0')
  return `000${index >> 11}:${bus}:00.${index & 7}`
}

/** A function of a card with an SR-IOV list of capabilities, real or virtual. */
function pciFunction(index: number, physicalFunction: string | null) {
  return {
    address: address(index),
    parentAddress: '0000:00:01.0',
    vendorId: '15b3',
    deviceId: '101d',
    subsystemVendorId: '15b3',
    subsystemDeviceId: '0040',
    classCode: '020000',
    revision: '00',
    headerType: 0,
    bridge: null,
    driver: 'mlx5_core',
    numaNode: 1,
    iommuGroup: index,
    link: { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 },
    capabilityIds: ['10', '11', '09', '01'],
    extendedCapabilityIds: ['0001', '000e', '000f'],
    slot: null,
    physicalFunction,
  }
}

test('facts of 2,000 functions with 256 real ones fit one frame', () => {
  const real = Array.from({ length: 256 }, (_, index) => address(index))
  const of = <T>(row: (one: string) => T) => real.map(row)
  const facts = parseFacts('pci', {
    functions: Array.from({ length: 2000 }, (_, index) =>
      pciFunction(index, index < 256 ? null : address(index & 0xff)),
    ),
    details: {
      regions: of((one) => ({
        address: one,
        index: 0,
        kind: 'memory',
        sizeBytes: 2 ** 37,
        prefetchable: true,
        widthBits: 64,
      })),
      resizableRegions: [],
      payloads: of((one) => ({
        address: one,
        maximumPayloadBytes: 512,
        payloadBytes: 512,
        readRequestBytes: 4096,
      })),
      serials: of((one) => ({ address: one, serial: 'a088c20300abcdef' })),
      interrupts: of((one) => ({ address: one, vectorCount: 64, enabled: true })),
      virtualization: of((one) => ({ address: one, totalCount: 8, count: 8, deviceId: '101e' })),
      accessControls: of((one) => ({ address: one, supported: [], enabled: [] })),
      containment: [],
      errorCounts: of((one) => ({
        address: one,
        severity: 'correctable',
        counts: { BadTLP: 2 ** 30 },
      })),
      lowPower: [],
      resets: of((one) => ({ address: one, methods: ['flr', 'bus'] })),
      cxl: [],
      dataObjectExchange: [],
      encryption: [],
    },
  })
  const frame = encodeCbor(facts)
  expect(frame.length).toBeLessThan(limits.frameBytes)
  expect(() => scanCbor(frame)).not.toThrow()
})
