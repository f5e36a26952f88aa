import { join } from 'node:path'
import { z } from 'zod'
import { DecodeError } from '../../protocol/errors.ts'
import { type NvmlReport, nvmlReport } from './report.ts'

/** A driver with 16 healthy GPUs that it must first wake answers within 6 s. */
export const nvmlDeadlineMs = 20_000

/** A killed process ends within this, or never. */
const graceMs = 1000

/** Sixteen GPUs write 200 KB. */
const maxReportBytes = 8 * 1024 * 1024

/**
 * Asks NVML in a process of its own, which is killed when it has not answered at the deadline: a
 * driver may hang or crash its caller. Throws with the reason when there is no report.
 */
export async function askNvml(library: string, deadlineMs = nvmlDeadlineMs): Promise<NvmlReport> {
  const child = Bun.spawn([...ownCommand(), 'nvml', '--library', library], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxReportBytes,
  })
  const answer = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  // A process that waits inside the driver cannot even be killed: it is left behind.
  const abandoned = AbortSignal.timeout(deadlineMs + graceMs)
  const [output, complaint, status] = await Promise.race([answer, refused(abandoned, child)])
  if (status !== 0) {
    const reason = child.signalCode === 'SIGKILL' ? 'it did not answer in time' : complaint.trim()
    throw new Error(`Cannot ask NVML: ${reason.slice(-512) || `it ended with ${status}`}`)
  }
  return parseNvmlReport(output)
}

/** Rejects when `signal` aborts, and lets this program end without the child. */
async function refused(signal: AbortSignal, child: Bun.Subprocess): Promise<never> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  child.unref()
  throw new Error('Cannot ask NVML: it did not answer in time and cannot be ended')
}

/** The report of the process or of a recording. */
export function parseNvmlReport(text: string): NvmlReport {
  const parsed = z.string().transform(toJson).pipe(nvmlReport).safeParse(text)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new DecodeError(
    `Cannot read the report of NVML: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  )
}

function toJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
}

/** How this program is started: compiled it is its own file, else Bun runs the source. */
function ownCommand(): readonly string[] {
  const isCompiled = import.meta.dirname.startsWith('/$bunfs/')
  return isCompiled
    ? [process.execPath]
    : [process.execPath, join(import.meta.dirname, '../main.ts')]
}
