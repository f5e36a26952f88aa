import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { decodeNeighborFile } from '../../../agent/discovery/decode/lldp/capture.ts'
import { announcementFilter, instructionBytes } from '../../../agent/neighbors/filter.ts'
import { corpusPath } from '../../../bench/score/corpus.ts'
import { describeCorpus } from '../discovery/corpora.ts'
import { cdpFrame, lldpFrame, otherFrame } from './frames.ts'

/** A frame that came from the wire, one of PACKET_MULTICAST. */
const incoming = 2
const outgoing = 4

/** What a classic BPF program answers, by the rules of Documentation/networking/filter.rst. */
function run(program: Uint8Array, frame: Uint8Array, packetType: number): number {
  const view = new DataView(program.buffer)
  let accumulator = 0
  for (let at = 0; ; at++) {
    const place = at * instructionBytes
    const [code, value] = [view.getUint16(place, true), view.getUint32(place + 4, true)]
    const jump = (isTrue: boolean) => view.getUint8(place + (isTrue ? 2 : 3))
    const load = (size: number) => {
      if (value === 0xffff_f004) return packetType
      if (value + size > frame.length) return null
      return frame.subarray(value, value + size).reduce((sum, byte) => sum * 256 + byte, 0)
    }
    if (code === 0x06) return value
    if (code === 0x15) at += jump(accumulator === value)
    else if (code === 0x25) at += jump(accumulator > value)
    else {
      const loaded = load(code === 0x20 ? 4 : 2)
      // The kernel drops a frame that is shorter than what is loaded of it.
      if (loaded === null) return 0
      accumulator = loaded
    }
  }
}

const passes = (frame: Uint8Array, packetType = incoming) =>
  run(announcementFilter(), frame, packetType) > 0

test('filter lets LLDP and CDP through, tagged LLDP too', () => {
  const lldp = lldpFrame()
  const tagged = Uint8Array.from([...lldp.subarray(0, 12), 0x81, 0, 0, 5, ...lldp.subarray(12)])
  expect(passes(lldp)).toBe(true)
  expect(passes(tagged)).toBe(true)
  expect(passes(cdpFrame('switch'))).toBe(true)
})

test('filter drops everything else, short frames, and what the machine sends itself', () => {
  for (const type of [0x0800, 0x0806, 0x86dd, 0x8100, 0x88cb, 0x88cd, 0x05dd]) {
    expect(passes(otherFrame(type)), type.toString(16)).toBe(false)
  }
  const snap = [0xaa, 0xaa, 0x03]
  expect(passes(otherFrame(60, [...snap, 0x00, 0xe0, 0x2b, 0x00, 0xbb]))).toBe(false)
  expect(passes(otherFrame(38, [0x42, 0x42, 0x03, 0, 0, 0, 0, 0]))).toBe(false)
  expect(passes(lldpFrame().subarray(0, 13))).toBe(false)
  expect(passes(lldpFrame(), outgoing)).toBe(false)
})

describeCorpus('lldp-tcpdump', 'recorded frames', () => {
  test('filter lets those through that the decoder reads as LLDP or CDP', async () => {
    for (const name of ['LLDP_and_CDP', '3560_CDP', 'lldp_8021_linkagg', 'lldp_mudurl']) {
      const bytes = new Uint8Array(await readFile(corpusPath('lldp-tcpdump', `${name}.pcap`)))
      const frames = pcapFrames(bytes)
      const decoded = decodeNeighborFile(bytes).frames
      expect(frames.length, name).toBe(decoded.length)
      for (const [index, frame] of frames.entries()) {
        const { protocol } = decoded[index] ?? { protocol: 'other' }
        expect(passes(frame), `${name} ${index}`).toBe(protocol === 'lldp' || protocol === 'cdp')
      }
    }
  })
})

/** Frames of a pcap file in either byte order, read without our decoder. */
function pcapFrames(file: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isLittle = view.getUint32(0, true) === 0xa1b2c3d4
  const frames: Uint8Array[] = []
  for (let at = 24; at < file.length;) {
    const length = view.getUint32(at + 8, isLittle)
    frames.push(file.subarray(at + 16, at + 16 + length))
    at += 16 + length
  }
  return frames
}
