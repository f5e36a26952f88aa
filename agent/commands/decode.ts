import type { Command } from 'commander'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import { type Artifact, artifacts } from '../discovery/artifacts.ts'

/** `assay-agent decode`: one artifact of a machine as JSON. */
export function addDecodeCommand(program: Command): void {
  program
    .command('decode')
    .description('print what one file of a machine says, as JSON')
    .argument('[artifact]', 'what the file is; see --list')
    .argument('[file]', "the file, '-' for standard input")
    .option('--list', 'the artifacts that can be decoded')
    .option('--compact', 'JSON on one line')
    .action(async (name: string | undefined, file: string | undefined, options: Options) => {
      if (options.list === true) return print(listText())
      if (name === undefined || file === undefined) {
        throw new AppError('bad-request', 'decode wants an artifact and a file; --list shows them')
      }
      const artifact = artifactNamed(name)
      const decoded = decodeFile(artifact, file, await bytesOf(file))
      return print(`${JSON.stringify(decoded, null, options.compact === true ? 0 : 2)}\n`)
    })
}

interface Options {
  readonly list?: boolean
  readonly compact?: boolean
}

/** The artifact of that name. Throws `not-found` with all names there are. */
export function artifactNamed(name: string): Artifact {
  const found = artifacts.find((artifact) => artifact.name === name)
  if (found !== undefined) return found
  const names = artifacts.map((artifact) => artifact.name).join(', ')
  throw new AppError('not-found', `no artifact is called '${name}', known are ${names}`)
}

function decodeFile(artifact: Artifact, file: string, bytes: Uint8Array): unknown {
  try {
    return artifact.decode(bytes)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new Error(`Cannot decode '${file}' as ${artifact.name}`, { cause: error })
  }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  if (file === '-') return Bun.stdin.bytes()
  const found = Bun.file(file)
  if (!(await found.exists())) throw new AppError('not-found', `there is no file '${file}'`)
  return found.bytes()
}

function listText(): string {
  const width = Math.max(...artifacts.map(({ name }) => name.length))
  return artifacts
    .map(({ name, description }) => `${name.padEnd(width)}  ${description}\n`)
    .join('')
}

async function print(text: string): Promise<void> {
  await Bun.write(Bun.stdout, text)
}
