/** Announcements as they are on the wire, made by the standards. */

const utf8 = new TextEncoder()

/** An LLDP frame of IEEE 802.1AB-2016 §8 with the mandatory TLVs, and a system name. */
export function lldpFrame(
  changes: {
    readonly chassis?: string
    readonly port?: string
    readonly timeToLiveSeconds?: number
    readonly systemName?: string
  } = {},
): Uint8Array {
  const { chassis = 'switch-1', port = 'Ethernet1/1', timeToLiveSeconds = 120 } = changes
  const { systemName = 'leaf-1' } = changes
  return Uint8Array.from([
    ...header('0180c200000e', 0x88cc),
    ...tlv(1, [7, ...utf8.encode(chassis)]),
    ...tlv(2, [5, ...utf8.encode(port)]),
    ...tlv(3, word(timeToLiveSeconds)),
    ...tlv(5, [...utf8.encode(systemName)]),
    ...tlv(0, []),
  ])
}

/** A CDP frame: 802.3 length, SNAP, version 2, device and port. */
export function cdpFrame(device: string): Uint8Array {
  const item = (type: number, text: string) => [
    ...word(type),
    ...word(4 + text.length),
    ...utf8.encode(text),
  ]
  const packet = [2, 180, 0, 0, ...item(1, device), ...item(3, 'Gi0/1')]
  const payload = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00, ...packet]
  return Uint8Array.from([...header('01000ccccccc', payload.length), ...payload])
}

/** A frame of another protocol. */
export function otherFrame(type: number, payload: readonly number[] = []): Uint8Array {
  return Uint8Array.from([...header('ffffffffffff', type), ...payload, ...Array(46).fill(0)])
}

function header(destination: string, type: number): readonly number[] {
  return [...Uint8Array.fromHex(destination), 0x02, 0, 0, 0, 0, 1, ...word(type)]
}

function tlv(type: number, value: readonly number[]): readonly number[] {
  return [...word((type << 9) | value.length), ...value]
}

function word(value: number): readonly number[] {
  return [value >> 8, value & 0xff]
}
