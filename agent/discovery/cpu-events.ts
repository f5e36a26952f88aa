import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'

type Events = CpuFacts['events']

/** /proc/interrupts (x86), and `thermal_throttle` of each CPU (sysfs-devices-system-cpu). */
export async function cpuEvents(reader: ForgivingReader, cpus: readonly number[]): Promise<Events> {
  const [interrupts, throttles, packages] = await Promise.all([
    reader.text(paths.interrupts),
    all(cpus, (cpu) => throttleOf(reader, cpu, 'core')),
    all(
      cpus,
      async (cpu) =>
        [await packageOf(reader, cpu), await throttleOf(reader, cpu, 'package')] as const,
    ),
  ])
  // Every CPU of a package tells the package's count.
  const ofPackages = new Map(packages)
  return {
    machineCheckCount: machineChecks(interrupts ?? ''),
    coreThrottleCount: sumOf(throttles),
    packageThrottleCount: sumOf([...ofPackages.values()]),
  }
}

/** A machine check that the machine survived is a part that is about to fail. */
export function eventFindings({ machineCheckCount }: Events): readonly Finding[] {
  if (machineCheckCount === null || machineCheckCount === 0) return []
  return [
    {
      code: 'cpu.machine-checks',
      severity: 'warning',
      subject: 'cpu',
      message: `${machineCheckCount} machine checks since the kernel started`,
    },
  ]
}

function throttleOf(
  reader: ForgivingReader,
  cpu: number,
  what: 'core' | 'package',
): Promise<number | null> {
  return reader.count(`${paths.cpu}/cpu${cpu}/thermal_throttle/${what}_throttle_count`)
}

function packageOf(reader: ForgivingReader, cpu: number): Promise<number | null> {
  return reader.count(`${paths.cpu}/cpu${cpu}/topology/physical_package_id`)
}

/** `MCE:  0  0  Machine check exceptions`: a column for each CPU. */
function machineChecks(interrupts: string): number | null {
  const line = /^ *MCE:((?: +\d{1,15})+)/m.exec(interrupts)?.[1]
  return line === undefined ? null : sumOf(line.trim().split(/ +/).map(Number))
}

function sumOf(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((one) => one !== null)
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0)
}
