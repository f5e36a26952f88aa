import type { MachineSummary } from '../protocol/api.ts'
import { AppError } from '../protocol/errors.ts'

/** The image the lab writes. */
export const labImageName = 'lab'

/**
 * What the lab asks for: a machine that only the `compute` shape can be, and beside it in the same rack
 * a gateway with one socket. Of the first three machines one pair alone can be both.
 */
export const labRequest = {
  roles: [
    {
      name: 'worker',
      count: 1,
      match: {
        'cpu.packages': { gte: 2 },
        'numa.nodes': { gte: 2 },
        'memory.installed': { gte: '1Gi' },
        'storage.nvmeCount': { gte: 1 },
        'bench.memory.triad': { gte: '1MB/s' },
      },
      prefer: [{ attribute: 'bench.memory.triad', order: 'high', weight: 1 }],
    },
    {
      name: 'gateway',
      count: 1,
      match: { 'cpu.packages': { lte: 1 }, 'nic.count': { gte: 1 } },
    },
  ],
  constraints: [{ kind: 'same', level: 'rack', roles: ['worker', 'gateway'] }],
  lease: { duration: '1h' },
  image: labImageName,
} as const

/** How many machines {@link labRequest} takes. */
export const labRequestCount = labRequest.roles.reduce((sum, { count }) => sum + count, 0)

/** The rack of machine `number`, from 1: two racks, and the first machine is not in the first. */
export function labRackOf(number: number): string {
  return number % 4 < 2 ? 'rack-2' : 'rack-1'
}

/** True once the machine can be asked for. Throws where it never will be. */
export function isAvailable(machine: MachineSummary): boolean {
  failIfBroken(machine)
  return machine.state === 'available' && machine.flags.length === 0
}

/** True once the system that was written to its disk has reported. */
export function runsImage(machine: MachineSummary): boolean {
  failIfBroken(machine)
  return machine.state === 'active' && machine.running !== null
}

function failIfBroken({ state, reason, flags }: MachineSummary): void {
  if (state === 'error' || flags.includes('conflict') || flags.includes('quarantined')) {
    throw new AppError('conflict', `machine is in ${state} ${flags.join(' ')}: ${reason ?? ''}`)
  }
}
