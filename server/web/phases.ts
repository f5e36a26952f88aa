import type { MachineDetail } from '../../protocol/api.ts'

/** One stretch of a machine's boot. */
export interface PhaseSpan {
  readonly phase: string
  readonly atMs: number
  /** When the next phase began; null for the last. */
  readonly untilMs: number | null
}

/** The phases of the latest boot with how long each took: the first is the last `booted`. */
export function latestBoot(phases: MachineDetail['phases']): readonly PhaseSpan[] {
  const start = Math.max(
    0,
    phases.findLastIndex(({ phase }) => phase === 'booted'),
  )
  const boot = phases.slice(start)
  return boot.map(({ phase, atMs }, at) => ({ phase, atMs, untilMs: boot[at + 1]?.atMs ?? null }))
}
