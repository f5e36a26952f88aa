import { z } from 'zod'
import { DecodeError } from '../protocol/errors.ts'

/** Where a recorded machine keeps what cannot be told by files. */
export const notesPath = '/.assay/recording.json'

/**
 * What a recording knows of files that are not in it. Replayed, such a file is neither missing nor
 * empty: reading it fails as it failed on the machine, or because nobody had read it there.
 */
export const recordingNotes = z.strictObject({
  /** Real path -> how reading failed. With a `/` at its end it is a folder that could not be listed. */
  failures: z.record(
    z.string(),
    z.strictObject({
      /** As Node.js spells errno: `EACCES`; null for a failure that is none of the kernel's. */
      code: z.string().max(32).nullable(),
      message: z.string().max(1024),
    }),
  ),
  /** Real path of a folder -> names in it that were listed and never read. */
  unread: z.record(z.string(), z.array(z.string())),
})

/** As {@link recordingNotes}. */
export type RecordingNotes = Readonly<z.infer<typeof recordingNotes>>

/** What a recording lacks, to be asked for a path that is not in it. */
export interface RecordedGaps {
  /** Why the path is not there; null when it was not there on the machine either. */
  failure(path: string): Error | null
  /** Names of a folder that are not in the recording. */
  unreadIn(folder: string): readonly string[]
}

/** Reads the file at {@link notesPath}; null where a recording has none. */
export function recordedGaps(text: string | null): RecordedGaps {
  const notes: RecordingNotes = text === null ? { failures: {}, unread: {} } : parse(text)
  const failures = new Map(Object.entries(notes.failures))
  const unread = new Map(Object.entries(notes.unread).map(([at, names]) => [at, new Set(names)]))
  return {
    failure(path) {
      const failure = failures.get(path)
      if (failure !== undefined) return new RecordedError(failure.message, failure.code)
      const slash = path.lastIndexOf('/')
      const isUnread = unread.get(path.slice(0, slash))?.has(path.slice(slash + 1)) ?? false
      return isUnread ? new Error(`Cannot read ${path}: it was not recorded`) : null
    },
    unreadIn: (folder) => [...(unread.get(folder) ?? [])],
  }
}

function parse(text: string): RecordingNotes {
  try {
    return recordingNotes.parse(JSON.parse(text))
  } catch (cause) {
    throw new DecodeError(`Cannot read ${notesPath} of the recording`, { cause })
  }
}

class RecordedError extends Error {
  override readonly name = 'RecordedError'

  readonly code: string | undefined

  constructor(message: string, code: string | null) {
    super(message)
    this.code = code ?? undefined
  }
}
