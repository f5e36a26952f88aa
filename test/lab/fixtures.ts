import type { Commands, RunOptions } from '../../lab/commands.ts'
import type { Placement } from '../../lab/placement.ts'
import type { MachinePlan } from '../../lab/plan.ts'

/** A placement with made-up files, on taps. */
export function madePlacement(plan: MachinePlan, change: Partial<Placement> = {}): Placement {
  return {
    diskFiles: plan.disks.map(({ id }) => `/run/${id}`),
    usbFiles: plan.shape.usb.flatMap(({ kind }) => (kind === 'storage' ? ['/run/usb'] : [])),
    consoleFile: '/run/console',
    monitorSocket: '/run/monitor',
    firmware: { kind: 'bios', romDirectory: null },
    network: { kind: 'taps', names: plan.nics.map((_, index) => `tap${index}`) },
    ...change,
  }
}

/** Programs that answer what `answer` says, or fail when it throws; `calls` is what was run. */
export function scriptedCommands(
  answer: (argv: readonly string[], options: RunOptions) => string,
): Commands & { readonly calls: string[] } {
  const calls: string[] = []
  return {
    calls,
    async run(argv, options = {}) {
      calls.push([...argv, ...(options.input ?? '').split('\n')].join(' ').trim())
      return answer(argv, options)
    },
    start() {
      throw new Error('these commands start nothing')
    },
  }
}
