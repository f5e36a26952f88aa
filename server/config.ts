import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { nearestName } from '../protocol/attributes/nearest.ts'
import { readYaml } from '../protocol/request/read-yaml.ts'

const host = z.string().min(1).max(253)
const port = z.number().int().min(0).max(65_535)
const folder = z
  .string()
  .min(1)
  .transform((text) => path.resolve(text))

const apiSchema = z.strictObject({
  host: host.default('127.0.0.1'),
  port: port.default(7080),
})

const netbootSchema = z.strictObject({
  host: host.default('0.0.0.0'),
  port: port.default(7081),
  /** As machines reach it, without a slash at the end. Null: the first address of this machine. */
  publicUrl: z
    .string()
    .regex(/^http:\/\/[^/]+$/, 'wanted http://host:port')
    .nullable()
    .default(null),
  /**
   * For the agent's kernel. The last console is the one that shows the agent's start. A tmpfs root
   * takes at most half of the memory and loses what does not fit without a word; ramfs has no limit.
   */
  kernelArguments: z
    .array(z.string())
    .max(32)
    .default(['console=tty0', 'console=ttyS0,115200', 'quiet', 'rootfstype=ramfs']),
})

const agentSchema = z.strictObject({
  host: host.default('0.0.0.0'),
  port: port.default(7443),
  /** As machines reach it. Null: the first address of this machine. */
  publicAddress: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]/\s]+):\d{1,5}$/, 'wanted host:port')
    .nullable()
    .default(null),
})

const policySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('all'), name: z.string().min(1).max(64).default('all') }),
])

const dnsmasqSchema = z.strictObject({
  interface: z.string().min(1).max(15),
  mode: z.enum(['dhcp', 'proxy']),
  /** `dhcp`: first and last address, joined by a comma. `proxy`: the address of the network. */
  range: z.string().min(7).max(64),
  router: z.string().max(64).nullable().default(null),
  /** Put before the command: `[ip, netns, exec, lab]`. */
  commandPrefix: z.array(z.string().min(1)).max(16).default([]),
})

const webhooksSchema = z.strictObject({
  /** Whom webhooks may call: scheme, host and port, `https://hooks.example.org`. None by default. */
  origins: z
    .array(z.string().regex(/^https?:\/\/[^/\s@]+$/, 'wanted scheme://host or scheme://host:port'))
    .max(64)
    .default([]),
})

/** Where the repository, or what was unpacked of it, lies: beside the source, or above `dist/bin`. */
const installDir = import.meta.dirname.startsWith('/$bunfs')
  ? path.resolve(process.execPath, '../../..')
  : path.resolve(import.meta.dirname, '..')

const configSchema = z.strictObject({
  /** Keys, database, images. Only the server's user can read it. */
  dataDir: folder.default(defaultDataDir),
  api: apiSchema.prefault({}),
  netboot: netbootSchema.prefault({}),
  agent: agentSchema.prefault({}),
  policy: policySchema.default({ kind: 'manual' }),
  /** Null: somebody else does DHCP and TFTP. */
  dnsmasq: dnsmasqSchema.nullable().default(null),
  webhooks: webhooksSchema.prefault({}),
  bootDir: folder.default(path.join(installDir, 'dist/boot')),
  webDir: folder.default(path.join(installDir, 'dist/web')),
  /** pci.ids and usb.ids for where the system has none. */
  idDir: folder.default(path.join(installDir, 'dist/ids')),
  ipxeDir: folder.default(path.join(installDir, '.cache/ipxe')),
  scriptDir: folder.default(path.join(installDir, 'ipxe-scripts')),
})

/** The server's configuration, checked and complete. Relative folders count from the working one. */
export type Config = Readonly<z.output<typeof configSchema>>

const knownKeys = [
  configSchema,
  apiSchema,
  netbootSchema,
  agentSchema,
  dnsmasqSchema,
  webhooksSchema,
]
  .flatMap((schema) => Object.keys(schema.shape))
  .concat('kind', 'name')

/** Where configuration comes from: later settings win over the file, the file over the defaults. */
export interface ConfigSources {
  /** YAML or JSON; null: none. */
  readonly file: string | null
  /** `netboot.port=0`: a key of the file with its dots, and its value as YAML. */
  readonly settings: readonly string[]
}

/** Reads and checks the configuration. Errors say which key, what is there and what was wanted. */
export async function readConfig({ file, settings }: ConfigSources): Promise<Config> {
  let value: unknown = {}
  if (file !== null) value = parseYaml(await readText(file), `configuration '${file}'`) ?? {}
  for (const setting of settings) value = withSetting(value, setting)
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, 10).map(describeIssue)
  throw new Error(`configuration is not valid: ${problems.join('; ')}`)
}

function withSetting(value: unknown, setting: string): unknown {
  const at = setting.indexOf('=')
  if (at < 1) throw new Error(`setting '${setting}' is not key=value, such as api.port=8080`)
  const parsed = parseYaml(setting.slice(at + 1), `setting '${setting}'`)
  return withValue(value, setting.slice(0, at).split('.'), parsed)
}

function withValue(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  const fields = typeof target === 'object' && target !== null ? { ...target } : {}
  const inner = Object.entries(fields).find(([name]) => name === key)?.[1]
  return { ...fields, [key]: withValue(inner, rest, value) }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...issue.path, key].join('.'), key)).join('; ')
  }
  return `${where === '' ? 'the file' : `'${where}'`}: ${issue.message}`
}

function unknownKey(name: string, key: string): string {
  const near = nearestName(key, knownKeys)
  return `there is no key '${name}'${near === null ? '' : `, did you mean '${near}'`}`
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`cannot read configuration '${file}'`, { cause })
  }
}

function parseYaml(text: string, what: string): unknown {
  try {
    return readYaml(text, what)
  } catch (cause) {
    throw new Error(`${what} is neither YAML nor JSON`, { cause })
  }
}

/** As the file system hierarchy has it for root, as XDG has it by default for everybody else. */
function defaultDataDir(): string {
  return process.getuid?.() === 0 ? '/var/lib/assay' : path.join(homedir(), '.local/share/assay')
}
