import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeNeighborFile } from '../../../../../agent/discovery/decode/lldp/capture.ts'
import { decodeCdp } from '../../../../../agent/discovery/decode/lldp/cdp.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { cdpFrame, lldpFrame } from '../../../neighbors/frames.ts'

const frame = lldpFrame()
const bytes = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

function words(isBig: boolean, ...values: readonly number[]): readonly number[] {
  return values.flatMap((value) => {
    const each = [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]
    return isBig ? each.toReversed() : each
  })
}

function pcap(isBig: boolean, magic: number, link: number, one: Uint8Array): Uint8Array {
  const head = words(isBig, magic, 0, 0, 0, 65_535, link)
  return bytes(head, words(isBig, 0, 0, one.length, one.length), one)
}

function block(isBig: boolean, type: number, body: Uint8Array): Uint8Array {
  const padded = bytes(body, Array((4 - (body.length % 4)) % 4).fill(0))
  const length = 12 + padded.length
  return bytes(words(isBig, type, length), padded, words(isBig, length))
}

const names = (file: Uint8Array) =>
  decodeNeighborFile(file).frames.map(({ summary }) => summary?.systemName)

test.each([
  ['microseconds', false, 0xa1b2_c3d4],
  ['nanoseconds', false, 0xa1b2_3c4d],
  ['microseconds, big-endian', true, 0xa1b2_c3d4],
  ['nanoseconds, big-endian', true, 0xa1b2_3c4d],
])('capture with %s is read', (_, isBig, magic) => {
  expect(names(pcap(isBig, magic, 1, frame))).toEqual(['leaf-1'])
})

test.each([
  ['802.1Q', [0x81, 0x00, 0x00, 0x64], [100]],
  ['802.1ad', [0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0x65], [100, 101]],
  ['0x9100', [0x91, 0x00, 0xe0, 0x05], [5]],
])('tags of %s are taken off, of a frame and of one captured from "any"', (_, tags, vlans) => {
  const tagged = bytes(frame.subarray(0, 12), tags, frame.subarray(12))
  expect(decodeNeighborFile(tagged).frames[0]).toMatchObject({ protocol: 'lldp', vlans })
  const cooked = bytes([0, 1, 0, 1, 0, 6], frame.subarray(6, 12), [0, 0], tags, frame.subarray(12))
  expect(decodeNeighborFile(pcap(false, 0xa1b2_c3d4, 113, cooked)).frames[0]).toMatchObject({
    protocol: 'lldp',
    vlans,
    source: '02:00:00:00:00:01',
    summary: { systemName: 'leaf-1' },
  })
})

test('frame of LLDP behind a SNAP header is read', () => {
  const snap = bytes([0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0xcc], frame.subarray(14))
  const one = bytes(frame.subarray(0, 12), [0, snap.length], snap)
  expect(decodeNeighborFile(one).frames).toMatchObject([
    { protocol: 'lldp', summary: { systemName: 'leaf-1' } },
  ])
})

test('frame of CDP captured from "any", where its length is not told, is read to its end', () => {
  const ethernet = cdpFrame('switch.example')
  const cooked = bytes(
    [0, 1, 0, 1, 0, 6],
    ethernet.subarray(6, 12),
    [0, 0, 0, 4],
    ethernet.subarray(14),
  )
  const [read] = decodeNeighborFile(pcap(false, 0xa1b2_c3d4, 113, cooked)).frames
  expect(read?.summary).toMatchObject({ chassisId: 'switch.example', portId: 'Gi0/1' })
})

test.each([false, true])('blocks of pcapng are read by their interface, big-endian %s', (isBig) => {
  const section = block(isBig, 0x0a0d_0d0a, bytes(words(isBig, 0x1a2b_3c4d, 1, 0, 0)))
  const link = (type: number) =>
    block(
      isBig,
      1,
      bytes(isBig ? [type >> 8, type & 255, 0, 0] : [type & 255, type >> 8, 0, 0], words(isBig, 0)),
    )
  const cooked = bytes(
    frame.subarray(12, 14),
    [0, 0, 0, 0, 0, 1, 0, 1, 0, 6],
    frame.subarray(6, 12),
    [0, 0],
    frame.subarray(14),
  )
  const enhanced = (at: number, one: Uint8Array) =>
    block(isBig, 6, bytes(words(isBig, at, 0, 0, one.length, one.length), one))
  const old = block(
    isBig,
    2,
    bytes(
      isBig ? [0, 1, 0, 0] : [1, 0, 0, 0],
      words(isBig, 0, 0, frame.length, frame.length),
      frame,
    ),
  )
  const file = bytes(section, link(276), link(1), enhanced(1, frame), enhanced(0, cooked), old)
  expect(names(file)).toEqual(['leaf-1', 'leaf-1', 'leaf-1'])
})

/** Fields of one TLV of CDP. */
function cdp(type: number, digits: string) {
  const value = Uint8Array.fromHex(digits.replaceAll(' ', ''))
  const { tlvs } = decodeCdp(bytes([2, 180, 0, 0], [0, type, 0, 4 + value.length], value))
  return { name: tlvs[0]?.name, fields: tlvs[0]?.fields }
}

test('TLVs of CDP say gateway, object, spare pairs, and a device that is bytes', () => {
  expect(cdp(0x07, 'c0a80101').fields).toEqual({ prefixes: [], defaultGateway: '192.168.1.1' })
  expect(cdp(0x07, '0a00000018').fields).toEqual({ prefixes: ['10.0.0.0/24'] })
  expect(cdp(0x15, '0606 2b0601040109').fields).toEqual({ objectIdentifier: '1.3.6.1.4.1.9' })
  expect(cdp(0x15, '2b0601040109').fields).toEqual({ objectIdentifier: '1.3.6.1.4.1.9' })
  expect(cdp(0x1f, '05')).toMatchObject({
    name: 'spare-pair-power',
    fields: { fourWireSupported: true, spareArchitecture: false, spareRequested: true },
  })
  const product = `${'00'.repeat(20)} 00000001 00000002 ${'4b39'.padEnd(32, '0')} 0000 563031`
  expect(cdp(0x1d, `${product} 464f4331323334353637 00`)).toEqual({
    name: 'energywise',
    fields: {
      seenSequence: 1,
      sequence: 2,
      model: 'K9',
      hardwareVersion: 'V01',
      serial: 'FOC1234567',
    },
  })
  expect(cdp(0x17, '00 726f6f6d').fields).toEqual({ type: 0, text: 'room' })
  expect(cdp(0x01, '0001fe').fields).toEqual({ text: '0001fe' })
})

test('any bytes are a capture, or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (tail, cut) => {
      const whole = bytes(frame.subarray(0, cut % frame.length), tail)
      for (const file of [whole, pcap(false, 0xa1b2_c3d4, [1, 113, 276][cut % 3] ?? 1, whole)]) {
        try {
          decodeNeighborFile(file)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }
    }),
  )
})
