import { z } from 'zod'
import { allocationAnswerSchema } from './api.ts'
import {
  forgottenSchema,
  importEndSchema,
  importProgressSchema,
  importProgressType,
} from './imports.ts'
import type { ImportFormat, ImportProgress, ImportReport, ProblemPolicy } from './imports.ts'
import { appErrorOf } from './problem.ts'
import type { ApiCall } from './scheduling-client.ts'

export interface ImportOptions {
  readonly format: ImportFormat
  readonly dryRun: boolean
  readonly onProblem: ProblemPolicy
  /** Hears how far it is, once the server has received the file. */
  readonly onProgress?: (progress: ImportProgress) => void
}

/** Inventories of others. `send` posts a file and gives the answer, or throws what was refused. */
export function importClient(
  call: ApiCall,
  send: (path: string, raw: Blob, headers: Readonly<Record<string, string>>) => Promise<Response>,
) {
  return {
    inventory: {
      /** `raw` is the file: `Bun.file(path)` is streamed. */
      import: async (raw: Blob, options: ImportOptions): Promise<ImportReport> => {
        const { format, dryRun, onProblem, onProgress } = options
        const query = new URLSearchParams({ format, dryRun: String(dryRun), onProblem })
        const path = `/v1/imports?${query.toString()}`
        const response = await send(path, raw, { accept: importProgressType })
        return reportIn(response, onProgress ?? (() => {}))
      },
      /** One imported machine, or all for null. */
      forget: (id: string | null) =>
        call(
          'DELETE',
          `/v1/imports${id === null ? '' : `/${encodeURIComponent(id)}`}`,
          forgottenSchema,
        ),
      /** What a request would get if imported machines were free. */
      match: (request: unknown) =>
        call('POST', '/v1/imports/match', allocationAnswerSchema, { body: { request } }),
    },
  }
}

const lineSchema = z.union([importProgressSchema, importEndSchema])

async function reportIn(
  response: Response,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportReport> {
  for await (const text of linesIn(response)) {
    const line = readLine(text)
    if (line.kind === 'report') return line.report
    if (line.kind === 'problem') {
      throw appErrorOf(line.problem) ?? new Error('import failed, the log of the server says why')
    }
    onProgress(line)
  }
  throw new Error('import broke off before its end: import the same file again')
}

function readLine(text: string) {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch (cause) {
    const message = `import answered '${text.slice(0, 60)}', which this client does not know`
    throw new Error(message, { cause })
  }
}

async function* linesIn({ body }: Response): AsyncGenerator<string> {
  if (body === null) return
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
