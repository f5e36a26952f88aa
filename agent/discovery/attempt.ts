import { DecodeError, errorChain } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'

/** What came of an {@link attempt}. */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly finding: Finding }

/**
 * The only catch of discovery: what `read` throws becomes a finding on `subject`, with the code
 * `area.malformed` for input that is not in its format and `area.failed` for everything else.
 */
export async function attempt<T>(
  area: string,
  subject: string,
  read: () => Promise<T>,
): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await read() }
  } catch (error) {
    const finding: Finding = {
      code: `${area}.${error instanceof DecodeError ? 'malformed' : 'failed'}`,
      severity: 'error',
      subject,
      message: errorChain(error).slice(0, 1024) || `Reading ${subject} failed without a message`,
    }
    return { kind: 'failed', finding }
  }
}

/**
 * Reads many devices side by side. One that cannot be read costs itself and leaves a finding; null
 * is a device that does not belong here.
 */
export async function attemptEach<D extends string | { readonly name: string }, T>(
  area: string,
  devices: readonly D[],
  read: (device: D) => Promise<T | null>,
): Promise<{ readonly found: readonly T[]; readonly findings: readonly Finding[] }> {
  const results = await Promise.all(
    devices.map((device) =>
      attempt(area, typeof device === 'string' ? device : device.name, () => read(device)),
    ),
  )
  return {
    found: results.flatMap((one) => (one.kind === 'done' && one.value !== null ? [one.value] : [])),
    findings: results.flatMap((one) => (one.kind === 'failed' ? [one.finding] : [])),
  }
}
