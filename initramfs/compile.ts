import { execFileSync } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** What a compiled program runs on. */
export type Architecture = 'x64' | 'arm64'

/**
 * Programs of the agent's threads, which `device-access/` starts. Inside the executable each lies at
 * `/$bunfs/root/` and its path here.
 */
export const agentThreads: readonly string[] = ['agent/device-access/lane-worker.ts']

/** The same of the server's: its matching of a large fleet. */
export const serverThreads: readonly string[] = ['server/allocation/engine/engine-worker.ts']

/**
 * One executable with Bun inside; its bytes depend on the source and on the name of the file. It
 * loads neither `.env` nor `bunfig.toml` from where it is started: by default Bun does, and a
 * `preload` there would run. Never strip the result: that leaves a plain Bun.
 */
export async function compileProgram(
  root: string,
  entry: string,
  output: string,
  architecture: Architecture,
  threads: readonly string[] = threadsOf(entry),
): Promise<void> {
  await mkdir(dirname(resolve(root, output)), { recursive: true })
  const flags = [
    '--compile',
    `--target=bun-linux-${architecture}`,
    '--minify',
    '--bytecode',
    '--format=esm',
    '--sourcemap=none',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    // Not to be had in an executable: it looks for a file in the folder the build ran in, and writes
    // that folder's name into the result. cbor-x does without.
    '--external=cbor-extract',
    // Without it the folders inside the executable would depend on what the entries have in common.
    '--root=.',
  ]
  run(root, process.execPath, ['build', ...flags, entry, ...threads, '--outfile', output])
}

function threadsOf(entry: string): readonly string[] {
  if (entry.startsWith('agent/')) return agentThreads
  return entry.startsWith('server/') ? serverThreads : []
}

/**
 * Both native programs, static, from the C files of `agent/native` whose names start with theirs.
 * Only x64: there is no cross compiler among the packages we ask for.
 */
export async function compileNative(root: string, outputFolder: string): Promise<void> {
  await mkdir(join(root, outputFolder), { recursive: true })
  const folder = 'agent/native'
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith('.c')).sort()
  for (const [program, flags] of Object.entries({ init: ['-O2'], kernels: ['-O3', '-pthread'] })) {
    const sources = names
      .filter((name) => name === `${program}.c` || name.startsWith(`${program}-`))
      .map((name) => join(folder, name))
    if (sources.length === 0) throw new Error(`${folder} holds no ${program}.c`)
    const output = join(outputFolder, `assay-${program}`)
    run(root, 'musl-gcc', [...nativeFlags, ...flags, ...sources, '-o', output, '-lm'])
  }
}

/** No build id and no paths, so that the same source gives the same bytes in any folder. */
const nativeFlags = [
  '-std=gnu11',
  '-static',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-ffile-prefix-map=./=',
  '-Wl,--build-id=none',
  '-s',
] as const

function run(root: string, command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}
