/** Why a kernel is tainted, by bit of /proc/sys/kernel/tainted (admin-guide/tainted-kernels). */
const reasons = [
  'proprietary module',
  'module force-loaded',
  'processor out of specification',
  'module force-unloaded',
  'machine check',
  'bad page',
  'requested by user space',
  'kernel died',
  'ACPI table overridden',
  'warning',
  'staging driver',
  'workaround for firmware bug',
  'module built out of tree',
  'unsigned module',
  'soft lockup',
  'live patched',
  'auxiliary taint',
  'struct randomization',
  'in-kernel test',
] as const

/** The reasons in `value`; a bit without a name is named by its number. */
export function taintReasons(value: number): readonly string[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => Math.floor(value / 2 ** bit) % 2 === 1)
    .map((bit) => reasons[bit] ?? `bit ${bit}`)
}
