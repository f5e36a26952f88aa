import type { Command } from 'commander'
import { attributes } from '../../protocol/attributes.ts'
import type { AttributeInfo } from '../../protocol/attributes/definition.ts'
import { units } from '../../protocol/quantity.ts'
import type { Cli } from '../cli.ts'
import { tableText } from '../table.ts'

/** `assay attributes`: every name that requests and filters know. Asks no server. */
export function addAttributesCommand(program: Command, cli: Cli): void {
  program
    .command('attributes')
    .description('names that --where, --role and requests know')
    .action((_: unknown, command: Command) => {
      const columns = ['NAME', 'TYPE', 'WRITTEN AS', 'WHAT'].map((title) => ({ title }))
      cli.print(command, attributes, () =>
        tableText(
          columns,
          attributes.flatMap((info) => [
            row(info),
            ...info.fields.map((field) => row({ ...field, name: `${info.name}.${field.name}` })),
          ]),
        ),
      )
    })
}

function row({ name, type, unit, description }: AttributeInfo): readonly string[] {
  return [name, type, unit === null ? '' : units[unit].example, description]
}
