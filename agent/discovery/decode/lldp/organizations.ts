import { aciNames, decodeCisco } from './cisco.ts'
import { type DecodedTlv, textOf } from './bytes.ts'
import { dcbxNames, decodeDcbx } from './dcbx.ts'
import { decodeDot1, decodeEvbDraft, dot1Names } from './dot1.ts'
import { decodeDot3, dot3Names } from './dot3.ts'
import { decodeFabricAttach, fabricAttachNames } from './fabric-attach.ts'
import { decodeMed, medNames } from './med.ts'
import { decodeProfinet, profinetNames } from './profinet.ts'

/** Who defines TLVs of type 127, and how they are read. */
export interface Organization {
  /** Comes before the name of each TLV: `dot1.port-vlan`. */
  readonly prefix: string
  /** Names by subtype. */
  readonly names: ReadonlyMap<number, string>
  /** Takes the value behind the subtype; null: the form is not known; undefined: it is not kept to. */
  decode(subtype: number, value: Uint8Array): DecodedTlv
}

/** By organizationally unique identifier. */
export const organizations: ReadonlyMap<string, Organization> = new Map<string, Organization>([
  ['0080c2', { prefix: 'dot1', names: dot1Names, decode: decodeDot1 }],
  ['00120f', { prefix: 'dot3', names: dot3Names, decode: decodeDot3 }],
  ['0012bb', { prefix: 'med', names: medNames, decode: decodeMed }],
  ['001b21', { prefix: 'dcbx', names: dcbxNames, decode: decodeDcbx }],
  ['001b3f', { prefix: 'dot1qbg', names: new Map([[0, 'evb']]), decode: decodeEvbDraft }],
  ['000ecf', { prefix: 'profinet', names: profinetNames, decode: decodeProfinet }],
  ['00040d', { prefix: 'fabric-attach', names: fabricAttachNames, decode: decodeFabricAttach }],
  ['000142', { prefix: 'cisco', names: aciNames, decode: decodeCisco }],
  [
    // RFC 8520 §10: where the device's manufacturer describes its use.
    '00005e',
    {
      prefix: 'iana',
      names: new Map([[1, 'mud-url']]),
      decode: (subtype, value) => (subtype === 1 ? { url: textOf(value) } : null),
    },
  ],
])
