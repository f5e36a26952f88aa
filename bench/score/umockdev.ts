import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'

/**
 * The /sys tree that a umockdev description stands for, in a temporary folder which goes when the
 * value is disposed. Its lines: `P:` device path, `E:` udev property, `A:` attribute in C escapes,
 * `H:` attribute in hexadecimal, `L:` link.
 */
export async function umockdevTree(text: string) {
  const root = await mkdtemp(join(tmpdir(), 'assay-umockdev-'))
  for (const block of text.split(/\n\n+/)) await writeDevice(root, block)
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

async function writeDevice(root: string, block: string): Promise<void> {
  const lines = block.split('\n').map((line) => [line.slice(0, 3), line.slice(3)] as const)
  const path = lines.find(([kind]) => kind === 'P: ')?.[1]
  if (path === undefined) return
  const folder = join(root, 'sys', path)
  await mkdir(folder, { recursive: true })
  const properties: string[] = []
  for (const [kind, rest] of lines) {
    const at = rest.indexOf('=')
    const name = rest.slice(0, at)
    const value = rest.slice(at + 1)
    const file = join(folder, name)
    if (kind === 'E: ') properties.push(rest)
    if (at < 0 || !['A: ', 'H: ', 'L: '].includes(kind)) continue
    await mkdir(dirname(file), { recursive: true })
    if (kind === 'A: ') await writeFile(file, unescaped(value))
    if (kind === 'H: ') await writeFile(file, Uint8Array.fromHex(value))
    if (kind === 'L: ') await symlink(value, file)
  }
  await writeFile(join(folder, 'uevent'), `${properties.join('\n')}\n`)
  const subsystem = properties.find((line) => line.startsWith('SUBSYSTEM='))?.slice(10)
  if (subsystem === undefined) return
  const devices = join(root, 'sys/bus', subsystem, 'devices')
  await mkdir(devices, { recursive: true })
  await symlink(relative(devices, folder), join(devices, basename(path)))
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}
