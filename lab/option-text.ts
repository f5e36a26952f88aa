/** QEMU ends a value at a comma; two commas are one. */
export function escapeValue(value: string): string {
  return value.replaceAll(',', ',,')
}

/** The parts of a device or drive, comma-separated; null parts are left out. */
export function optionText(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(',')
}
