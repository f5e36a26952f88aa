import type { ImportEnd, ImportProgress, ImportReport } from '../../protocol/imports.ts'
import { importProgressType } from '../../protocol/imports.ts'
import type { Logger } from '../log.ts'
import { problemResponse } from './problems.ts'

/**
 * An import as an answer that grows, a line of JSON each time it got on. It begins once the file was
 * received: what is refused before is thrown. The import goes on when nobody reads any more.
 */
export async function importProgress(
  run: (tell: (progress: ImportProgress) => void) => Promise<ImportReport>,
  log: Logger,
): Promise<Response> {
  const received = Promise.withResolvers<undefined>()
  const stream = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    undefined,
    // Lines are short and some hundreds: none waits for the reader.
    { highWaterMark: Infinity },
  )
  const writer = stream.writable.getWriter()
  const encoder = new TextEncoder()
  const write = (line: ImportProgress | ImportEnd) => {
    // A reader that went away is no reason to end.
    writer.write(encoder.encode(`${JSON.stringify(line)}\n`)).catch(() => undefined)
  }
  const report = run((progress) => {
    received.resolve(undefined)
    write(progress)
  })
  await Promise.race([received.promise, report])
  void report
    .then(
      (report) => write({ kind: 'report', report }),
      async (error: unknown) => {
        const problem: unknown = await problemResponse(error, log).json()
        write({ kind: 'problem', problem })
      },
    )
    .then(() => writer.close())
    .catch(() => undefined)
  return new Response(stream.readable, {
    headers: { 'content-type': importProgressType, 'cache-control': 'no-store' },
  })
}
