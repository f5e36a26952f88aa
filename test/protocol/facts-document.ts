import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { factClasses } from '../../protocol/facts/classes.ts'
import { type SchemaConstant, schemaConstants } from './schema-source.ts'

const folder = join(import.meta.dirname, '../../protocol/facts')
/** Not about a machine: what all of them are made of, and code over them. */
const others = ['fields', 'classes', 'inventory', 'claims', 'identity-evidence']

/** `docs/facts.md`, from the schemas. `bun test/protocol/facts-document.ts > docs/facts.md`. */
export function factsDocument(): string {
  const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''))
  const parts = files.filter((file) => !isClass(file) && !others.includes(file))
  return [
    '# Facts',
    '',
    'Printed from `protocol/facts`; a test keeps this page equal to it. `assay-agent discover` prints',
    '`{facts: {<class>: …}, findings: […]}` of these; `assay-agent schema <class>` prints the JSON Schema',
    'of a class. Units stand last in names. Null: the machine does not tell. What every type is made',
    'of is in `protocol/facts/fields.ts`.',
    '',
    `Classes: ${factClasses.map((name) => `[${name}](#${name})`).join(', ')}.`,
    '',
    ...factClasses.flatMap((name) => section(name)),
    '# Parts of facts, and what decoders print',
    '',
    ...parts.flatMap((name) => section(name)),
  ].join('\n')
}

function isClass(name: string): boolean {
  return factClasses.some((known) => known === name)
}

function section(file: string): readonly string[] {
  const constants = schemaConstants(readFileSync(join(folder, `${file}.ts`), 'utf8'))
  if (constants.length === 0) return []
  return [`## ${file}`, '', ...constants.flatMap((constant) => constantLines(constant))]
}

function constantLines({ name, meaning, type, rows }: SchemaConstant): readonly string[] {
  const head = `### \`${name}\``
  const about = [
    ...(meaning === '' ? [] : [meaning, '']),
    ...(type === null ? [] : [`${type}.`, '']),
  ]
  if (rows.length === 0) return [head, '', ...about]
  const table = rows.map((row) => `| \`${row.path}\` | ${cell(row.type)} | ${cell(row.meaning)} |`)
  return [head, '', ...about, '| field | type | meaning |', '|---|---|---|', ...table, '']
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) await Bun.write(Bun.stdout, factsDocument())
