import { DecodeError } from '../../../protocol/errors.ts'
import { machineNameSchema } from '../../../protocol/imports.ts'

/** A machine's name out of a field of the source; its case does not count. */
export function nameOf(value: unknown, field: string): string {
  const name = machineNameSchema.safeParse(typeof value === 'string' ? value.toLowerCase() : value)
  if (name.success) return name.data
  const found = JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
  throw new DecodeError(`${field} is ${found}, wanted a host name of one part`)
}
