import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeModuleFile } from '../../../../../agent/discovery/decode/module/file.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { moduleEeprom } from '../../../../../protocol/facts/transceiver-module.ts'
import {
  cmisMemory,
  qsfpMemory,
  sfpMemory,
  withParts,
} from '../../../../../bench/fuzz/module-memory.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function decoded(memory: Uint8Array) {
  return moduleEeprom.parse(decodeModuleFile(memory))
}

describe('SFP module', () => {
  test('tells who made it, what it reaches and what it reads', () => {
    const { module, findings } = decoded(sfpMemory())
    expect(findings).toEqual([])
    expect(module).toMatchObject({
      standard: 'sff-8472',
      standardRevision: '10.2',
      formFactor: 'SFP',
      connector: 'LC',
      vendor: 'FINISAR CORP.',
      vendorOui: '009065',
      partNumber: 'FTLX8571D3BCL',
      serial: 'AQG20FH',
      manufactureDate: '2013-05-01',
      compliance: ['10GBASE-SR'],
      encoding: '64B/66B',
      signallingRateBaud: 10_300_000_000,
      wavelengthNanometres: 850,
      maxPowerWatts: 1,
      lengths: [
        { medium: 'om3', metres: 300, orMore: false },
        { medium: 'om2', metres: 80, orMore: false },
        { medium: 'om1', metres: 30, orMore: false },
      ],
    })
    expect(module.monitors).toMatchObject({
      temperatureCelsius: 31.25,
      supplyVolts: 3.3,
      txBiasAmperes: [0.0076],
      txPowerWatts: [0.00055],
      rxPowerWatts: [0.0006],
      rxPowerKind: 'average',
      flags: [],
    })
    expect(module.monitors?.thresholds?.temperatureCelsius).toEqual({
      highAlarm: 80,
      lowAlarm: -13,
      highWarning: 78,
      lowWarning: -8,
    })
  })

  test('that is calibrated externally has its figures turned into readings', () => {
    const float = (value: number) => {
      const view = new DataView(new ArrayBuffer(4))
      view.setFloat32(0, value)
      return [view.getUint16(0), view.getUint16(2)]
    }
    const { module } = decoded(
      sfpMemory({
        bytes: { 92: 0x58 },
        words: {
          // Received power is half of the figure and 100 more; the higher powers do nothing.
          324: [...float(0.5), ...float(100)],
          // Bias doubles, power and voltage stay, temperature is 10 degrees higher.
          332: [0x0200, 0, 0x0100, 0, 0x0100, 2560, 0x0100],
        },
      }),
    )
    expect(module.monitors).toMatchObject({
      temperatureCelsius: 41.25,
      supplyVolts: 3.3,
      txBiasAmperes: [0.0152],
      txPowerWatts: [0.00055],
      rxPowerWatts: [0.00031],
    })
  })

  test('that is a passive copper cable has a length and no light', () => {
    const { module } = decoded(
      sfpMemory({
        bytes: { 2: 0x21, 3: 0, 8: 4, 16: 0, 17: 0, 18: 3, 19: 0, 36: 0x0d, 92: 0, 93: 0 },
      }),
    )
    expect(module).toMatchObject({
      connector: 'copper pigtail',
      transmitter: 'passive copper cable',
      wavelengthNanometres: null,
      compliance: ['passive cable', '25GBASE-CR CA-25G-N or 50GBASE-CR2 without FEC'],
      lengths: [{ medium: 'cable', metres: 3, orMore: false }],
      monitors: null,
    })
  })

  test('raises its flags', () => {
    const { module } = decoded(
      sfpMemory({ bytes: { 366: 0x02, 368: 0x80, 369: 0x40, 372: 0x80, 373: 0x40 } }),
    )
    expect(module.monitors?.flags).toEqual([
      { name: 'rx-loss', lanes: [1] },
      { name: 'temperature-high-alarm', lanes: null },
      { name: 'temperature-high-warning', lanes: null },
      { name: 'rx-power-low-alarm', lanes: [1] },
      { name: 'rx-power-low-warning', lanes: [1] },
    ])
  })

  test('with a damaged identity is read and reported', () => {
    const memory = sfpMemory()
    memory[20] = 0x58
    const { module, findings } = decoded(memory)
    expect(module.vendor).toBe('XINISAR CORP.')
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'module.checksum base identity',
    ])
  })

  test('whose second address was not read has no readings', () => {
    expect(decoded(sfpMemory().subarray(0, 256)).module.monitors).toBeNull()
  })
})

describe('QSFP module', () => {
  test('tells its four lanes and their limits', () => {
    const { module, findings } = decoded(qsfpMemory())
    expect(findings).toEqual([])
    expect(module).toMatchObject({
      standard: 'sff-8636',
      standardRevision: '2.8',
      formFactor: 'QSFP28',
      connector: 'MPO 1x12',
      vendor: 'Mellanox',
      vendorOui: '0002c9',
      partNumber: 'MMA1B00-C100D',
      revision: 'A3',
      serial: 'MT2011FT01234',
      manufactureDate: '2020-03-15',
      lotCode: 'A1',
      compliance: ['100GBASE-SR4 or 25GBASE-SR'],
      transmitter: '850 nm VCSEL',
      wavelengthNanometres: 850,
      maxPowerWatts: 3.5,
      lengths: [
        { medium: 'om4', metres: 100, orMore: false },
        { medium: 'om3', metres: 70, orMore: false },
      ],
    })
    expect(module.monitors?.rxPowerWatts).toEqual([0.0006, 0.00055, 0.0007, 0.000001])
    expect(module.monitors?.thresholds?.rxPowerWatts).toEqual({
      highAlarm: 0.0021878,
      lowAlarm: 0.000066,
      highWarning: 0.0017378,
      lowWarning: 0.0001047,
    })
  })

  test('that is a passive copper cable monitors nothing and has attenuation for a wavelength', () => {
    const { module } = decoded(
      qsfpMemory({
        bytes: { 130: 0x23, 146: 2, 143: 0, 147: 0xa0, 192: 0x0b, 220: 0 },
        words: { 186: [0x0406] },
      }),
    )
    expect(module).toMatchObject({
      transmitter: 'copper cable, unequalized',
      wavelengthNanometres: null,
      lengths: [{ medium: 'cable', metres: 2, orMore: false }],
      monitors: null,
    })
  })

  test('raises a flag for the lanes it is about', () => {
    const { module } = decoded(qsfpMemory({ bytes: { 3: 0x08, 9: 0x04, 10: 0x45 } }))
    expect(module.monitors?.flags).toEqual([
      { name: 'rx-loss', lanes: [4] },
      { name: 'rx-power-low-alarm', lanes: [2, 3, 4] },
      { name: 'rx-power-low-warning', lanes: [4] },
    ])
  })

  test('whose page of limits is missing or flat has none', () => {
    expect(decoded(qsfpMemory().subarray(0, 256)).module.monitors?.thresholds).toBeNull()
    expect(decoded(qsfpMemory({ bytes: { 2: 4 } })).module.monitors?.thresholds).toBeNull()
  })
})

describe('CMIS module', () => {
  test('tells its applications, state, lanes and what they complain of', () => {
    const { module, findings } = decoded(cmisMemory())
    expect(findings).toEqual([])
    expect(module).toMatchObject({
      standard: 'cmis',
      standardRevision: '5.2',
      formFactor: 'OSFP',
      connector: 'MPO 1x16',
      vendor: 'NVIDIA',
      vendorOui: '48b02d',
      serial: 'MT2345FT01234',
      manufactureDate: '2023-11-05',
      cleiCode: 'CMUIAH8AAA',
      firmwareVersion: '46.120',
      hardwareVersion: '1.2',
      wavelengthNanometres: 850,
      maxPowerWatts: 9,
      laneCount: 8,
      state: 'ready',
    })
    expect(module.applications).toEqual([
      {
        hostInterfaceId: '50',
        hostInterface: '400GAUI-4-L C2M',
        mediaInterfaceId: '11',
        mediaInterface: '400GBASE-SR4',
        hostLaneCount: 4,
        mediaLaneCount: 4,
      },
      {
        hostInterfaceId: '4c',
        hostInterface: '100GAUI-1-L C2M',
        mediaInterfaceId: '0d',
        mediaInterface: '100GBASE-SR1',
        hostLaneCount: 1,
        mediaLaneCount: 1,
      },
    ])
    expect(module.monitors).toMatchObject({
      temperatureCelsius: 52.25390625,
      supplyVolts: 3.2812,
      rxPowerKind: 'average',
      txBiasAmperes: Array.from({ length: 8 }, () => 0.0075),
      flags: [
        { name: 'rx-loss', lanes: [8] },
        { name: 'rx-power-low-alarm', lanes: [8] },
      ],
    })
    expect(module.monitors?.rxPowerWatts?.at(-1)).toBe(0.0000003)
  })

  test('has no reading for a lane that is not there', () => {
    const { module } = decoded(cmisMemory({ bytes: { 210: 0xf5 } }))
    expect(module.laneCount).toBe(2)
    expect(module.monitors?.rxPowerWatts).toEqual([null, 0.0009876, null, 0.0009876])
    expect(module.monitors?.flags).toEqual([])
  })

  test('of flat memory has its identity alone', () => {
    const { module } = decoded(
      cmisMemory({ bytes: { 2: 0x80, 202: 0x42, 212: 0x0a } }).subarray(0, 256),
    )
    expect(module).toMatchObject({
      transmitter: 'copper cable, unequalized',
      lengths: [{ medium: 'cable', metres: 2, orMore: false }],
      state: null,
      monitors: null,
      wavelengthNanometres: null,
    })
  })
})

describe('module file', () => {
  const memory = sfpMemory()
  const rows = Array.from({ length: 32 }, (_, row) => memory.subarray(row * 16, row * 16 + 16))
  const pairs = (row: Uint8Array, size: number) =>
    row
      .toHex()
      .match(new RegExp(`.{${size}}`, 'g'))
      ?.join(' ') ?? ''
  const offset = (row: number, digits: number) => (row * 16).toString(16).padStart(digits, '0')

  test.each([
    [
      'hexdump -C',
      rows.map(
        (row, at) =>
          `${offset(at, 8)}  ${pairs(row, 2).replace(/(.{23}) /, '$1  ')}  |................|`,
      ),
    ],
    ['xxd', rows.map((row, at) => `${offset(at, 8)}: ${pairs(row, 4)}  ..........FINISA`)],
    ['ethtool', rows.map((row, at) => `0x${offset(at, 4)}:\t\t${pairs(row, 2)} `)],
  ])('may be the text of %s', (_, lines) => {
    expect(decodeModuleFile(bytesOf(`${lines.join('\r\n')}\n`))).toEqual(decodeModuleFile(memory))
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', new Uint8Array([3])],
    ['memory that answered all ones', new Uint8Array(256).fill(0xff)],
    ['a kind of module without a map', withParts(new Uint8Array(256), { bytes: { 0: 6, 1: 1 } })],
    ['a QSFP cut short', qsfpMemory().subarray(0, 200)],
    ['a text that is no dump', bytesOf('netlink error: Operation not supported\n')],
    ['a dump past the last page', bytesOf('0xffffff0: 00 01 02\n')],
  ])('of %s is refused', (_, bytes) => {
    expect(() => decodeModuleFile(bytes)).toThrow(DecodeError)
  })

  test('of any bytes behind a known identifier is decoded to its schema', () => {
    const identifiers = [0x03, 0x0d, 0x11, 0x18, 0x19, 0x1e]
    fc.assert(
      fc.property(
        fc.constantFrom(...identifiers),
        fc.uint8Array({ minLength: 256, maxLength: 2432 }),
        (identifier, noise) => {
          noise[0] = identifier
          moduleEeprom.parse(decodeModuleFile(noise))
        },
      ),
    )
  })
})
