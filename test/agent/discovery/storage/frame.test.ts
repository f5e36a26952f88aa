import { expect, test } from 'vitest'
import { fitting } from '../../../../agent/discovery/storage/fit.ts'
import { encodeCbor, scanCbor } from '../../../../protocol/cbor.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { noStorage, type StorageFacts } from '../../../../protocol/facts/storage.ts'
import { limits } from '../../../../protocol/limits.ts'

/** A SAS disk of a large housing, as full as they are. */
function disk(index: number) {
  const digits = index.toString(16).padStart(16, '5')
  const name = `sd${index}`
  return {
    name,
    transport: 'sas',
    vendor: 'SEAGATE',
    model: 'ST16000NM004J',
    serial: `ZR50${digits}`,
    wwn: digits,
    eui64: null,
    nguid: null,
    firmware: 'E004',
    sizeBytes: 16_000_900_661_248,
    logicalBlockSizeBytes: 512,
    physicalBlockSizeBytes: 4096,
    rotational: true,
    removable: false,
    readOnly: false,
    holders: [],
    partitions: [1, 9].map((number) => ({
      name: `${name}${number}`,
      number,
      startBytes: 1_048_576 * number,
      sizeBytes: 16_000_889_126_912,
      holders: [],
    })),
    pciAddress: '0000:3b:00.0',
    numaNode: 0,
    attachment: {
      kind: 'scsi',
      address: `0:0:${index}:0`,
      state: 'running',
      queueDepth: 254,
      sasAddress: digits,
      linkSpeedBitsPerSecond: 12_000_000_000,
      enclosure: '500304801234567f',
      slot: index % 60,
    },
    health: {
      source: 'scsi',
      healthy: true,
      temperatureCelsius: 31,
      powerOnHours: 30_000.5,
      powerCycleCount: 40,
      usedRatio: null,
      spareRatio: null,
      readBytes: 2 ** 52,
      writtenBytes: 2 ** 52,
      mediaErrorCount: 0,
      badSectorCount: null,
      warnings: [],
    },
  }
}

function machineOf(count: number): StorageFacts {
  const disks = Array.from({ length: count }, (_, index) => disk(index))
  const names = disks.map(({ name }) => name)
  const signature = {
    name: 'zfs',
    use: 'volume-member',
    offsetBytes: 16_384,
    version: '5000',
    label: 'tank',
    uuid: '12345678901234567890',
  }
  return parseFacts('storage', {
    ...noStorage,
    disks,
    contents: names.map((device) => ({ device, partitionTable: null, signatures: [signature] })),
    enclosures: Array.from({ length: Math.ceil(count / 60) }, (_, index) => ({
      name: `0:0:${1000 + index}:0`,
      id: '500304801234567f',
      vendor: 'LSI',
      product: 'SAS3x60',
      slots: Array.from({ length: 60 }, (_item, slot) => ({
        name: `Slot${slot}`,
        number: slot,
        status: 'OK',
        located: false,
        faulty: false,
        disk: `sd${index * 60 + slot}`,
      })),
    })),
  })
}

test('facts of 600 disks with all that they tell fit one frame', () => {
  const { facts, findings } = fitting(machineOf(600))
  expect(findings).toEqual([])
  const frame = encodeCbor(facts)
  expect(frame.length).toBeLessThan(limits.frameBytes * 0.75)
  expect(() => scanCbor(frame)).not.toThrow()
})

test.each([1000, 2000])(
  'facts of %i disks fit one frame and say what they are without',
  (count) => {
    const { facts, findings } = fitting(machineOf(count))
    expect(facts.disks).toHaveLength(count)
    expect(findings).toMatchObject([{ code: 'storage.left-out' }])
    const frame = encodeCbor(facts)
    expect(frame.length).toBeLessThan(limits.frameBytes)
    expect(() => scanCbor(frame)).not.toThrow()
  },
)
