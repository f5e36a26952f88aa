import { hexOf, u16le, u32le, u64le, u8 } from '../integers.ts'
import type { PathNode } from './device-path.ts'
import { guidText } from './guid.ts'
import { networkNode } from './network-nodes.ts'
import { hexFields, hexNumber } from './node-text.ts'

/** Messaging nodes (type 3), UEFI 2.10 §10.3.4. */
export function messagingNode({ subType, body }: PathNode): string | null {
  return networkNode(subType, body) ?? deviceNode(subType, body)
}

function deviceNode(subType: number, body: Uint8Array): string | null {
  switch (subType) {
    case 1: {
      const channel = u8(body, 0) === 1 ? 'Secondary' : 'Primary'
      return `Ata(${channel},${u8(body, 1) === 1 ? 'Slave' : 'Master'},${hexNumber(u16le(body, 2))})`
    }
    case 2:
      return named('Scsi', body, [0, 2], [2, 2])
    case 3:
      return named('Fibre', body, [4, 8], [12, 8])
    case 5:
      return named('USB', body, [0, 1], [1, 1])
    case 6:
      return named('I2O', body, [0, 4])
    case 10: {
      const data = body.length > 16 ? `,${hexOf(body, 16)}` : ''
      return `VenMsg(${guidText(body, 0)}${data})`
    }
    case 14:
      return uart(body)
    case 15:
      return named('UsbClass', body, [0, 2], [2, 2], [4, 1], [5, 1], [6, 1])
    case 16: {
      const serial = new TextDecoder('utf-16le').decode(even(body.subarray(6)))
      const ids = hexFields(body, [
        [2, 2],
        [4, 2],
        [0, 2],
      ])
      return `UsbWwid(${ids.join(',')},"${serial.replaceAll(/\p{Cc}/gu, '')}")`
    }
    case 17:
      return named('Unit', body, [0, 1])
    case 18:
      return named('Sata', body, [0, 2], [2, 2], [4, 2])
    case 21:
      // World wide name and logical unit in network order.
      return `FibreEx(0x${hexOf(body, 4, 12)},0x${hexOf(body, 12, 20)})`
    case 22:
      return `SasEx(0x${hexOf(body, 0, 8)},0x${hexOf(body, 8, 16)},${hexNumber(u16le(body, 18))})`
    case 23:
      return `NVMe(${hexNumber(u32le(body, 0))},${extendedId(body)})`
    case 25:
      return named('UFS', body, [0, 1], [1, 1])
    case 26:
      return named('SD', body, [0, 1])
    case 27:
      return `Bluetooth(${hexOf(body, 0, 6)})`
    case 29:
      return named('eMMC', body, [0, 1])
    case 30:
      return `BluetoothLE(${hexOf(body, 0, 6)},${hexNumber(u8(body, 6))})`
    case 32:
      return `NVDIMM(${guidText(body, 0)})`
    default:
      return null
  }
}

function named(
  name: string,
  body: Uint8Array,
  ...places: readonly (readonly [number, 1 | 2 | 4 | 8])[]
): string {
  return `${name}(${hexFields(body, places).join(',')})`
}

function even(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - (bytes.length % 2))
}

/** EUI-64 of the namespace, the byte that comes last in memory first. */
function extendedId(body: Uint8Array): string {
  u64le(body, 4)
  return [...body.subarray(4, 12)]
    .reverse()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('-')
}

const parities = ['D', 'N', 'E', 'O', 'M', 'S'] as const
const stopBits = ['D', '1', '1.5', '2'] as const

function uart(body: Uint8Array): string {
  const baud = u64le(body, 4)
  const dataBits = u8(body, 12)
  const shown = [
    baud === 0n ? 'DEFAULT' : String(baud),
    dataBits === 0 ? 'DEFAULT' : String(dataBits),
    parities[u8(body, 13)] ?? 'x',
    stopBits[u8(body, 14)] ?? 'x',
  ]
  return `Uart(${shown.join(',')})`
}
