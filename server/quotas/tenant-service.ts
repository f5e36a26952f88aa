import { findAttribute, nearestAttribute } from '../../protocol/attributes.ts'
import { AppError } from '../../protocol/errors.ts'
import { quotaSchema } from '../../protocol/tenants.ts'
import type { Quota, Tenant } from '../../protocol/tenants.ts'
import { membersInUse } from '../allocation/allocation-record.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord, TenantRecord } from '../store/records.ts'
import { recentUsage, rememberedMs, sharesOf } from '../usage/decay.ts'
import { formatAmount, parseAmount } from './quota.ts'

/** Tenants with what they may have, have, and had lately. */
export interface TenantService {
  /** All that have a quota, have machines or had some lately; by name. */
  list(): Promise<readonly Tenant[]>
  /** Nobody is unknown: a tenant of whom nothing was ever set has no limits. */
  get(name: string): Promise<Tenant>
  /** Sets all of a quota. `generation` null: whatever it was. */
  set(name: string, quota: Quota, actor: string, generation: number | null): Promise<Tenant>
}

export function tenantService(domain: Domain): TenantService {
  const list = async (wanted: string | null) => {
    const { store, clock, picture } = domain
    const nowMs = clock.now()
    const known = new Map((await store.tenants()).map((tenant) => [tenant.id, tenant]))
    const open = await store.openAllocations()
    await picture.update(nowMs)
    const quotas = picture.quotas(known.keys())
    const used = recentUsage(await store.usage(nowMs - rememberedMs, nowMs), nowMs)
    const shares = sharesOf(used, (tenant) => known.get(tenant)?.weight ?? 1)
    const names = new Set([...known.keys(), ...used.keys(), ...open.map(({ tenant }) => tenant)])
    if (wanted !== null) names.add(wanted)
    return [...names].toSorted().map((name): Tenant => {
      const record = known.get(name) ?? newTenant(name)
      const sums = quotas.get(name)?.sums ?? new Map<string, bigint>()
      return {
        name,
        generation: known.has(name) ? record.generation : 0,
        weight: record.weight,
        priorityMaximum: record.priorityMaximum,
        machines: record.machinesMaximum,
        attributes: record.attributeMaxima,
        held: {
          machines: machinesInUse(open, name),
          attributes: Object.fromEntries(
            [...sums].map(([attribute, sum]) => [attribute, formatAmount(attribute, sum)]),
          ),
        },
        recentMachineSeconds: used.get(name) ?? 0,
        share: shares.get(name) ?? 0,
      }
    })
  }
  const get = async (name: string) => {
    const found = (await list(name)).find((tenant) => tenant.name === name)
    if (found === undefined) throw new AppError('not-found', `no tenant is named '${name}'`)
    return found
  }
  return {
    list: () => list(null),
    get,
    async set(name, quota, actor, generation) {
      const terms = understandQuota(quota)
      await domain.transact(async (work) => {
        await work.readFleet()
        work.claimFleet()
        const known = await work.tenants.find(name)
        const present = known?.generation ?? 0
        if (generation !== null && generation !== present) {
          throw new AppError(
            'precondition-failed',
            `quota of tenant '${name}' is at generation ${present}, not at ${generation}`,
            { generation: present },
          )
        }
        if (known === null) work.tenants.insert({ ...newTenant(name), ...terms })
        else work.tenants.update({ ...known, ...terms })
      })
      domain.log.info('quota was set', { tenant: name, actor })
      return get(name)
    },
  }
}

function machinesInUse(open: readonly AllocationRecord[], name: string): number {
  return open
    .filter(({ tenant }) => tenant === name)
    .reduce((sum, allocation) => sum + membersInUse(allocation).length, 0)
}

function newTenant(name: string): TenantRecord {
  const none = { machinesMaximum: null, attributeMaxima: {} }
  return { id: name, generation: 1, weight: 1, priorityMaximum: 0, ...none }
}

type QuotaTerms = Pick<
  TenantRecord,
  'weight' | 'priorityMaximum' | 'machinesMaximum' | 'attributeMaxima'
>

/** A quota over attributes that have sums; anything else is refused with the nearest name. */
function understandQuota(quota: Quota): QuotaTerms {
  const { weight, priorityMaximum, machines, attributes } = quotaSchema.parse(quota)
  const attributeMaxima = Object.entries(attributes).map(([name, written]) => {
    const amount = parseAmount(name, written)
    if (amount !== null) return [name, formatAmount(name, amount)] as const
    const info = findAttribute(name)
    const near = nearestAttribute(name)
    const hint = near === null ? '' : `, did you mean '${near}'`
    const advice =
      info === null
        ? `there is no attribute '${name}'${hint}`
        : `'${written}' is no amount of ${name}, which is a ${info.type}`
    throw new AppError('unprocessable', `quota cannot be set: ${advice}`, { attribute: name })
  })
  const maxima = Object.fromEntries(attributeMaxima)
  return { weight, priorityMaximum, machinesMaximum: machines, attributeMaxima: maxima }
}
