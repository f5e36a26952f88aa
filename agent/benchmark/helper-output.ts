import { z } from 'zod'
import { DecodeError } from '../../protocol/errors.ts'

const checksum = z.string().regex(/^[0-9a-f]{16}$/)
const figures = z.record(z.string(), z.number())

const sampleSchema = z.strictObject({
  metric: z.string(),
  value: z.number(),
  atSeconds: z.number().min(0),
})

const resultSchema = z.strictObject({
  mode: z.string(),
  /** That of the first thread. */
  checksum,
  /** Blocks whose answer differed from the block before, or elements that were wrong. */
  mismatchCount: z.int().min(0),
  elapsedSeconds: z.number().min(0),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  /** One entry a thread; none where threads are no CPUs of their own. */
  workers: z.array(
    z.strictObject({
      cpu: z.int().min(0),
      checksum,
      mismatchCount: z.int().min(0),
      rates: figures,
    }),
  ),
})

export type HelperSample = Readonly<z.infer<typeof sampleSchema>>
export type HelperResult = Readonly<z.infer<typeof resultSchema>>

const lineSchema = z.union([
  z.strictObject({ sample: sampleSchema }),
  z.strictObject({ result: resultSchema }),
  z.strictObject({ error: z.string() }),
])

/** One line of the helper: a window's figure, the end, or why there is none. */
export type HelperLine = Readonly<z.infer<typeof lineSchema>>

/** Reads a line of `agent/native/kernels.c`; throws DecodeError on any other text. */
export function parseHelperLine(line: string): HelperLine {
  const shown = line.length > 200 ? `${line.slice(0, 200)}...` : line
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new DecodeError(`Cannot read the helper's line '${shown}': it is not JSON`, { cause })
  }
  const parsed = lineSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new DecodeError(
    `Cannot read the helper's line '${shown}': it is no sample, result or error`,
  )
}

/** A line of 1,024 threads with two figures each is 130 KiB. */
const lineLimitBytes = 1024 * 1024

/** Whole lines out of pieces of output. The last one may lack its line feed. */
export async function* splitLines(output: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of output) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineLimitBytes) {
      throw new DecodeError(
        `Cannot read the helper's output: a line exceeds ${lineLimitBytes} bytes`,
      )
    }
    yield* lines
  }
  if (rest !== '') yield rest
}
