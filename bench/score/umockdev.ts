import { existsSync } from 'node:fs'
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
  for (const block of text.replaceAll('\r\n', '\n').split(/\n\n+/)) await writeDevice(root, block)
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
    if (kind === 'L: ') await linked(file, value)
  }
  await writeFile(join(folder, 'uevent'), `${properties.join('\n')}\n`)
  const subsystem = properties.find((line) => line.startsWith('SUBSYSTEM='))?.slice(10)
  if (subsystem === undefined) return
  // A description does not say which subsystems are buses and which are classes: it is in both.
  const isDisk = subsystem === 'block' && properties.includes('DEVTYPE=disk')
  const places = [`bus/${subsystem}/devices`, `class/${subsystem}`, ...(isDisk ? ['block'] : [])]
  for (const place of places) {
    const devices = join(root, 'sys', place)
    await linked(join(devices, basename(path)), relative(devices, folder))
  }
}

/** The first description of a device holds where a recording has two. */
async function linked(place: string, target: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  if (!existsSync(place)) await symlink(target, place).catch(ignoreExisting)
}

/** A link that leads nowhere is there, though it does not exist. */
function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error
}

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

/** As GLib's g_strescape writes it: bytes outside ASCII in octal. */
function unescaped(value: string): Uint8Array {
  const text = value.replaceAll(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code)
      ? String.fromCharCode(Number.parseInt(code, 8) & 0xff)
      : (letters[code] ?? code),
  )
  return Buffer.from(text, 'latin1')
}
