import { findAttribute } from '../attributes.ts'
import type { AttributeInfo } from '../attributes/definition.ts'

/**
 * Whether a machine's boot was attested: what `security.attested` of a request asks for. A machine of
 * which it is not known does not pass.
 */
export const attestedAttribute: AttributeInfo = findAttribute('security.attested') ?? {
  name: 'security.attested',
  type: 'bool',
  unit: null,
  level: 'machine',
  source: 'security',
  nature: 'state',
  description: 'Its boot was attested: the event log agrees with what the TPM quotes',
  fields: [],
}
