import { DecodeError } from '../../../protocol/errors.ts'

/** No Linux has more CPUs; a larger number is a malformed list, not a larger machine. */
const maxCpuNumber = 65_535

/**
 * `0-3,8` of a sysfs `*_list` file (kernel document cputopology.rst), ascending. Tools also write
 * every second CPU as `0-6:2`.
 */
export function parseCpuList(text: string): readonly number[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const cpus = new Set<number>()
  for (const part of trimmed.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6})(?::(\d{1,6}))?)?$/.exec(part.trim())
    const first = Number(match?.[1] ?? Number.NaN)
    const last = Number(match?.[2] ?? first)
    const stride = Number(match?.[3] ?? 1)
    if (Number.isNaN(first) || last < first || last > maxCpuNumber || stride === 0) {
      throw new DecodeError(`Cannot read CPU list '${trimmed.slice(0, 64)}': want '0-3,8'`)
    }
    for (let cpu = first; cpu <= last; cpu += stride) cpus.add(cpu)
  }
  return [...cpus].sort((a, b) => a - b)
}

/** `00000000,0000000f` of a sysfs mask file: groups of 32 bits, the highest first. */
export function parseCpuMask(text: string): readonly number[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const groups = trimmed.split(',').reverse()
  if (groups.length > (maxCpuNumber + 1) / 32) throw badMask(trimmed)
  const cpus: number[] = []
  for (const [group, digits] of groups.entries()) {
    if (!/^[0-9a-f]{1,8}$/i.test(digits)) throw badMask(trimmed)
    const bits = Number.parseInt(digits, 16)
    for (let bit = 0; bit < 32; bit++) {
      if (Math.floor(bits / 2 ** bit) % 2 === 1) cpus.push(group * 32 + bit)
    }
  }
  return cpus
}

function badMask(text: string): DecodeError {
  return new DecodeError(`Cannot read CPU mask '${text.slice(0, 64)}': want '00000000,0000000f'`)
}

/** `0-3,8` for ascending numbers: what {@link parseCpuList} reads. */
export function cpuListText(cpus: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] + 1 === cpu) run[1] = cpu
    else runs.push([cpu, cpu])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join()
}
