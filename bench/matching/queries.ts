import type { AttributeValue } from '../../protocol/attributes/definition.ts'
import { findAttribute } from '../../protocol/attributes.ts'
import { formatQuantity } from '../../protocol/quantity.ts'
import { parseRequest, type Request } from '../../protocol/request.ts'
import type { Candidate } from '../../server/matching/candidate.ts'
import { SeededRandom } from '../fuzz/random.ts'

/** A condition in its parts, for those who do not read requests. */
export interface Term {
  readonly attribute: string
  readonly operator: 'eq' | 'gte'
  readonly value: string | boolean | bigint
}

/** A request and, of its first role, the conditions. */
export interface Query {
  readonly request: Request
  readonly terms: readonly Term[]
}

const equalities = [
  'cpu.vendor',
  'system.manufacturer',
  'firmware.bootMode',
  'security.secureBoot',
  'label.site',
]
const hardware = [
  'cpu.cores',
  'memory.size',
  'storage.size',
  'nic.speedMax',
  'storage.nvmeSize',
  'gpu.count',
]
const benchmarks = ['bench.memory.triad', 'bench.cpu.fma', 'bench.disk.read', 'bench.cpu.clock']

export const queryKinds = ['single', 'gang', 'roles', 'impossible'] as const
export type QueryKind = (typeof queryKinds)[number]

/**
 * Requests of one kind: each asks for what some machine of the fleet has, with 1 to 3 equalities, 2
 * amounts of hardware and 1 measured one. `single`: 4 machines. `gang`: 4 on one leaf. `roles`: three
 * roles, over leaf and rack. `impossible`: more of an amount than any machine has.
 */
export function makeQueries(
  kind: QueryKind,
  count: number,
  fleet: readonly Candidate[],
): readonly Query[] {
  const random = new SeededRandom(queryKinds.indexOf(kind) + 7)
  return Array.from({ length: count }, () => makeQuery(kind, random, fleet))
}

function makeQuery(kind: QueryKind, random: SeededRandom, fleet: readonly Candidate[]): Query {
  const model = random.pick(fleet)?.attributes ?? new Map<string, AttributeValue | null>()
  const terms = termsLike(model, random, kind === 'roles' ? 1 : 1 + random.below(3))
  const prefer =
    random.below(2) === 0 ? [] : [{ attribute: random.pick(benchmarks), order: 'high' }]
  const lease = { duration: '1h' }
  const worker = { name: 'worker', count: 4, match: matchOf(terms), prefer }
  if (kind === 'single') return { terms, request: parseRequest({ roles: [worker], lease }) }
  if (kind === 'gang') {
    const constraints = [{ kind: 'same', level: 'leaf' }]
    return { terms, request: parseRequest({ roles: [worker], constraints, lease }) }
  }
  if (kind === 'impossible') {
    const beyond: Term = { attribute: 'memory.size', operator: 'gte', value: 1n << 50n }
    const all = [...terms.filter(({ attribute }) => attribute !== 'memory.size'), beyond]
    const role = { ...worker, match: matchOf(all) }
    return { terms: all, request: parseRequest({ roles: [role], lease }) }
  }
  const storage = termsLike(random.pick(fleet)?.attributes ?? model, random, 1).slice(0, 2)
  const roles = [
    worker,
    { name: 'store', count: 2, match: matchOf(storage) },
    { name: 'login', count: 1, match: { 'cpu.vendor': model.get('cpu.vendor') } },
  ]
  const constraints = [
    { kind: 'same', level: 'leaf', roles: ['worker'] },
    { kind: 'spread', level: 'rack', max: 1, roles: ['store', 'login'] },
  ]
  return { terms, request: parseRequest({ roles, constraints, lease }) }
}

function termsLike(
  model: ReadonlyMap<string, AttributeValue | null>,
  random: SeededRandom,
  equalityCount: number,
): readonly Term[] {
  const terms = new Map<string, Term>()
  const add = (attribute: string | undefined, operator: Term['operator']) => {
    const value = attribute === undefined ? null : (model.get(attribute) ?? null)
    if (attribute === undefined || value === null || typeof value === 'object') return
    terms.set(attribute, { attribute, operator, value })
  }
  for (let at = 0; at < equalityCount; at += 1) add(random.pick(equalities), 'eq')
  for (let at = 0; at < 2; at += 1) add(random.pick(hardware), 'gte')
  add(random.pick(benchmarks), 'gte')
  return [...terms.values()]
}

function matchOf(terms: readonly Term[]): object {
  return Object.fromEntries(
    terms.map(({ attribute, operator, value }) => [
      attribute,
      { [operator]: written(attribute, value) },
    ]),
  )
}

function written(attribute: string, value: Term['value']): string | number | boolean {
  if (typeof value !== 'bigint') return value
  const unit = findAttribute(attribute)?.unit ?? null
  return unit === null ? Number(value) : formatQuantity(value, unit)
}
