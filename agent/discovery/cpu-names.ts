import { armImplementerName, armPartName, armRevision } from './decode/arm-parts.ts'
import type { Cpuinfo, CpuinfoBlock } from './decode/cpuinfo.ts'
import { deviceText } from './decode/device-text.ts'

/** What /proc/cpuinfo of any architecture calls a processor; `machine` is what it says of all. */
export function cpuName(own: CpuinfoBlock | undefined, machine: CpuinfoBlock) {
  const field = (...names: string[]) => firstField(names, own, machine)
  const implementer = field('vendor_id', 'vendor', 'CPU implementer', 'mvendorid')
  const part = armPartName(field('CPU implementer'), field('CPU part'))
  const told = field('cpu model', 'cpu', 'model name', 'Model Name', 'uarch', 'machine')
  return { vendor: vendorOf(implementer), model: part ?? deviceText(told) }
}

/** `r1p2` on Arm, `2.2 (pvr 004e 1202)` on POWER; null where the stepping says it, as on x86. */
export function cpuRevision(own: CpuinfoBlock | undefined, machine: CpuinfoBlock): string | null {
  const field = (...names: string[]) => firstField(names, own, machine)
  return (
    armRevision(field('CPU variant'), field('CPU revision')) ??
    deviceText(field('revision', 'CPU Revision', 'cpu revision', 'mimpid'))
  )
}

/** The first of these fields that a block has, the names before the blocks. */
export function firstField(
  names: readonly string[],
  ...blocks: readonly (CpuinfoBlock | undefined)[]
): string | null {
  for (const name of names) {
    for (const block of blocks) {
      const value = block?.get(name)
      if (value !== undefined && value !== '') return value
    }
  }
  return null
}

function vendorOf(text: string | null): string | null {
  return text === null ? null : (armImplementerName(text) ?? deviceText(text))
}

/** Fields that list what the first processor can do, by architecture; RISC-V joins it by `_`. */
const flagFields = ['flags', 'Features', 'features', 'ASEs implemented', 'type']

/** Longer than any flag of any architecture: a word like that is garbage. */
const maxFlagLength = 64

/** Feature flags of the first processor, in the kernel's order. */
export function cpuFlags({ processors, machine }: Cpuinfo): readonly string[] {
  const [first] = processors.values()
  const text = firstField(flagFields, first, machine)
  // IA-64 writes names of several words with commas between them.
  const separator = text?.includes(',') === true ? /\s*,\s*/ : /\s+/
  const words = text?.split(separator) ?? firstField(['isa'], first, machine)?.split(/[_\s]+/) ?? []
  return words.filter((word) => word !== '' && word.length <= maxFlagLength).slice(0, 1024)
}

/** What gives an architecture away on kernels before 6.1, which do not name it. */
const signs: readonly (readonly [field: string, value: RegExp, architecture: string])[] = [
  ['CPU architecture', /^(8|AArch64)/i, 'aarch64'],
  ['CPU architecture', /^7/, 'armv7l'],
  ['CPU architecture', /^6/, 'armv6l'],
  ['CPU architecture', /^5/, 'armv5tel'],
  ['vendor_id', /^IBM\/S390$/, 's390x'],
  ['isa', /^rv64/, 'riscv64'],
  ['isa', /^rv32/, 'riscv32'],
  ['ISA', /\bloongarch64\b/, 'loongarch64'],
  ['arch', /^IA-64$/, 'ia64'],
  ['type', /^sun4[uv]$/, 'sparc64'],
  ['cpu', /^Alpha$/, 'alpha'],
]

/** Kernel machine name that /proc/cpuinfo gives away; null where several are possible. */
export function cpuArchitecture({ processors, machine }: Cpuinfo): string | null {
  const [first] = processors.values()
  const flags = first?.get('flags')?.split(' ')
  if (flags !== undefined && first?.has('vendor_id') === true) {
    return flags.includes('lm') ? 'x86_64' : 'i686'
  }
  const found = signs.find(([field, value]) => {
    const told = firstField([field], first, machine)
    return told !== null && value.test(told)
  })
  return found?.[2] ?? null
}
