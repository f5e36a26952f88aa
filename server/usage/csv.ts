import type { Usage } from '../../protocol/usage.ts'

const columns = ['tenant', 'shape', 'hardware', 'machines', 'machine_seconds', 'from', 'until']

/** Usage as CSV (RFC 4180), times in ISO 8601. */
export function usageCsv({ fromMs, untilMs, rows }: Usage): string {
  const range = [new Date(fromMs).toISOString(), new Date(untilMs).toISOString()]
  const lines = rows.map(({ tenant, shape, machines, machineSeconds }) => [
    tenant,
    shape?.id ?? '',
    shape?.text ?? '',
    String(machines),
    machineSeconds.toFixed(3),
    ...range,
  ])
  return [columns, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
}

/** A cell that a spreadsheet might run as a formula is made a text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
