import type { BenchmarkConditions } from '../../protocol/benchmarks.ts'
import { DecodeError } from '../../protocol/errors.ts'

/** The part of a machine's files that is read here; see `agent/host.ts`. */
export interface ConditionsHost {
  /** Undefined: no such file. */
  text(path: string): Promise<string | undefined>
}

/** Times in /proc/stat count in this unit on every architecture (USER_HZ, proc(5)). */
const ticksPerSecond = 100

/**
 * Counters that tell whether a benchmark had the machine to itself. `cpus` are those whose
 * throttling counts, `effectiveClockHz` was measured by the caller (null: not).
 */
export async function readConditions(
  host: ConditionsHost,
  cpus: readonly number[],
  effectiveClockHz: number | null,
): Promise<BenchmarkConditions> {
  const stat = await host.text('/proc/stat')
  const counters = await Promise.all(
    cpus.flatMap((cpu) =>
      ['core', 'package'].map((part) =>
        // Documentation/arch/x86/x86_64/machinecheck, thermal_throttle: Intel only.
        host.text(`/sys/devices/system/cpu/cpu${cpu}/thermal_throttle/${part}_throttle_count`),
      ),
    ),
  )
  return {
    effectiveClockHz,
    stealSeconds: stat === undefined ? null : parseStealSeconds(stat),
    thermalThrottleCount: sumCounters(counters),
  }
}

/** The eighth number of the `cpu` line, proc(5): time that went to other guests of the host. */
export function parseStealSeconds(stat: string): number {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ') ?? []
  const ticks = Number(fields[7])
  if (!Number.isInteger(ticks) || ticks < 0) {
    throw new DecodeError(
      `Cannot read the steal time of /proc/stat: its cpu line has '${fields[7] ?? ''}', wanted a count`,
    )
  }
  return ticks / ticksPerSecond
}

/** The sum of the counters that exist; null when none does. */
function sumCounters(texts: readonly (string | undefined)[]): number | null {
  const counts = texts.filter((text) => text !== undefined).map((text) => Number(text.trim()))
  const wrong = counts.find((count) => !Number.isInteger(count) || count < 0)
  if (wrong !== undefined) {
    throw new DecodeError(
      `Cannot read a thermal throttling counter: found ${wrong}, wanted a count`,
    )
  }
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
}
