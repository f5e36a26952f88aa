import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import type { PathNode } from './device-path.ts'
import { guidText } from './guid.ts'
import { hexFields, hexNumber, narrowText } from './node-text.ts'

/** Hardware (1), ACPI (2) and BIOS boot (5) nodes, UEFI 2.10 §10.3.2, §10.3.3, §10.3.5. */
export function platformNode({ type, subType, body }: PathNode): string | null {
  if (type === 1) return hardwareNode(subType, body)
  if (type === 2) return acpiNode(subType, body)
  if (type === 5 && subType === 1) return biosNode(body)
  return null
}

function hardwareNode(subType: number, body: Uint8Array): string | null {
  switch (subType) {
    case 1:
      // The function stands first, and is written second.
      return `Pci(${hexNumber(u8(body, 1))},${hexNumber(u8(body, 0))})`
    case 2:
      return `PcCard(${hexNumber(u8(body, 0))})`
    case 3:
      return `MemoryMapped(${hexFields(body, [
        [0, 4],
        [4, 8],
        [12, 8],
      ]).join(',')})`
    case 4: {
      const data = body.length > 16 ? `,${hexOf(body, 16)}` : ''
      return `VenHw(${guidText(body, 0)}${data})`
    }
    case 5:
      return `Ctrl(${hexNumber(u32le(body, 0))})`
    case 6:
      return `BMC(${hexFields(body, [
        [0, 1],
        [1, 8],
      ]).join(',')})`
    default:
      return null
  }
}

/** EISA ids with the number of a product in the upper half: `PNP0A03`. */
const rootNames: ReadonlyMap<number, string> = new Map([
  [0x0a0341d0, 'PciRoot'],
  [0x0a0841d0, 'PcieRoot'],
  [0x060441d0, 'Floppy'],
  [0x030141d0, 'Keyboard'],
  [0x050141d0, 'Serial'],
  [0x040141d0, 'ParallelPort'],
])

function acpiNode(subType: number, body: Uint8Array): string | null {
  switch (subType) {
    case 1: {
      const [hid, uid] = [u32le(body, 0), u32le(body, 4)]
      const name = rootNames.get(hid)
      return name === undefined
        ? `Acpi(${eisaId(hid)},${hexNumber(uid)})`
        : `${name}(${hexNumber(uid)})`
    }
    case 2: {
      const [hid, uid, cid] = [u32le(body, 0), u32le(body, 4), u32le(body, 8)]
      const names = body.subarray(12)
      const [hidText, ...others] = texts(names)
      const cidText = others[1] ?? ''
      const shownHid = hidText === undefined || hidText === '' ? eisaId(hid) : hidText
      const shownUid = others[0] === undefined || others[0] === '' ? hexNumber(uid) : others[0]
      return `AcpiEx(${shownHid},${cidText === '' ? eisaId(cid) : cidText},${shownUid})`
    }
    case 3: {
      const displays = Array.from(
        { length: Math.min(Math.floor(body.length / 4), 32) },
        (_, index) => hexNumber(u32le(body, index * 4)),
      )
      return `AcpiAdr(${displays.join(',')})`
    }
    default:
      return null
  }
}

function texts(bytes: Uint8Array): readonly string[] {
  const found: string[] = []
  let rest = bytes
  for (let index = 0; index < 3; index++) {
    const end = rest.indexOf(0)
    found.push(narrowText(end < 0 ? rest : rest.subarray(0, end)))
    if (end < 0) break
    rest = rest.subarray(end + 1)
  }
  return found
}

/** Three letters of five bits, then four digits. */
function eisaId(id: number): string {
  const packed = id & 0xffff
  const letters = [10, 5, 0].map((shift) => String.fromCharCode(0x40 + ((packed >> shift) & 0x1f)))
  return `${letters.join('')}${toHex(id >>> 16, 4).toUpperCase()}`
}

const biosTypes: ReadonlyMap<number, string> = new Map([
  [1, 'Floppy'],
  [2, 'HD'],
  [3, 'CDROM'],
  [4, 'PCMCIA'],
  [5, 'USB'],
  [6, 'Network'],
])

function biosNode(body: Uint8Array): string {
  const type = u16le(body, 0)
  const name = biosTypes.get(type) ?? hexNumber(type)
  return `BBS(${name},${narrowText(body.subarray(4))},${hexNumber(u16le(body, 2))})`
}
