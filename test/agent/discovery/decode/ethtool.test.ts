import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeDriverInfo,
  decodeFec,
  decodeLinkSettings,
  decodePermanentAddress,
  linkModeWordCount,
  moduleMemory,
  moduleMemoryBytes,
} from '../../../../agent/discovery/decode/ethtool/answers.ts'
import {
  linkModesOf,
  modeSpeedBitsPerSecond,
} from '../../../../agent/discovery/decode/ethtool/link-modes.ts'
import { ethtoolQuestions } from '../../../../agent/discovery/nic/ethtool-questions.ts'
import { mayAsk } from '../../../../agent/device-access/may-ask.ts'
import { DecodeError } from '../../../../protocol/errors.ts'
import { linkSettingsAnswer, wordsAnswer } from '../nic/answers.ts'

test('link modes are named by their bits as ethtool prints them', () => {
  expect(linkModesOf([0x0000_6ac0 | 1])).toEqual([
    '10baseT/Half',
    'Autoneg',
    'TP',
    'MII',
    'BNC',
    'Pause',
    'Asym_Pause',
  ])
  expect(linkModesOf([0, 0x8000_0000, 1, 0x1000_0000])).toEqual([
    '200000baseSR4/Full',
    '200000baseLR4_ER4_FR4/Full',
    '1600000baseDR8_2/Full',
  ])
  expect(linkModesOf([0, 0, 0, 0x2000_0000])).toEqual(['bit-125'])
})

test('speed of a mode is in its name; what is no mode has none', () => {
  expect(modeSpeedBitsPerSecond('400000baseDR4_2/Full')).toBe(400e9)
  expect(modeSpeedBitsPerSecond('10000baseR_FEC')).toBe(10e9)
  expect(modeSpeedBitsPerSecond('FIBRE')).toBeNull()
})

test('link settings tell speed, port and the modes of both ends', () => {
  const answer = linkSettingsAnswer({
    speedMegabits: 25_000,
    duplex: 1,
    port: 3,
    autonegotiation: 1,
    masks: [
      [0x8000_2440, 0x0007_0003],
      [0x8000_0040, 0],
      [0, 0x0000_0001],
    ],
  })
  expect(decodeLinkSettings(answer)).toEqual({
    linkSpeedBitsPerSecond: 25e9,
    duplex: 'full',
    port: 'fibre',
    autonegotiation: true,
    linkModes: {
      supported: [
        'Autoneg',
        'FIBRE',
        'Pause',
        '25000baseCR/Full',
        '25000baseKR/Full',
        '25000baseSR/Full',
        '5000baseT/Full',
        'FEC_NONE',
        'FEC_RS',
      ],
      advertised: ['Autoneg', '25000baseCR/Full'],
      partner: ['25000baseKR/Full'],
    },
  })
})

test('link settings of an interface without a link or a word tell nothing', () => {
  const answer = linkSettingsAnswer({
    speedMegabits: 0xffff_ffff,
    duplex: 0xff,
    port: 0xff,
    autonegotiation: 0,
    masks: [[0], [0], [0]],
  })
  expect(decodeLinkSettings(answer)).toEqual({
    linkSpeedBitsPerSecond: null,
    duplex: null,
    port: 'other',
    autonegotiation: null,
    linkModes: null,
  })
})

test('kernel tells how many words of modes it wants', () => {
  const refusal = new Uint8Array(48)
  refusal[15] = 0x100 - 4
  expect(linkModeWordCount(refusal)).toBe(4)
  expect(() => linkModeWordCount(new Uint8Array(48))).toThrow(DecodeError)
})

test('driver information is text without what drivers write for nothing', () => {
  const answer = new Uint8Array(196)
  for (const [index, text] of ['ixgbe', '6.1.0-18-amd64', '0x800003e7', 'N/A', ''].entries()) {
    answer.set(new TextEncoder().encode(text), 4 + index * 32)
  }
  expect(decodeDriverInfo(answer)).toEqual({
    driver: 'ixgbe',
    driverVersion: '6.1.0-18-amd64',
    firmwareVersion: '0x800003e7',
    busInfo: null,
    expansionRomVersion: null,
  })
})

test('permanent address of nothing but zeros is none', () => {
  const answer = (bytes: string) =>
    new Uint8Array([...wordsAnswer([0x20, bytes.length / 2]), ...Uint8Array.fromHex(bytes)])
  expect(decodePermanentAddress(answer('525400123456'))).toBe('52:54:00:12:34:56')
  expect(decodePermanentAddress(answer('000000000000'))).toBeNull()
  expect(decodePermanentAddress(answer(''))).toBeNull()
})

test('error correction that nobody knows is none', () => {
  expect(decodeFec(wordsAnswer([0x50, 8, 2 | 8, 0]))).toEqual({
    configured: ['auto', 'rs'],
    active: ['rs'],
  })
  expect(decodeFec(wordsAnswer([0x50, 0, 0, 0]))).toBeNull()
})

test('module memory has a length we can take', () => {
  expect(moduleMemoryBytes(wordsAnswer([0x42, 2, 512]))).toBe(512)
  expect(() => moduleMemoryBytes(wordsAnswer([0x42, 2, 0]))).toThrow(DecodeError)
  expect(moduleMemory(wordsAnswer([0x43, 0, 0, 4, 0x0403]))).toEqual(new Uint8Array([3, 4, 0, 0]))
  expect(() => moduleMemory(wordsAnswer([0x43, 0, 0, 8, 0x0403]))).toThrow(DecodeError)
})

test('answers of any bytes are decoded or refused', () => {
  const decoders = [
    decodeDriverInfo,
    decodePermanentAddress,
    decodeLinkSettings,
    decodeFec,
    linkModeWordCount,
    moduleMemoryBytes,
    moduleMemory,
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...decoders),
      fc.uint8Array({ maxLength: 300 }),
      (decode, bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      },
    ),
  )
})

test('every question may be asked', () => {
  const { driverInfo, permanentAddress, moduleInfo, moduleEeprom, linkSettings, fec } =
    ethtoolQuestions
  const questions = [
    ...[driverInfo, permanentAddress, moduleInfo, fec].map((question) => question('eth0')),
    moduleEeprom('eth0', 640),
    linkSettings('eth0', 0),
    linkSettings('eth0', 4),
  ]
  expect(questions.filter((question) => !mayAsk(question))).toEqual([])
  expect(linkSettings('eth0', 4).request).toBe('4c000000000000000000000000000004')
})
