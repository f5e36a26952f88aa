import { expect, test } from 'vitest'
import {
  decodeNvmeIdentifyFile,
  decodeNvmeSmartFile,
} from '../../../../../agent/discovery/decode/nvme/file.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import {
  madeController,
  madeNamespace,
  madeSmartLog,
} from '../../../../../bench/fuzz/nvme-structures.ts'

test('controller tells its names, capacities and what it can', () => {
  expect(decodeNvmeIdentifyFile(madeController())).toMatchObject({
    kind: 'controller',
    serial: 'S64HNE0R123456',
    model: 'Dell Ent NVMe PM1735a MU 1.6TB',
    firmware: '2.3.0',
    controllerId: 65,
    subsystemNqn: 'nqn.1994-11.com.samsung:nvme:PM1735a:2.5-inch:S64HNE0R123456',
    totalCapacityBytes: 1_600_321_314_816,
    unallocatedCapacityBytes: 0,
    abilities: {
      vendorId: '144d',
      subsystemVendorId: '1028',
      ieeeOui: '002538',
      version: '1.4',
      controllerType: 'io',
      sharing: ['multiple-ports', 'multiple-controllers'],
      maximumTransferPages: 512,
      adminCommands: [
        'security',
        'format',
        'firmware',
        'namespace-management',
        'self-test',
        'management-interface',
      ],
      commands: [
        'write-uncorrectable',
        'dataset-management',
        'write-zeroes',
        'save-features',
        'timestamp',
      ],
      logPages: ['commands-and-effects', 'extended-data', 'telemetry', 'persistent-events'],
      firmwareSlotCount: 3,
      firstFirmwareSlotReadOnly: true,
      firmwareActivatesWithoutReset: true,
      sanitize: ['crypto-erase', 'block-erase'],
      format: ['crypto-erase'],
      volatileWriteCache: false,
      warningTemperatureCelsius: 72,
      criticalTemperatureCelsius: 85,
      thermalManagementCelsius: { minimum: 40, maximum: 72 },
      maximumNamespaceCount: 32,
      extendedSelfTestMinutes: 65,
      powerStates: [
        {
          maximumPowerWatts: 25,
          operational: true,
          entryLatencyMicroseconds: 180,
          idlePowerWatts: 5,
        },
        { maximumPowerWatts: 0.7, operational: false, idlePowerWatts: null },
      ],
    },
  })
})

test('namespace tells its sizes in the blocks of the format it has', () => {
  expect(decodeNvmeIdentifyFile(madeNamespace())).toMatchObject({
    kind: 'namespace',
    sizeBytes: 390_703_446 * 4096,
    usedBytes: 4_096_000,
    formatIndex: 1,
    protectionType: 1,
    shared: true,
    writeProtected: true,
    allocatedBytes: 1_600_321_314_816,
    eui64: '0025384512345678',
    nguid: '36344830521234560025384500000001',
    anaGroupId: 3,
    enduranceGroupId: null,
    abilities: {
      formats: [
        { dataBytes: 512, metadataBytes: 0, relativePerformance: 'good' },
        { dataBytes: 4096, metadataBytes: 8, relativePerformance: 'best' },
      ],
      features: ['atomic-writes', 'preferred-io'],
      metadata: ['at-end-of-block', 'separate'],
      protection: ['type-1', 'first-bytes', 'last-bytes'],
      reservations: ['write-exclusive'],
    },
  })
})

test('SMART log tells warnings, wear, temperatures and counters', () => {
  expect(decodeNvmeSmartFile(madeSmartLog(0x05))).toMatchObject({
    criticalWarnings: ['spare-low', 'reliability-degraded'],
    temperatureCelsius: 41,
    spareRatio: 0.96,
    usedRatio: 0.93,
    readBytes: 1_024_000_000_000,
    writtenBytes: 15_360_000_000_000_000,
    powerCycleCount: 57,
    powerOnHours: 26_280,
    unsafeShutdownCount: 12,
    mediaErrorCount: 3,
    errorLogEntryCount: 17,
    warningTemperatureMinutes: 5,
    sensorsCelsius: [41, 50, null, null, null, null, null, null],
  })
})

test('hex dumps of the tools are read as the bytes they show', () => {
  const lines = (bytes: Uint8Array, line: (offset: string, hex: string[]) => string) =>
    new TextEncoder().encode(
      Array.from({ length: bytes.length / 16 }, (_, index) => {
        const numbers = [...bytes.subarray(index * 16, index * 16 + 16)]
        const hex = numbers.map((byte) => byte.toString(16).padStart(2, '0'))
        return line((index * 16).toString(16), hex)
      }).join('\n'),
    )
  const log = madeSmartLog()
  const xxd = lines(log, (offset, hex) => {
    const pairs = Array.from({ length: 8 }, (_, at) => hex.slice(at * 2, at * 2 + 2).join(''))
    return `${offset.padStart(8, '0')}: ${pairs.join(' ')}  ....ab cd ef 01..`
  })
  const hexdump = lines(log, (offset, hex) => {
    const [left, right] = [hex.slice(0, 8).join(' '), hex.slice(8).join(' ')]
    return `${offset.padStart(8, '0')}  ${left}  ${right}  |abcdef..........|`
  })
  for (const text of [xxd, hexdump]) {
    expect(decodeNvmeSmartFile(text)).toEqual(decodeNvmeSmartFile(log))
  }
})

test('data of another length, and empty data, is refused', () => {
  expect(() => decodeNvmeIdentifyFile(new Uint8Array(512))).toThrow(DecodeError)
  expect(() => decodeNvmeIdentifyFile(new Uint8Array(4096))).toThrow(DecodeError)
  expect(() => decodeNvmeSmartFile(new Uint8Array(4096))).toThrow(DecodeError)
})
