import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import { findAttribute } from '../../protocol/attributes.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { formatQuantity, parseQuantity } from '../../protocol/quantity.ts'
import type { TenantRecord } from '../store/records.ts'

/** What a tenant may have and has, in exact amounts. */
export interface QuotaState {
  readonly machinesMaximum: number | null
  readonly maxima: ReadonlyMap<string, bigint>
  readonly machines: number
  readonly sums: ReadonlyMap<string, bigint>
}

export const unlimited: QuotaState = {
  machinesMaximum: null,
  maxima: new Map(),
  machines: 0,
  sums: new Map(),
}

/** The limits of a tenant, with nothing held yet. */
export function quotaOf(tenant: TenantRecord | null): QuotaState {
  if (tenant === null) return unlimited
  const maxima = Object.entries(tenant.attributeMaxima).flatMap(([name, written]) => {
    const amount = parseAmount(name, written)
    return amount === null ? [] : [[name, amount] as const]
  })
  return { ...unlimited, machinesMaximum: tenant.machinesMaximum, maxima: new Map(maxima) }
}

/** The quota with one machine more. */
export function withMachine(quota: QuotaState, attributes: AttributeValues): QuotaState {
  const sums = [...quota.maxima.keys()].map((name) => {
    const value = attributes.get(name)
    return [name, (quota.sums.get(name) ?? 0n) + (typeof value === 'bigint' ? value : 0n)] as const
  })
  return { ...quota, machines: quota.machines + 1, sums: new Map(sums) }
}

/** What is too much, in words; null where the quota holds. */
export function excessOf(quota: QuotaState): string | null {
  const { machines, machinesMaximum, maxima, sums } = quota
  if (machinesMaximum !== null && machines > machinesMaximum) {
    return `${machines} machines, its quota is ${machinesMaximum}`
  }
  for (const [name, maximum] of maxima) {
    const sum = sums.get(name) ?? 0n
    if (sum > maximum) {
      return `${formatAmount(name, sum)} of ${name}, its quota is ${formatAmount(name, maximum)}`
    }
  }
  return null
}

/**
 * An attribute that the quota counts and nobody knows of this machine; null where there is none.
 * What cannot be counted is not given.
 */
export function uncountable(quota: QuotaState, attributes: AttributeValues): string | null {
  for (const name of quota.maxima.keys()) {
    if (attributes.get(name) === undefined) return name
  }
  return null
}

/** An amount of an attribute that has sums; null for an attribute that has none. */
export function parseAmount(name: string, written: string | number): bigint | null {
  const info = findAttribute(name)
  if (info === null) return null
  if (info.type === 'int' && /^\d{1,15}$/.test(String(written))) return BigInt(written)
  if (info.type !== 'quantity' || info.unit === null || typeof written === 'number') return null
  try {
    return parseQuantity(written, info.unit)
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

export function formatAmount(name: string, amount: bigint): string {
  const unit = findAttribute(name)?.unit ?? null
  return unit === null ? String(amount) : formatQuantity(amount, unit)
}
