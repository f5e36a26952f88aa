import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { artifacts } from '../../../agent/discovery/artifacts.ts'
import { DecodeError } from '../../../protocol/errors.ts'

describe.each(artifacts.map((artifact) => [artifact.name, artifact] as const))(
  '%s',
  (_, artifact) => {
    test('gives what its schema says, or a DecodeError, for any bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
          try {
            artifact.schema.parse(artifact.decode(bytes))
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
        }),
      )
    })

    test('gives plain data: nothing is lost on the way through JSON', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          try {
            const decoded = artifact.decode(bytes)
            expect(JSON.parse(JSON.stringify(decoded))).toEqual(decoded)
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
        }),
      )
    })
  },
)
