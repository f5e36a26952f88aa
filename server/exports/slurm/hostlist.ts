/**
 * Names as Slurm's hostlist expression, sorted: `n[01-04,7],spare`. Only the digits at the end of a
 * name become a range, and only with those of the same width.
 */
export function hostlist(names: readonly string[]): string {
  const groups = Map.groupBy([...new Set(names)].toSorted(), (name) => {
    const { prefix, digits } = partsOf(name)
    return digits === '' ? name : `${prefix} ${digits.length}`
  })
  return [...groups.values()].map(groupText).join(',')
}

function groupText(names: readonly string[]): string {
  const [first = ''] = names
  const { prefix, digits } = partsOf(first)
  if (digits === '' || names.length === 1) return first
  const numbers = names.map((name) => Number(partsOf(name).digits)).toSorted((a, b) => a - b)
  const ranges: string[] = []
  const padded = (number: number) => String(number).padStart(digits.length, '0')
  for (let at = 0; at < numbers.length;) {
    const start = numbers[at] ?? 0
    let length = 1
    while (numbers[at + length] === start + length) length += 1
    const end = start + length - 1
    ranges.push(length === 1 ? padded(start) : `${padded(start)}-${padded(end)}`)
    at += length
  }
  return `${prefix}[${ranges.join(',')}]`
}

/** Slurm counts in 32 bits: longer digits stay a part of the name. */
function partsOf(name: string): { readonly prefix: string; readonly digits: string } {
  const digits = /\d+$/.exec(name)?.[0] ?? ''
  const isRange = digits.length > 0 && digits.length <= 9 && digits.length < name.length
  return isRange ? { prefix: name.slice(0, -digits.length), digits } : { prefix: name, digits: '' }
}
