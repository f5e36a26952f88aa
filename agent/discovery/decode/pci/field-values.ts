/** What a capability says, by field. */
export type Fields = { readonly [name: string]: Value }
export type Value = null | boolean | number | string | readonly Value[] | Fields

/** Names of the bits that are set, bit 0 first. */
export function bitsOf(value: number, names: readonly (string | null)[]): readonly string[] {
  return names.flatMap((name, bit) => (name !== null && (value >>> bit) & 1 ? [name] : []))
}
