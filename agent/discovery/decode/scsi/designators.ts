import { DecodeError } from '../../../../protocol/errors.ts'
import type { ScsiVpdPage } from '../../../../protocol/facts/scsi.ts'
import { deviceText } from '../device-text.ts'
import { hexOf, u8 } from '../integers.ts'

type Designator = Extract<ScsiVpdPage['page'], { kind: 'identification' }>['designators'][number]

const maxDesignators = 256

/** Designation descriptors of page 83h, SPC-6 §7.7.6. Throws when one ends past the page. */
export function decodeDesignators(body: Uint8Array): readonly Designator[] {
  const found: Designator[] = []
  for (let at = 0; at + 4 <= body.length && found.length < maxDesignators;) {
    const end = at + 4 + u8(body, at + 3)
    if (end > body.length) {
      throw new DecodeError(`Cannot read VPD page 83: designator at ${at} ends past the page`)
    }
    found.push(designatorOf(body.subarray(at, end)))
    at = end
  }
  return found
}

function designatorOf(bytes: Uint8Array): Designator {
  const [first, second] = [u8(bytes, 0), u8(bytes, 1)]
  const codeSet = first & 0xf
  const value = bytes.subarray(4)
  const type = types[second & 0xf] ?? 'other'
  return {
    association: associations[(second >> 4) & 3] ?? 'reserved',
    type,
    // The protocol means something only when the bit for it is set.
    protocol: (second & 0x80) === 0 ? null : (protocols[first >> 4] ?? null),
    text:
      codeSet === 2 || codeSet === 3 ? deviceText(utf8.decode(value).replace(/\0+$/, '')) : null,
    hex: hexOf(value),
  }
}

const utf8 = new TextDecoder()

const associations = ['logical-unit', 'target-port', 'target-device', 'reserved'] as const

const types = [
  'vendor',
  't10',
  'eui-64',
  'naa',
  'relative-port',
  'port-group',
  'unit-group',
  'md5',
  'name-string',
  'protocol-port',
  'uuid',
] as const

/** SPC-6 table 443. */
const protocols: readonly (string | null)[] = [
  'fcp',
  'spi',
  'ssa',
  'sbp',
  'srp',
  'iscsi',
  'sas',
  'adt',
  'ata',
  'uas',
  'sop',
  'pcie',
]
