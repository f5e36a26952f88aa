import {
  allocationTransitions,
  commandTransitions,
  machineFlags,
  machineTransitions,
} from '../../protocol/states.ts'
import type { Transition } from '../../protocol/states.ts'

/** `docs/states.md`, from the tables. `bun test/protocol/states-document.ts > docs/states.md`. */
export function statesDocument(): string {
  return [
    '# State tables',
    '',
    'Printed from `protocol/states.ts`; a test keeps this page equal to it. Every change of state is',
    'one of these actions, and the store refuses any other.',
    '',
    ...section('Machine', machineTransitions),
    `Flags stand beside the state: ${machineFlags.map((flag) => `\`${flag}\``).join(', ')}. Only an`,
    '`available` machine without a flag is schedulable.',
    '',
    ...section('Allocation', allocationTransitions),
    ...section('Command', commandTransitions),
  ].join('\n')
}

function section(title: string, table: Readonly<Record<string, Transition<string>>>): string[] {
  const rows = Object.entries(table).map(
    ([action, { from, to }]) => `| ${action} | ${from.join(', ')} | ${to} |`,
  )
  return [`## ${title}`, '', '| action | from | to |', '|---|---|---|', ...rows, '']
}

if (import.meta.main) await Bun.write(Bun.stdout, statesDocument())
