import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { Tenant } from '../../protocol/tenants.ts'
import { collect } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { ageText, nothing } from '../format.ts'
import { fieldsText, tableText } from '../table.ts'
import { wholeNumber } from '../whole-number.ts'

const optionsSchema = z.object({
  machines: z.string().optional(),
  attribute: z.array(z.string()).default([]),
  weight: z.string().optional(),
  priority: z.string().optional(),
})

/** `assay quota list|show|set`: what tenants may have, have, and had lately. */
export function addQuotaCommands(program: Command, cli: Cli): void {
  const quota = program.command('quota').description('what tenants may have, and have')
  quota
    .command('list', { isDefault: true })
    .description('tenants by name')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const tenants = await client.quotas.list()
      cli.print(command, tenants, () => tenantsText(tenants))
    })
  quota
    .command('show')
    .description('one tenant')
    .argument('<tenant>', 'name')
    .action(async (name: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const tenant = await client.quotas.get(name)
      cli.print(command, tenant, () => tenantText(tenant))
    })
  quota
    .command('set')
    .description('change what a tenant may have; what is not said stays, nothing is taken away')
    .argument('<tenant>', 'name')
    .option('--machines <count>', "machines at a time; 'any' for no limit")
    .option('--attribute <limit>', "such as gpu.count=64; 'gpu.count=any'; repeat", collect)
    .option('--weight <number>', 'twice the weight, twice the share of a busy fleet')
    .option('--priority <number>', 'highest priority its requests may ask for')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const before = await client.quotas.get(name)
      const tenant = await client.quotas.set(name, changed(before, options), before.generation)
      cli.print(command, tenant, () => tenantText(tenant))
    })
}

function changed(before: Tenant, options: z.output<typeof optionsSchema>) {
  const { machines, attribute, weight, priority } = options
  const attributes = new Map(Object.entries(before.attributes))
  for (const text of attribute) {
    const [, name = '', limit = ''] = /^([a-zA-Z0-9.]+)=(\S+)$/.exec(text) ?? []
    if (name === '') {
      throw new AppError('bad-request', `--attribute '${text}' is no limit such as gpu.count=64`)
    }
    if (limit === 'any') attributes.delete(name)
    else attributes.set(name, limit)
  }
  return {
    weight: weight === undefined ? before.weight : weightOf(weight),
    priorityMaximum:
      priority === undefined ? before.priorityMaximum : wholeNumber('--priority', priority),
    machines: machines === undefined ? before.machines : countOf(machines),
    attributes: Object.fromEntries(attributes),
  }
}

function countOf(text: string): number | null {
  return text === 'any' ? null : wholeNumber('--machines', text)
}

function weightOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new AppError('bad-request', `--weight '${text}' is not a number such as 2 or 0.5`)
}

function tenantsText(tenants: readonly Tenant[]): string {
  if (tenants.length === 0) return 'no tenants'
  const columns = ['TENANT', 'MACHINES', 'OF', 'LIMITS', 'WEIGHT', 'SHARE', 'RECENT']
  return tableText(
    columns.map((title) => ({ title })),
    tenants.map((tenant) => [
      tenant.name,
      String(tenant.held.machines),
      tenant.machines === null ? 'any' : String(tenant.machines),
      limitsText(tenant),
      String(tenant.weight),
      `${Math.round(tenant.share * 100)}%`,
      ageText(tenant.recentMachineSeconds * 1000),
    ]),
  )
}

function tenantText(tenant: Tenant): string {
  return fieldsText([
    ['tenant', tenant.name],
    ['machines', `${tenant.held.machines} of ${tenant.machines ?? 'any number'}`],
    ['limits', limitsText(tenant)],
    ['weight', String(tenant.weight)],
    ['highest priority', String(tenant.priorityMaximum)],
    ['share of late', `${Math.round(tenant.share * 100)}%`],
    ['recent machine time', ageText(tenant.recentMachineSeconds * 1000)],
  ])
}

function limitsText({ attributes, held }: Tenant): string {
  const limits = Object.entries(attributes).map(
    ([name, limit]) => `${name} ${held.attributes[name] ?? '0'} of ${limit}`,
  )
  return limits.length === 0 ? nothing : limits.join(', ')
}
