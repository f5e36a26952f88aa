import { hexOf, u16be } from '../integers.ts'
import { type DecodedTlv, macOf, type TlvFields, u32be } from './bytes.ts'

/** TLVs of PROFINET (OUI 00-0e-cf), IEC 61158-6-10. */
export const profinetNames: ReadonlyMap<number, string> = new Map([
  [1, 'measured-delay'],
  [2, 'port-status'],
  [3, 'alias'],
  [4, 'mrp-port-status'],
  [5, 'chassis-mac'],
  [6, 'ptcp-status'],
])

/** A TLV of PROFINET, its subtype taken off. */
export function decodeProfinet(subtype: number, v: Uint8Array): DecodedTlv {
  switch (subtype) {
    case 1:
      return v.length < 20
        ? undefined
        : {
            portReceiveDelayLocalNanoseconds: u32be(v, 0),
            portReceiveDelayRemoteNanoseconds: u32be(v, 4),
            portTransmitDelayLocalNanoseconds: u32be(v, 8),
            portTransmitDelayRemoteNanoseconds: u32be(v, 12),
            cableDelayNanoseconds: u32be(v, 16),
          }
    case 2:
      return v.length < 4
        ? undefined
        : { class2StatusBits: u16be(v, 0), class3StatusBits: u16be(v, 2) }
    case 4:
      return v.length < 18 ? undefined : { domain: uuidAt(v, 0), portStatusBits: u16be(v, 16) }
    case 5:
      return v.length < 6 ? undefined : { mac: macOf(v.subarray(0, 6)) }
    case 6:
      return v.length < 54 ? undefined : clockStatus(v)
    default:
      return null
  }
}

/** Which clock the port follows, and the parts of its cycle; null: that part is not in use. */
function clockStatus(v: Uint8Array): TlvFields {
  const period = (at: number) => {
    const word = u32be(v, at)
    return word >= 2 ** 31 ? word - 2 ** 31 : null
  }
  return {
    master: macOf(v.subarray(0, 6)),
    subdomain: uuidAt(v, 6),
    irtData: uuidAt(v, 22),
    periods: [38, 42, 46, 50].map((at) => u32be(v, at)),
    lengthOfPeriodNanoseconds: period(38),
    redPeriodBeginNanoseconds: period(42),
    orangePeriodBeginNanoseconds: period(46),
    greenPeriodBeginNanoseconds: period(50),
  }
}

/** In network order. */
function uuidAt(v: Uint8Array, at: number): string {
  const part = (from: number, to: number) => hexOf(v, at + from, at + to)
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join('-')
}
