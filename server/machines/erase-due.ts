import { z } from 'zod'
import type { AllocationRecord, MachineRecord } from '../store/records.ts'
import { withFlag } from './machine-record.ts'

/** What of an allocation its due erasures follow from. */
type Lease = Pick<AllocationRecord, 'id' | 'request' | 'leaseUntilMs'>

/**
 * The machine as it comes back from a lease that asked for its disks to be erased. Nobody erases
 * them by itself, so it stays out of service until an operator says that it was done. A hold that was
 * never confirmed wrote nothing, and leaves nothing due.
 */
export function withEraseDue(
  machine: MachineRecord,
  { id, request, leaseUntilMs }: Lease,
): MachineRecord {
  const asked = askedSchema.safeParse(request)
  if (!asked.success || leaseUntilMs === null) return machine
  const eraseDue = { level: asked.data.security.erase, allocationId: id }
  return { ...withFlag(machine, 'maintenance', null), eraseDue }
}

/** Of a stored request this is read and nothing else: a machine comes back whatever the rest says. */
const askedSchema = z.object({ security: z.object({ erase: z.enum(['clear', 'purge']) }) })

/** Why a machine is as it is: what is due, and what else was said of it. Null: there is no reason. */
export function reasonOf({
  reason,
  eraseDue,
}: Pick<MachineRecord, 'reason' | 'eraseDue'>): string | null {
  if (eraseDue === null) return reason
  const { level, allocationId } = eraseDue
  const due = `erase ${level} is due, asked for by allocation ${allocationId}: disks were not erased`
  return reason === null ? due : `${due}; ${reason}`
}

/**
 * Why a machine cannot be granted, however long one waits, in words that are the same for many
 * machines. Null where only its state decides.
 */
export function obstacleOf({
  state,
  flags,
  eraseDue,
}: Pick<MachineRecord, 'state' | 'flags' | 'eraseDue'>): string | null {
  if (eraseDue !== null) return `erase ${eraseDue.level} is due`
  return flags[0] ?? (state === 'error' ? 'error' : null)
}
