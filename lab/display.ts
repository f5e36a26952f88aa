import type { Activity, MachineSummary } from '../protocol/api.ts'
import { amountText, figureText } from '../protocol/human-text.ts'

/** A machine as the lab shows it: by the name of its plan. */
export interface ShownMachine {
  readonly name: string
  readonly shape: string
  /** Null until its agent was heard of. */
  readonly machine: MachineSummary | null
  /** What the lab itself knows: `powered on`, `firmware`, `booting from disk`. */
  readonly stage: string
  readonly elapsedSeconds: number
}

/** One line for a machine, at most 100 columns. */
export function machineLine(shown: ShownMachine): string {
  const { machine } = shown
  const time = `${shown.elapsedSeconds.toFixed(0)} s`.padStart(6)
  const head = `${shown.name.padEnd(4)} ${shown.shape.padEnd(8)} ${time}`
  if (machine === null) return `${head}  ${shown.stage}`
  const state = machine.running === null ? machine.state : 'running'
  return `${head}  ${state.padEnd(10)} ${detailOf(machine)}`.trimEnd().slice(0, 100)
}

function detailOf(machine: MachineSummary): string {
  if (machine.reason !== null) return machine.reason
  if (machine.running !== null) {
    const { hostname, kernel, bootMode } = machine.running
    return `${hostname}, Linux ${kernel}, booted by ${bootMode}`
  }
  if (machine.activity !== null) return activityText(machine.activity)
  return machine.shape?.text ?? machine.phase ?? ''
}

/** What a machine is doing, in words. */
export function activityText(activity: Activity): string {
  switch (activity.kind) {
    case 'discovery':
      return `discovery ${activity.classesDone} of ${activity.classesTotal} classes`
    case 'benchmark': {
      const { method, component, value, unit } = activity
      return `${method} ${component}: ${figureText(value, unit)}`
    }
    case 'write': {
      const { phase, bytesWritten, bytesTotal, rateBytesPerSecond, remainingSeconds } =
        activity.progress
      const percent = bytesTotal === 0 ? 100 : (100 * bytesWritten) / bytesTotal
      const left = remainingSeconds === null ? '' : `, ${remainingSeconds.toFixed(0)} s left`
      const amount = `${percent.toFixed(0)} % of ${amountText(bytesTotal, 'B')}`
      return `${phase} ${amount} at ${amountText(rateBytesPerSecond, 'B/s')}${left}`
    }
  }
}

/** Where the lab's progress goes. */
export interface Display extends Disposable {
  /** A line that stays. */
  line(text: string): void
  /** The machines as they are now. */
  machines(shown: readonly ShownMachine[]): void
}

/** A terminal: the machines stay at the bottom and are drawn again in place. */
export function terminalDisplay(output: NodeJS.WriteStream): Display {
  let drawn = 0
  let last: readonly string[] = []
  const erase = () => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\x1b[J`)
    drawn = 0
  }
  const draw = () => {
    for (const text of last) output.write(`${text}\n`)
    drawn = last.length
  }
  return {
    line(text) {
      erase()
      output.write(`${text}\n`)
      draw()
    },
    machines(shown) {
      erase()
      last = shown.map((one) => machineLine(one).slice(0, output.columns - 1))
      draw()
    },
    [Symbol.dispose]() {
      last = []
    },
  }
}

/** No terminal: a line when a machine's line says something else, figures every few seconds. */
export function lineDisplay(write: (text: string) => void): Display {
  const last = new Map<string, { readonly text: string; readonly elapsedSeconds: number }>()
  return {
    line: write,
    machines(shown) {
      for (const one of shown) {
        const text = machineLine(one)
        const before = last.get(one.name)
        const key = (line: string) => line.replaceAll(/[\d.]+/g, '')
        const isNews = before === undefined || key(before.text) !== key(text)
        const isOld = before !== undefined && one.elapsedSeconds - before.elapsedSeconds >= 5
        if (!isNews && !(isOld && (one.machine?.activity ?? null) !== null)) continue
        last.set(one.name, { text, elapsedSeconds: one.elapsedSeconds })
        write(text)
      }
    },
    [Symbol.dispose]() {
      last.clear()
    },
  }
}
