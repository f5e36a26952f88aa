import { artifacts } from '../../../agent/discovery/artifacts.ts'
import {
  capabilities,
  extendedCapabilities,
  type Layout,
} from '../../../agent/discovery/decode/pci/layouts/catalog.ts'
import { structureTypes } from '../../../agent/discovery/decode/smbios/structure-types.ts'

/** `docs/decoders.md`, from the tables. `bun test/agent/discovery/decoders-document.ts > docs/decoders.md`. */
export function decodersDocument(): string {
  return [
    '# Decoders',
    '',
    'Printed from the tables of the decoders; a test keeps this page equal to them.',
    '',
    '`assay-agent decode <artifact> FILE` prints what a file of one kind says, as JSON; `-` reads from',
    'standard input, `--compact` prints one line. A file that is none of its kind ends it with exit',
    'status 1 and a message. `assay-agent schema decode:<artifact>` prints the JSON Schema;',
    '[facts.md](facts.md) has the meaning of the fields.',
    '',
    '| artifact | file |',
    '|---|---|',
    ...artifacts.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`),
    '',
    '## Fields of SMBIOS structures',
    '',
    'Sizes in bytes, speeds in their unit as the name says; null where the firmware says that it does',
    'not know. A field that the version of a structure lacks is not there.',
    '',
    '| type | name | fields |',
    '|---|---|---|',
    ...[...structureTypes]
      .toSorted(([a], [b]) => a - b)
      .map(
        ([type, { name, fields }]) => `| ${type} | ${cell(name)} | ${codes(Object.keys(fields))} |`,
      ),
    '',
    '## Fields of PCI capabilities',
    '',
    'By register, with its fields in brackets. Lists inside of a capability, and registers whose place',
    'the capability itself tells, are not in these tables; `…` stands for them.',
    '',
    ...capabilityTable('Capability', capabilities),
    ...capabilityTable('Extended capability', extendedCapabilities),
  ].join('\n')
}

function capabilityTable(
  title: string,
  table: Readonly<Record<string, Layout>>,
): readonly string[] {
  const rows = Object.entries(table)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, layout]) => `| \`${id}\` | ${registerNames(layout)} |`)
  return [`| ${title} | registers |`, '|---|---|', ...rows, '']
}

function registerNames({ registers = [], read }: Layout): string {
  const names = registers.map(({ name, fields }) => {
    const inner = fields.filter((field) => field.name !== '').map((field) => field.name)
    return inner.length === 0 ? `\`${name}\`` : `\`${name}\` (${inner.join(', ')})`
  })
  return cell([...names, ...(read === undefined ? [] : ['…'])].join('; '))
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) await Bun.write(Bun.stdout, decodersDocument())
