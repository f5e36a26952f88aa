import { hexOf, toHex, u32le, u64le, u8 } from '../integers.ts'
import type { PathNode } from './device-path.ts'
import { guidText } from './guid.ts'
import { hexFields, hexNumber, ucs2Text } from './node-text.ts'

/** Media nodes (type 4), UEFI 2.10 §10.3.5. */
export function mediaNode({ subType, body }: PathNode): string | null {
  switch (subType) {
    case 1:
      return hardDrive(body)
    case 2:
      return `CDROM(${hexFields(body, [
        [0, 4],
        [4, 8],
        [12, 8],
      ]).join(',')})`
    case 3: {
      const data = body.length > 16 ? `,${hexOf(body, 16)}` : ''
      return `VenMedia(${guidText(body, 0)}${data})`
    }
    case 4:
      return ucs2Text(body)
    case 5:
      return `Media(${guidText(body, 0)})`
    case 6:
      return `FvFile(${guidText(body, 0)})`
    case 7:
      return `Fv(${guidText(body, 0)})`
    case 8:
      return `Offset(${hexNumber(u64le(body, 4))},${hexNumber(u64le(body, 12))})`
    case 9:
      return ramDisk(body)
    default:
      return null
  }
}

const signatureTypes = { none: 0, mbr: 1, gpt: 2 } as const

/** Partition number, kind of its id, id, first block and blocks. */
function hardDrive(body: Uint8Array): string {
  const partition = u32le(body, 0)
  const place = [u64le(body, 4), u64le(body, 12)].map((value) => hexNumber(value)).join(',')
  const kind = u8(body, 37)
  if (kind === signatureTypes.gpt) return `HD(${partition},GPT,${guidText(body, 20)},${place})`
  if (kind === signatureTypes.mbr) {
    return `HD(${partition},MBR,0x${toHex(u32le(body, 20), 8)},${place})`
  }
  return `HD(${partition},${kind},0,${place})`
}

/** GUID of the GPT partition that a node names; null for all others. */
export function partitionIdOf({ type, subType, body }: PathNode): string | null {
  const isDrive = type === 4 && subType === 1 && body.length >= 38
  return isDrive && u8(body, 37) === signatureTypes.gpt ? guidText(body, 20) : null
}

const ramDiskKinds: ReadonlyMap<string, string> = new Map([
  ['77ab535a-45fc-624b-5560-f7b281d1f96e', 'VirtualDisk'],
  ['3d5abd30-4175-87ce-6d64-d2ade523c4bb', 'VirtualCD'],
  ['5cea02c9-4d07-69d3-269f-4496fbe096f9', 'PersistentVirtualDisk'],
  ['08018188-42cd-bb48-100f-5387d53ded3d', 'PersistentVirtualCD'],
])

function ramDisk(body: Uint8Array): string {
  const kind = guidText(body, 16)
  const [start, end] = hexFields(body, [
    [0, 8],
    [8, 8],
  ])
  const instance = u8(body, 32) + u8(body, 33) * 256
  const name = ramDiskKinds.get(kind) ?? 'RamDisk'
  const place = `${start},${end},${instance}`
  return name === 'RamDisk' ? `${name}(${place},${kind})` : `${name}(${place})`
}
