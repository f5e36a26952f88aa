import { partsFolder } from '../device-question.ts'
import { recordingNotes } from '../recording-notes.ts'
import { replacedInFrus } from './fru-pieces.ts'
import { identitiesIn, pseudonyms } from './pseudonyms.ts'
import type { Recording } from './recorder.ts'
import { Substitution } from './substitution.ts'

/**
 * The recording with every serial number, asset tag, UUID and hardware address replaced, in text and
 * in tables, the same one by the same other everywhere. `facts` is what discovery found there: what
 * it reports as an identity is what is replaced. Lengths and byte sums stay, so tables stay valid.
 *
 * What was read of disks is left out: it may be somebody's data.
 *
 * @param secret Random bytes; without them nobody can tell which number became which.
 */
export function anonymized(recording: Recording, facts: unknown, secret: Uint8Array): Recording {
  const substitution = new Substitution(pseudonyms(identitiesIn(facts), secret))
  const text = (value: string) => substitution.text(value)
  const { links, folders, notes } = recording
  const frus = replacedInFrus(recording.files, (bytes) => substitution.bytes(bytes))
  const files = [...recording.files]
    .filter(([path]) => !path.startsWith(`${partsFolder}/`))
    .map(([path, bytes]) => [path, frus.get(path) ?? bytes] as const)
  return {
    files: new Map(files.map(([path, bytes]) => [text(path), substitution.bytes(bytes)])),
    links: new Map([...links].map(([path, target]) => [text(path), text(target)])),
    folders: folders.map(text),
    notes: recordingNotes.parse(JSON.parse(text(JSON.stringify(notes)))),
  }
}
