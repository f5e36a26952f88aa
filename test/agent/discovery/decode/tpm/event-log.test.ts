import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventContent } from '../../../../../agent/discovery/decode/tpm/event-content.ts'
import { decodeTpmEventLog } from '../../../../../agent/discovery/decode/tpm/event-log.ts'
import { sm3 } from '../../../../../agent/discovery/decode/tpm/sm3.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { tpmEventLog } from '../../../../../protocol/facts/tpm-event-log.ts'

const ids = { sha1: 0x0004, sha256: 0x000b, sm3_256: 0x0012, sha3_256: 0x0027 } as const
type Bank = keyof typeof ids

const hashes: Readonly<Record<Bank, (data: Uint8Array) => Uint8Array>> = {
  sha1: (data) => createHash('sha1').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  sm3_256: sm3,
  sha3_256: (data) => createHash('sha3-256').update(data).digest(),
}

const word = (value: number) => [
  value & 0xff,
  (value >>> 8) & 0xff,
  (value >>> 16) & 0xff,
  value >>> 24,
]
const half = (value: number) => [value & 0xff, value >>> 8]
const wide = (value: number) => [...word(value), 0, 0, 0, 0]
const ascii = (text: string) => [...new TextEncoder().encode(text)]
const utf16 = (text: string) => text.split('').flatMap((letter) => half(letter.charCodeAt(0)))
const bytes = (digits: string) => [...Uint8Array.fromHex(digits.replaceAll(/[ -]/g, ''))]

/** The first event of a crypto-agile log, PFP 1.06 §10.4.5.1. */
function specification(banks: readonly Bank[], vendor: readonly number[] = []) {
  const sizes = banks.flatMap((bank) => [...half(ids[bank]), ...half(bank === 'sha1' ? 20 : 32)])
  const head = [...ascii('Spec ID Event03'), 0, ...word(0), 0, 2, 0, 2, ...word(banks.length)]
  const data = [...head, ...sizes, vendor.length, ...vendor]
  return [...word(0), ...word(3), ...Array(20).fill(0), ...word(data.length), ...data]
}

function event(banks: readonly Bank[], pcr: number, type: number, data: readonly number[]) {
  const noAction = type === 3
  const digests = banks.flatMap((bank) => {
    const digest = hashes[bank](Uint8Array.from(data))
    return [...half(ids[bank]), ...(noAction ? digest.map(() => 0) : digest)]
  })
  return [
    ...word(pcr),
    ...word(type),
    ...word(banks.length),
    ...digests,
    ...word(data.length),
    ...data,
  ]
}

const separator = [0, 0, 0, 0]
/** Register, type and bytes of an event. */
type Made = readonly [pcr: number, type: number, data: readonly number[]]

test('banks are replayed with the hash of each, SM3 and SHA-3 among them', () => {
  const banks = ['sha256', 'sm3_256', 'sha3_256'] as const
  const log = [...specification(banks, [0xde, 0xad]), ...event(banks, 7, 4, separator)]
  const { pcrs, events, findings } = decodeTpmEventLog(Uint8Array.from(log))
  // As tpm2_eventlog 5.4 and hashlib have them.
  expect(pcrs).toMatchObject({
    sha256: { 7: '3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969' },
    sm3_256: { 7: '0d72b0164e4fa67d6b43d3cb8ead734737e479767e0d545eff22c6fe6275b357' },
  })
  expect(Object.keys(pcrs['sha3_256'] ?? {})).toEqual(['7'])
  expect(events[0]?.content).toMatchObject({ kind: 'specification', vendorInfo: 'dead' })
  expect(findings).toEqual([])
})

test('SM3 hashes as GB/T 32905-2016 appendix A', () => {
  expect(sm3(Uint8Array.from(ascii('abc'))).toHex()).toBe(
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  )
  expect(sm3(Uint8Array.from(ascii('abcd'.repeat(16)))).toHex()).toBe(
    'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
  )
})

test.each([
  ['zeros', []],
  ['locality 0', [[0, 3, [...ascii('StartupLocality'), 0, 0]]]],
  ['locality 3', [[0, 3, [...ascii('StartupLocality'), 0, 3]]]],
] satisfies readonly (readonly [string, readonly Made[]])[])(
  'PCR 0 starts with %s, and events of no action change nothing',
  (name, before) => {
    const banks = ['sha1'] as const
    const made: readonly Made[] = [...before, [6, 3, ascii('note')], [0, 4, separator]]
    const log = [...specification(banks), ...made.flatMap((one) => event(banks, ...one))]
    const start = new Uint8Array(20)
    start[19] = name === 'locality 3' ? 3 : 0
    const extended = hashes.sha1(
      Uint8Array.from([...start, ...hashes.sha1(Uint8Array.from(separator))]),
    )
    expect(decodeTpmEventLog(Uint8Array.from(log)).pcrs).toEqual({ sha1: { 0: extended.toHex() } })
  },
)

test.each([
  ['zeros', Array(64).fill(0), []],
  ['bytes of erased flash', Array(64).fill(0xff), []],
  ['half an event', [1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0], ['tpm.log-malformed']],
])('log that ends in %s has the events before it', (_, tail, codes) => {
  const log = [...specification(['sha256']), ...event(['sha256'], 7, 4, separator), ...tail]
  const { events, findings } = decodeTpmEventLog(Uint8Array.from(log))
  expect(events.length).toBe(2)
  expect(findings.map(({ code }) => code)).toEqual(codes)
})

const content = (type: string, data: readonly number[]) => eventContent(type, Uint8Array.from(data))
const globalGuid = bytes('61dfe48b ca93 d211 aa0d 00e098032b8c')
const owner = bytes('bd9afa77 5903 324d bd60 28f4e78f784b')
const ownerGuid = '77fa9abd-0359-4d32-bd60-28f4e78f784b'

/** UEFI_VARIABLE_DATA. */
const variable = (name: string, data: readonly number[]) => [
  ...globalGuid,
  ...wide(name.length),
  ...wide(data.length),
  ...utf16(name),
  ...data,
]

test('variables say what they mean', () => {
  const config = 'EV_EFI_VARIABLE_DRIVER_CONFIG'
  expect(content(config, variable('SecureBoot', [1]))).toMatchObject({
    vendorGuid: '8be4df61-93ca-11d2-aa0d-00e098032b8c',
    name: 'SecureBoot',
    data: '01',
    meaning: { kind: 'switch', enabled: true },
  })
  expect(content(config, variable('SecureBoot', []))).toMatchObject({ meaning: { enabled: false } })
  const digest = bytes('2616c4c14c509240aca941f936934328')
  const entry = [...owner, ...Array(32).fill(0xab)]
  const list = [...digest, ...word(28 + 48), ...word(0), ...word(48), ...entry]
  expect(content(config, variable('dbx', [...list, ...list]))).toMatchObject({
    meaning: {
      kind: 'signatures',
      lists: [
        { typeGuid: 'c1c41626-504c-4092-aca9-41f936934328', entries: [{ ownerGuid }] },
        { entrySizeBytes: 48, entries: [{ data: 'ab'.repeat(32) }] },
      ],
    },
  })
  expect(content(config, variable('dbx', list.slice(0, -1)))).toMatchObject({ meaning: null })
  expect(content('EV_EFI_VARIABLE_AUTHORITY', variable('db', [...owner, 0x30]))).toMatchObject({
    meaning: { kind: 'signature', ownerGuid, data: '30' },
  })
  expect(
    content('EV_EFI_VARIABLE_AUTHORITY', variable('SbatLevel', ascii('sbat,1,2022052400\n'))),
  ).toMatchObject({ meaning: { kind: 'text', text: 'sbat,1,2022052400\n' } })
})

test('boot variables say their order and where they boot from', () => {
  const boot = 'EV_EFI_VARIABLE_BOOT2'
  expect(content(boot, variable('BootOrder', [1, 0, 0x0a, 0]))).toMatchObject({
    meaning: { kind: 'boot-order', options: ['0001', '000a'] },
  })
  const path = bytes('04071400c9bdb87cebf8344faaea3ee4af6516a1 7fff0400')
  const option = [...word(1), ...half(path.length), ...utf16('Linux'), 0, 0, ...path, 1, 2]
  expect(content(boot, variable('Boot0001', option))).toMatchObject({
    meaning: {
      kind: 'load-option',
      option: {
        active: true,
        description: 'Linux',
        path: 'Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)',
        optionalDataBytes: 2,
      },
    },
  })
  const image = [...wide(0x1000), ...wide(42), ...wide(0), ...wide(path.length), ...path]
  expect(content('EV_EFI_BOOT_SERVICES_APPLICATION', image)).toMatchObject({
    sizeBytes: 42,
    path: 'Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)',
  })
})

test('blobs and tables of the second form say what they describe', () => {
  const blob = [9, ...ascii('POST CODE'), ...wide(0x82_0000), ...wide(0xe_0000)]
  for (const type of ['EV_EFI_PLATFORM_FIRMWARE_BLOB2', 'EV_POST_CODE2']) {
    expect(content(type, blob)).toEqual({
      kind: 'described-blob',
      description: 'POST CODE',
      base: '0x820000',
      sizeBytes: '0xe0000',
    })
    expect(content(type, blob.slice(0, -1))).toBe(null)
  }
  const pointers = [...wide(1), ...globalGuid, ...wide(0x7f00_0000)]
  const tables = [{ guid: '8be4df61-93ca-11d2-aa0d-00e098032b8c', address: '0x7f000000' }]
  expect(content('EV_EFI_HANDOFF_TABLES', pointers)).toEqual({
    kind: 'tables',
    description: null,
    tables,
  })
  expect(content('EV_EFI_HANDOFF_TABLES2', [6, ...ascii('SMBIOS'), ...pointers])).toEqual({
    kind: 'tables',
    description: 'SMBIOS',
    tables,
  })
})

test('tags and command lines are text where they are', () => {
  const tag = [...word(0x8f3b_22ec), ...word(13), ...ascii('Linux initrd'), 0]
  expect(content('EV_EVENT_TAG', tag)).toEqual({
    kind: 'tagged',
    tags: [{ id: '8f3b22ec', data: '4c696e757820696e6974726400', text: 'Linux initrd' }],
  })
  const line = utf16('root=/dev/sda1')
  // With its zeros, with one of them, and as a boot loader of UTF-8 writes it.
  for (const data of [
    [...line, 0, 0],
    [...line, 0],
    [...ascii('root=/dev/sda1'), 0],
  ]) {
    expect(content('EV_IPL', data)).toEqual({ kind: 'text', text: 'root=/dev/sda1' })
  }
  expect(content('EV_IPL', [1, 2, 0xff])).toBe(null)
  // A letter of another encoding makes no bytes of a command.
  expect(content('EV_IPL', [...ascii('set name=B'), 0xfc, ...ascii('ro')])).toEqual({
    kind: 'text',
    text: 'set name=B\ufffdro',
  })
})

test('whatever the bytes of an event, the log keeps to its schema', () => {
  const types = [1, 3, 6, 8, 0xd, 0x13, 0x8000_0001, 0x8000_0002, 0x8000_0003, 0x8000_0006]
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((one) => [...one]),
    fc.uint8Array({ maxLength: 120 }).map((one) => variable('dbx', [...one])),
    fc.uint8Array({ maxLength: 120 }).map((one) => variable('Boot0001', [...one])),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...types, 0x8000_0009, 0x8000_000a, 0x8000_000b),
      data,
      (type, one) => {
        const log = [...specification(['sha256']), ...event(['sha256'], 0, type, one)]
        try {
          tpmEventLog.parse(decodeTpmEventLog(Uint8Array.from(log)))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      },
    ),
  )
})
