/** `KEY=value` lines of a sysfs `uevent` file (kernel document driver-api/driver-model). */
export function parseUevent(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) pairs.set(line.slice(0, at), line.slice(at + 1))
  }
  return pairs
}
