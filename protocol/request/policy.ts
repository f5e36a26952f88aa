import assert from 'node:assert/strict'
import { findAttribute } from '../attributes.ts'
import type { AttributeInfo } from '../attributes/definition.ts'

/**
 * Whether a machine's boot was attested: what `security.attested` of a request asks for. A machine of
 * which it is not known does not pass.
 */
export const attestedAttribute: AttributeInfo = registered('security.attested')

function registered(name: string): AttributeInfo {
  const info = findAttribute(name)
  assert(info, `attribute '${name}' is in the registry`)
  return info
}
