/** A structure of a made SMBIOS table. */
export interface MadeStructure {
  readonly type: number
  /** The formatted area after the header. */
  readonly bytes: readonly number[]
  readonly strings?: readonly string[]
}

const tables = '/sys/firmware/dmi/tables'

/** The files in which the kernel keeps an SMBIOS 3.7 table of these structures. */
export function madeSmbios(
  structures: readonly MadeStructure[],
): Readonly<Record<string, Uint8Array>> {
  const end: MadeStructure = { type: 127, bytes: [] }
  const table = [...structures, end].flatMap(({ type, bytes, strings = [] }, index) => {
    const head = [type, bytes.length + 4, index & 0xff, index >> 8]
    const texts = strings.length === 0 ? [0] : strings.flatMap((text) => [...ascii(text), 0])
    return [...head, ...bytes, ...texts, 0]
  })
  const entry = new Uint8Array([...ascii('_SM3_'), 0, 24, 3, 7, 0, 1, 0, ...new Uint8Array(12)])
  new DataView(entry.buffer).setUint32(0x0c, table.length, true)
  entry[5] = -entry.reduce((sum, byte) => sum + byte, 0) & 0xff
  return {
    [`${tables}/smbios_entry_point`]: entry,
    [`${tables}/DMI`]: new Uint8Array(table),
  }
}

function ascii(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)]
}
