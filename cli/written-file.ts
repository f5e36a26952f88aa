import { AppError } from '../protocol/errors.ts'
import { readYaml } from '../protocol/request/read-yaml.ts'
import type { CliWorld } from './world.ts'

/**
 * What a YAML or JSON file holds, as the server reads it; `-` is standard input. Throws `bad-request`
 * with the line that cannot be read.
 */
export async function readWritten(file: string, what: string, world: CliWorld): Promise<unknown> {
  let text: string
  try {
    text = await world.readText(file)
  } catch (cause) {
    throw new AppError('bad-request', `cannot read ${what} '${file}'`, {}, { cause })
  }
  try {
    return readYaml(text, `${what} '${file}'`)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError('bad-request', error.message, error.details)
  }
}
