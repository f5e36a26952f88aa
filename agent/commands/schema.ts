import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { factSchemas, isFactClass } from '../../protocol/facts/inventory.ts'
import { artifacts } from '../discovery/artifacts.ts'

/** `assay-agent schema`: the JSON Schema of a class of facts or of a decoded artifact. */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a class of facts or of what decode prints')
    .argument('[name]', 'a class or an artifact; without it their names')
    .action(async (name: string | undefined) => {
      const text =
        name === undefined
          ? [...Object.keys(factSchemas), ...artifacts.map((one) => one.name)].join('\n')
          : JSON.stringify(z.toJSONSchema(schemaNamed(name)), null, 2)
      await Bun.write(Bun.stdout, `${text}\n`)
    })
}

/** A name that is both (`usb`) is the class; `decode:usb` is the artifact. */
function schemaNamed(name: string): z.ZodType {
  if (isFactClass(name)) return factSchemas[name]
  const artifact = artifacts.find((one) => one.name === name.replace(/^decode:/, ''))
  if (artifact !== undefined) return artifact.schema
  throw new AppError('not-found', `neither a class of facts nor an artifact is called '${name}'`)
}
