import type { IpmiFru } from '../../../../protocol/facts/ipmi.ts'
import { hexOf, toHex, u16le, u8 } from '../integers.ts'

type FruRecord = IpmiFru['records'][number]

/** Table 16-2. */
const names: ReadonlyMap<number, string> = new Map([
  [0x00, 'Power Supply'],
  [0x01, 'DC Output'],
  [0x02, 'DC Load'],
  [0x03, 'Management Access'],
  [0x04, 'Base Compatibility'],
  [0x05, 'Extended Compatibility'],
  [0x06, 'ASF Fixed SMBus Device'],
  [0x07, 'ASF Legacy-Device Alerts'],
  [0x08, 'ASF Remote Control'],
  [0x09, 'Extended DC Output'],
  [0x0a, 'Extended DC Load'],
  [0x0b, 'NVMe'],
  [0x0c, 'NVMe PCIe Port'],
  [0x0d, 'NVMe Topology'],
])

const headerBytes = 5
const maxRecords = 64

/** Records of the multirecord area at `start`, 0 for none (§16); `note` is told what is wrong. */
export function fruRecords(
  bytes: Uint8Array,
  start: number,
  note: (what: string) => void,
): readonly FruRecord[] {
  const records: FruRecord[] = []
  if (start === 0) return records
  for (let at = start; ;) {
    if (at + headerBytes > bytes.length || records.length >= maxRecords) {
      note(`the records from byte ${start} on have no end`)
      return records
    }
    const header = bytes.subarray(at, at + headerBytes)
    const length = u8(header, 2)
    const data = bytes.subarray(at + headerBytes, at + headerBytes + length)
    const sum = header.reduce((total, byte) => (total + byte) & 0xff, 0)
    if (sum !== 0 || data.length < length) {
      note(`the record at byte ${at} of ${bytes.length} cannot be read`)
      return records
    }
    const dataSum = data.reduce((total, byte) => (total + byte) & 0xff, u8(header, 3))
    if (dataSum !== 0) note(`the record at byte ${at} has a wrong sum`)
    records.push(recordOf(u8(header, 0), u8(header, 1) & 0x0f, data))
    if ((u8(header, 1) & 0x80) !== 0) return records
    at += headerBytes + length
  }
}

function recordOf(code: number, version: number, data: Uint8Array): FruRecord {
  return {
    type: names.get(code) ?? `0x${toHex(code, 2)}`,
    version,
    data: hexOf(data),
    powerSupply: code === 0 && data.length >= 18 ? powerSupplyOf(data) : null,
  }
}

/** §18.1. Volts are in steps of 10 mV. */
function powerSupplyOf(data: Uint8Array): FruRecord['powerSupply'] {
  const peak = u16le(data, 2)
  const inrush = u8(data, 4)
  const [low1, high1, low2, high2] = [6, 8, 10, 12].map((at) => u16le(data, at))
  const used = [low1, low2].flatMap((value) => (value === undefined || value === 0 ? [] : [value]))
  return {
    capacityWatts: u16le(data, 0) & 0x0fff,
    peakWatts: peak === 0xffff ? null : peak,
    inrushAmperes: inrush === 0xff ? null : inrush,
    minInputVolts: used.length === 0 ? 0 : Math.min(...used) / 100,
    maxInputVolts: Math.max(high1 ?? 0, high2 ?? 0) / 100,
    hotSwap: (u8(data, 17) & 0x08) !== 0,
  }
}
