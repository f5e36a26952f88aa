/** One paragraph of /proc/cpuinfo: its fields by name. */
export type CpuinfoBlock = ReadonlyMap<string, string>

/** What of /proc/cpuinfo belongs to one processor, and what to the whole machine. */
export interface Cpuinfo {
  /** By processor number. */
  readonly processors: ReadonlyMap<number, CpuinfoBlock>
  /** Fields outside any processor's paragraph (s390, POWER, old Arm kernels). */
  readonly machine: CpuinfoBlock
}

/** /proc/cpuinfo of any architecture. Takes any text; what is no field is skipped. */
export function parseCpuinfo(text: string): Cpuinfo {
  const processors = new Map<number, Map<string, string>>()
  const machine = new Map<string, string>()
  for (const paragraph of text.split(/\n[ \t\r]*\n/)) {
    let target = machine
    for (const line of paragraph.split('\n')) {
      const colon = line.indexOf(':')
      if (colon < 0) continue
      const name = line.slice(0, colon).trim()
      const value = line.slice(colon + 1).trim()
      // IA-64 has a "cpu number" of another kind in the paragraph of each processor.
      const isField = name === 'cpu number' && target !== machine
      const number = isField ? undefined : processorNumber(name, value)
      if (number !== undefined) {
        target = processors.get(number) ?? new Map()
        processors.set(number, target)
        if (name === 'processor' || name === 'cpu number') continue
        // s390: "processor 0: version = FF, identification = ..., machine = 2964"
        for (const pair of value.split(',')) {
          const [key, content] = pair.split('=')
          if (key !== undefined && content !== undefined) target.set(key.trim(), content.trim())
        }
        continue
      }
      if (!target.has(name)) target.set(name, value)
    }
  }
  return { processors, machine }
}

function processorNumber(name: string, value: string): number | undefined {
  const own = /^(?:processor|cpu number)$/.test(name) ? /^\d{1,6}$/.exec(value)?.[0] : undefined
  const number = own ?? /^processor (\d{1,6})$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** Highest x86-64 psABI level (x86-64 psABI §3.1.1) these flags reach; null below level 1. */
export function x86Level(flags: ReadonlySet<string>): 1 | 2 | 3 | 4 | null {
  const has = (names: readonly string[]) => names.every((name) => flags.has(name))
  if (!has(['lm', 'cmov', 'cx8', 'fpu', 'fxsr', 'mmx', 'syscall', 'sse2'])) return null
  if (!has(['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'])) return 1
  if (!has(['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'])) return 2
  return has(['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']) ? 4 : 3
}
