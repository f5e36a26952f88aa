import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { isErrorCode } from '../error-code.ts'
import type { TokenService } from './token-service.ts'

/** Name of the token made at the first start. */
export const firstTokenName = 'first-operator'

/**
 * The file with a working operator token, which only the server's user can read. Made at the first
 * start, and again when somebody removed the file: the token before is revoked then.
 */
export async function ensureFirstToken(tokens: TokenService, dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'operator.token')
  const kept = (await readIfThere(file))?.trim()
  if (kept !== undefined && (await works(tokens, kept))) return file
  for (const token of await tokens.list()) {
    if (token.name === firstTokenName && token.revokedAtMs === null) await tokens.revoke(token.id)
  }
  const { secret } = await tokens.create({ name: firstTokenName, role: 'operator' })
  await writeFile(file, `${secret}\n`, { mode: 0o600 })
  return file
}

async function works(tokens: TokenService, text: string): Promise<boolean> {
  try {
    await tokens.authenticate(text)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}
