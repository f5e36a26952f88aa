import { parseKept } from '../../protocol/attributes/parse-presented.ts'
import { parseConditionText } from '../../protocol/request/condition-text.ts'
import { allOf } from '../../protocol/request/expression.ts'
import type { Expression } from '../../protocol/request/expression.ts'
import { parseMatch } from '../../protocol/request/parse-match.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { compile } from '../matching/evaluate.ts'

/** Attributes as the API shows them: see `presentAttributes`. */
type PresentedAttributes = Readonly<Record<string, unknown>>

/**
 * A machine passes when every expression holds; one that asks for what nobody reported does not
 * hold. Throws `unprocessable` for an expression that is none, with the nearest name.
 */
export function machineFilter(
  expressions: readonly string[],
): (attributes: PresentedAttributes) => boolean {
  if (expressions.length === 0) return () => true
  const problems = new Problems()
  const parsed = expressions.map((text, at) => parseWhere(text, `where[${at}]`, problems))
  if (!problems.empty) throw problems.refusal()
  const holds = compile(allOf(parsed.filter((expression) => expression !== null)))
  return (attributes) => holds(parseKept(attributes)) === 'yes'
}

function parseWhere(text: string, path: string, problems: Problems): Expression | null {
  const parsed = parseConditionText(text)
  if (parsed === null) {
    problems.add(path, `'${text.slice(0, 60)}' is no expression such as cpu.cores>=4`)
    return null
  }
  return parseMatch({ [parsed.name]: parsed.condition }, path, { problems, clauses: 0 })
}
