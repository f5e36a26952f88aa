import type {
  Availability,
  ClauseExplanation,
  Explanation,
  RoleExplanation,
} from './explanation.ts'

/** An explanation for a terminal: a sentence, then the funnel of each role, then what would help. */
export function explainText(explanation: Explanation): string {
  return [
    explanation.summary,
    `  machines: ${availabilityText(explanation.machines, 'known')}`,
    ...explanation.reasons.map(({ reason, count }) => `    ${count} out of service: ${reason}`),
    ...explanation.roles.flatMap(roleLines),
    ...explanation.constraints.map(({ text, placeable, wanted, best, unlabelled, unseen }) => {
      const where = best === null ? '' : `, best ${best.domain}`
      const without = unlabelled === 0 ? '' : `, ${unlabelled} without this label`
      const unsure = unseen === 0 ? '' : `, ${unseen} with a link nobody has seen`
      return `constraint ${text}: ${placeable} of ${wanted}${where}${without}${unsure}`
    }),
    ...explanation.tried.map(({ choices, summary }) => `tried ${choices.join(', ')}: ${summary}`),
    ...explanation.remedies.map(({ text }) => `would match: ${text}`),
    ...explanation.blockers.map(
      ({ machine, heldBy, untilMs }) => `  ${machine} is held by ${heldBy} ${untilText(untilMs)}`,
    ),
    ...(explanation.earliestAtMs === null
      ? []
      : [`earliest: ${new Date(explanation.earliestAtMs).toISOString()}`]),
    ...explanation.chosen.map(
      ({ role, machine, ...score }) => `  ${role}: ${machine} (${scoreText(score)})`,
    ),
  ].join('\n')
}

const columns = ['pass', 'left', 'fail', 'unknown', 'only this'] as const

function roleLines(role: RoleExplanation): readonly string[] {
  const open = (role.unknown ?? 0) === 0 ? '' : `, ${role.unknown} not known`
  const wanted = role.most === role.wanted ? `${role.wanted}` : `${role.wanted} to ${role.most}`
  const title = `role ${role.name}: ${wanted} wanted, ${availabilityText(role.eligible, 'fit')}${open}`
  const width = Math.max(6, ...role.clauses.map((clause) => clause.text.length))
  const header = `  ${'clause'.padEnd(width)}  ${columns.join('  ')}`
  return [
    title,
    ...(role.clauses.length === 0 ? [] : [header]),
    ...role.clauses.flatMap((clause) => clauseLines(clause, width, role)),
  ]
}

function clauseLines(
  clause: ClauseExplanation,
  width: number,
  role: RoleExplanation,
): readonly string[] {
  const { alone, remaining, failsOnlyThis } = clause
  const figures = [alone.yes, remaining, alone.no, alone.unknown, failsOnlyThis]
  const cells = figures.map((figure, index) =>
    String(figure ?? '-').padStart(columns[index]?.length ?? 0),
  )
  const lines = [`  ${clause.text.padEnd(width)}  ${cells.join('  ')}`]
  // A role that has enough machines needs no advice.
  if (role.eligible.free >= role.wanted) return lines
  for (const { text, admits } of clause.relaxations) {
    lines.push(`    ${text} would admit ${admits.total} more (${admits.free} free)`)
  }
  if (clause.unknownOnlyThis !== null && clause.unknownOnlyThis > 0) {
    lines.push(`    ${clause.unknownOnlyThis} would fit if this were known of them`)
  }
  if (alone.yes === 0 && clause.observed.length > 0) {
    const seen = clause.observed.map(({ value, count }) => `${value} (${count})`).join(', ')
    lines.push(`    there are: ${seen}`)
  }
  return lines
}

function availabilityText(
  { total, free, held, unschedulable }: Availability,
  verb: 'known' | 'fit',
): string {
  const parts = [`${total} ${verb}`, `${free} free`]
  if (held > 0) parts.push(`${held} held`)
  if (unschedulable > 0) parts.push(`${unschedulable} out of service`)
  return parts.join(', ')
}

function untilText(untilMs: number | null): string {
  return untilMs === null ? 'without a known end' : `until ${new Date(untilMs).toISOString()}`
}

/** What spoke for a machine; what decided nothing is left out. */
function scoreText({
  preference,
  scarcity,
  surplus,
  deviation,
  wear,
}: Omit<Explanation['chosen'][number], 'role' | 'machine'>): string {
  return [
    `preference ${preference}`,
    `scarcity ${scarcity}`,
    `surplus ${surplus}`,
    ...(deviation === null ? [] : [`deviation ${deviation}`]),
    ...(wear === null ? [] : [`wear ${wear} %`]),
  ].join(', ')
}
