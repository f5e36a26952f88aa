import type { Finding } from '../facts/finding.ts'
import { type AttributeDefinition, int, type MachineRecord, set } from './definition.ts'

const common = { source: 'finding', nature: 'state' } as const

/** What is wrong or noteworthy in a machine. */
export const findingAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  set(
    'finding.codes',
    { ...common, description: 'Codes of its findings, `pci.link-narrow`' },
    ({ findings }) => findings?.map(({ code }) => code),
  ),
  int('finding.errors', { ...common, description: 'Findings that are errors' }, ({ findings }) =>
    countOf(findings, 'error'),
  ),
  int(
    'finding.warnings',
    { ...common, description: 'Findings that are warnings' },
    ({ findings }) => countOf(findings, 'warning'),
  ),
]

function countOf(findings: readonly Finding[] | null, severity: Finding['severity']) {
  return findings?.filter((one) => one.severity === severity).length
}
