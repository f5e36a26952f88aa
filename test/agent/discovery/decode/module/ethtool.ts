import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Debian's package ethtool has it. */
const program = '/usr/sbin/ethtool'

/** Whether the peer is installed. */
export const hasEthtool = existsSync(program)

/** ETH_MODULE_SFF_* of include/uapi/linux/ethtool.h. */
export const moduleTypes = { sff8472: 2, sff8636: 3 } as const

/** What `ethtool -m` prints for a module memory, through a stand-in for the driver's answers. */
export async function ethtoolPrinter() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-ethtool-'))
  const library = join(folder, 'answering.so')
  const source = join(import.meta.dirname, 'answering-ioctl.c')
  const flags = ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', library]
  execFileSync('gcc', [...flags, source, '-ldl'])
  const file = join(folder, 'memory.bin')
  return {
    async print(memory: Uint8Array, type: number, ...options: readonly string[]): Promise<string> {
      await writeFile(file, memory)
      const env = { LD_PRELOAD: library, MODULE_MEMORY: file, MODULE_TYPE: String(type) }
      return execFileSync(program, ['-m', 'eth0', ...options], { env, encoding: 'utf8' })
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Lines `label : value` of the text, values of one label in their order. */
export function linesOf(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, label, value] = /^\t(\S.*?) *: ?(.*?) *$/.exec(line) ?? []
    if (label === undefined || value === undefined) continue
    const values = lines.get(label) ?? []
    lines.set(label, [...values, value])
  }
  return lines
}
