import type { ImportEntry, ImportReader } from '../../../server/import/imported-machine.ts'
import { linesOf } from '../../../server/import/lines.ts'
import { presentAttributes } from '../../../protocol/attributes.ts'

/** The bytes of a text in pieces of a few bytes, so that cuts fall everywhere. */
export async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** All that a reader makes of a text. */
export async function readAll(reader: ImportReader, text: string): Promise<readonly ImportEntry[]> {
  return Array.fromAsync(reader(linesOf(pieces(text))))
}

/** What the only machine of a text is known to have, as the API shows it. */
export async function attributesIn(reader: ImportReader, text: string) {
  const [entry, ...others] = await readAll(reader, text)
  if (entry === undefined || others.length > 0) throw new Error(`${others.length + 1} entries`)
  if (entry.kind === 'problem') throw new Error(`line ${entry.line}: ${entry.message}`)
  const { known } = entry.machine
  if (known.kind !== 'attributes') throw new Error('has facts')
  return presentAttributes(known.values)
}
