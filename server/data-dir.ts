import { createServer } from 'node:net'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { sha256Hex } from '../protocol/canonical.ts'
import { isErrorCode } from './error-code.ts'

/**
 * Makes the data folder and takes it for this process. The lock is an abstract socket (unix(7)):
 * the kernel gives it back when the process ends, however it ends.
 */
export async function takeDataDir(dataDir: string): Promise<AsyncDisposable> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const advice = 'give it to the server, or choose another with --data-dir'
    throw new Error(`cannot write to data folder '${dataDir}': ${advice}`, { cause })
  }
  const name = sha256Hex(new TextEncoder().encode(await realpath(dataDir))).slice(0, 32)
  const lock = createServer()
  await new Promise<void>((resolve, reject) => {
    lock.once('error', (cause) => {
      const busy = `another server uses data folder '${dataDir}': stop it first`
      reject(isErrorCode(cause, 'EADDRINUSE') ? new Error(busy) : cause)
    })
    lock.listen({ path: `\0assay-server-${name}` }, resolve)
  })
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        lock.close(() => resolve())
      }),
  }
}
