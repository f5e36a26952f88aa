import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../protocol/errors.ts'
import { readYaml } from '../protocol/request/read-yaml.ts'
import type { CliWorld } from './world.ts'

/** Where the server is and who we are. */
export interface Settings {
  readonly server: string
  readonly token: string
}

const defaultServer = 'http://127.0.0.1:7080'

const fileSchema = z.strictObject({ server: z.string().optional(), token: z.string().optional() })

/** The file that is read when none is named: `$XDG_CONFIG_HOME/assay/config.yaml`. */
export function defaultConfigFile({ env, homeDir }: Pick<CliWorld, 'env' | 'homeDir'>): string {
  return path.join(env['XDG_CONFIG_HOME'] ?? path.join(homeDir, '.config'), 'assay/config.yaml')
}

/**
 * Server and token: an option wins over the environment (`ASSAY_SERVER`, `ASSAY_TOKEN`), that over
 * the configuration file. Throws `unauthenticated` where no token is to be found.
 */
export async function readSettings(
  world: Pick<CliWorld, 'env' | 'homeDir' | 'readText'>,
  options: { readonly server?: string; readonly token?: string; readonly config?: string },
): Promise<Settings> {
  const { env } = world
  const server = options.server ?? env['ASSAY_SERVER']
  const token = options.token ?? env['ASSAY_TOKEN']
  const needsFile = server === undefined || token === undefined || options.config !== undefined
  const file = needsFile ? await readConfigFile(world, options.config ?? null) : {}
  const found = token ?? file.token
  if (found === undefined) {
    throw new AppError(
      'unauthenticated',
      `no token: set ASSAY_TOKEN, give --token, or write 'token: ...' into ` +
        `${defaultConfigFile(world)}; the server prints where its first token is`,
    )
  }
  return { server: serverUrl(server ?? file.server ?? defaultServer), token: found.trim() }
}

/** The file's settings; a file that nobody named need not be there. */
async function readConfigFile(
  world: Pick<CliWorld, 'env' | 'homeDir' | 'readText'>,
  named: string | null,
): Promise<z.infer<typeof fileSchema>> {
  const file = named ?? defaultConfigFile(world)
  let text: string
  try {
    text = await world.readText(file)
  } catch (cause) {
    if (named === null) return {}
    throw new AppError('bad-request', `cannot read configuration '${file}'`, {}, { cause })
  }
  try {
    return fileSchema.parse(readYaml(text, `configuration '${file}'`) ?? {})
  } catch (cause) {
    const wanted = "wanted lines 'server: http://host:port' and 'token: assay_...'"
    throw new AppError(
      'bad-request',
      `configuration '${file}' is not valid, ${wanted}`,
      {},
      {
        cause: cause instanceof z.ZodError ? new Error(firstIssue(cause)) : cause,
      },
    )
  }
}

/** `host:port` is enough to write. */
function serverUrl(text: string): string {
  const url = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(url) && /^https?:/.test(url)) return url
  throw new AppError('bad-request', `server '${text}' is no address such as ${defaultServer}`)
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues
  return issue === undefined ? 'not valid' : `${issue.path.join('.')} ${issue.message}`.trim()
}
