import { hexOf, u16be } from '../integers.ts'
import { type DecodedTlv, u24be } from './bytes.ts'

/** TLVs of Fabric Attach (OUI 00-04-0d), draft-unbehagen-lldp-spb: clients of a bridged core. */
export const fabricAttachNames: ReadonlyMap<number, string> = new Map([
  [11, 'element'],
  [12, 'assignments'],
])

const digestBytes = 32
const assignmentBytes = 5

/** A TLV of Fabric Attach, its subtype taken off. */
export function decodeFabricAttach(subtype: number, v: Uint8Array): DecodedTlv {
  if (!fabricAttachNames.has(subtype)) return null
  if (v.length < digestBytes) return undefined
  const digest = hexOf(v, 0, digestBytes)
  if (subtype === 12) {
    const count = Math.floor((v.length - digestBytes) / assignmentBytes)
    return {
      digest,
      assignments: Array.from({ length: count }, (_, index) => {
        const at = digestBytes + index * assignmentBytes
        const word = u16be(v, at)
        return { status: word >> 12, vlan: word & 0xfff, serviceId: u24be(v, at + 2) }
      }),
    }
  }
  if (v.length < digestBytes + 4) return undefined
  const bits = u24be(v, digestBytes)
  return {
    digest,
    elementType: bits >> 18,
    state: (bits >> 12) & 0x3f,
    managementVlan: bits & 0xfff,
    reserved: v[digestBytes + 3] ?? 0,
    ...(v.length < digestBytes + 14
      ? {}
      : { systemId: hexOf(v, digestBytes + 4, digestBytes + 14) }),
  }
}
