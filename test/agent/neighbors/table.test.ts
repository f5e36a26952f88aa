import { expect, test } from 'vitest'
import { decodeEthernetFrame } from '../../../agent/discovery/decode/lldp/frame.ts'
import { expire, framesIn, hear, neighborsIn } from '../../../agent/neighbors/table.ts'
import type { NeighborTable } from '../../../agent/neighbors/table.ts'
import { lldpFrame, otherFrame } from './frames.ts'

const say = (table: NeighborTable, frame: Uint8Array, nowMs = 0) =>
  hear(table, decodeEthernetFrame(frame), frame, nowMs)

test('table keeps neighbours apart by chassis and port, and the last frame of each', () => {
  const table: NeighborTable = new Map()
  expect(say(table, lldpFrame({ port: 'b' }))).toBe('changed')
  expect(say(table, lldpFrame({ port: 'a' }))).toBe('changed')
  const last = lldpFrame({ port: 'b', systemName: 'renamed' })
  expect(say(table, last)).toBe('changed')
  expect(say(table, last)).toBe('same')
  expect(neighborsIn(table).map(({ portId }) => portId)).toEqual(['a', 'b'])
  expect(framesIn(table)[1]).toEqual(last)
})

test('table drops a neighbour at the end of its time, counted from its last frame', () => {
  const table: NeighborTable = new Map()
  say(table, lldpFrame({ timeToLiveSeconds: 10 }), 0)
  say(table, lldpFrame({ timeToLiveSeconds: 10 }), 5000)
  expect(expire(table, 14_999)).toBe(false)
  expect(expire(table, 15_000)).toBe(true)
  expect(table.size).toBe(0)
})

test('table ignores frames that announce nobody', () => {
  const table: NeighborTable = new Map()
  expect(say(table, otherFrame(0x0800))).toBe('ignored')
  // An LLDPDU that is nothing but a time to live.
  const silent = Uint8Array.from([...lldpFrame().subarray(0, 14), 0x06, 2, 0, 120, 0, 0])
  expect(say(table, silent)).toBe('ignored')
  expect(say(table, lldpFrame({ timeToLiveSeconds: 0 }))).toBe('same')
  expect(table.size).toBe(0)
})

test('table refuses a frame that says more than facts may hold', () => {
  const table: NeighborTable = new Map()
  const frame = (count: number) => {
    // 802.1 port VLAN.
    const tlvs = Array.from({ length: count }, () => [0xfe, 6, 0, 0x80, 0xc2, 1, 0, 5]).flat()
    return Uint8Array.from([...lldpFrame().subarray(0, -2), ...tlvs, 0, 0])
  }
  expect(() => say(table, frame(300))).toThrow('says more')
  expect(say(table, frame(200))).toBe('changed')
})
