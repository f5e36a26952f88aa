import type { Explanation } from '../../protocol/explanation.ts'

/** The one sentence of an explanation. */
export function summarize(explanation: Omit<Explanation, 'summary'>): string {
  const { verdict, chosen } = explanation
  if (verdict === 'matched') {
    const names = chosen.map((choice) => choice.machine)
    const shown = names.slice(0, 4).join(', ')
    const rest = names.length > 4 ? ` and ${names.length - 4} more` : ''
    return `${machines(names.length)} matched: ${shown}${rest}`
  }
  return `${endings[verdict]}: ${shortfall(explanation)}`
}

const endings = {
  busy: 'Not now, machines that fit are held',
  unschedulable: 'Not now, machines that fit are out of service',
  impossible: 'No match, waiting does not help',
  'search-exhausted': 'No answer, the constraints cross and the search ended without a placement',
} as const

function shortfall(explanation: Omit<Explanation, 'summary'>): string {
  const { deficient, roles, constraints, verdict } = explanation
  const free = verdict === 'busy' ? 'free' : verdict === 'unschedulable' ? 'in service' : 'eligible'
  if (deficient !== null) {
    const several = deficient.roles.length > 1 ? 'roles' : 'role'
    const names = deficient.roles.map((role) => `'${role}'`).join(', ')
    const want = deficient.roles.length > 1 ? 'want' : 'wants'
    const is = deficient.eligible === 1 ? 'is' : 'are'
    return `${several} ${names} ${want} ${machines(deficient.wanted)}, ${deficient.eligible} ${is} ${free}`
  }
  const short = constraints.find((constraint) => constraint.placeable < constraint.wanted)
  if (short !== undefined) {
    const where = short.best === null ? '' : ` (best: ${short.best.domain})`
    return `'${short.text}' lets ${short.placeable} of ${short.wanted} be placed${where}`
  }
  const names = roles.map((role) => `'${role.name}'`).join(', ')
  return `each condition alone can be met, but not all together for ${names}`
}

function machines(count: number): string {
  return count === 1 ? '1 machine' : `${count} machines`
}
