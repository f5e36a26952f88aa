import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CpioEntry, writeCpio } from '../../initramfs/cpio.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const file = (path: string, text: string): CpioEntry => ({
  kind: 'file',
  path,
  mode: 0o640,
  bytes: encode(text),
})

describe('writeCpio', () => {
  test('writes known bytes for a known archive', () => {
    const archive = writeCpio([file('a', 'hi')])
    const text = new TextDecoder().decode(archive)
    const header = (fields: string) => `070701${fields.replaceAll(' ', '')}`
    expect(text).toBe(
      `${header('00000001 000081a0 00000000 00000000 00000001 00000000 00000002 00000000 00000000 00000000 00000000 00000002 00000000')}a\0hi\0\0` +
        `${header('00000000 00000000 00000000 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 0000000b 00000000')}TRAILER!!!\0\0\0\0`,
    )
  })

  test('adds missing parent folders before what is in them', () => {
    expect(readNames(writeCpio([file('etc/deep/file', '')]))).toEqual([
      'etc',
      'etc/deep',
      'etc/deep/file',
    ])
  })

  test('is unpacked by cpio as it was meant', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-cpio-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const archive = writeCpio([
      file('bin/tool', 'the tool'),
      { kind: 'hardLink', path: 'bin/other-name', target: 'bin/tool' },
      { kind: 'symlink', path: 'bin/link', target: '/bin/tool' },
      { kind: 'directory', path: 'empty', mode: 0o700 },
      file('ünï', ''),
    ])
    const options = { cwd: folder, input: archive, stdio: ['pipe', 'pipe', 'pipe'] as const }
    const listed = execFileSync('cpio', ['--list', '--quiet'], { ...options, stdio: 'pipe' })
    expect(listed.toString().trim().split('\n')).toEqual(readNames(archive))
    execFileSync('cpio', ['--extract', '--quiet'], { ...options, stdio: 'pipe' })
    expect(readFileSync(join(folder, 'bin/tool'), 'utf8')).toBe('the tool')
    expect(readFileSync(join(folder, 'bin/other-name'), 'utf8')).toBe('the tool')
    expect(statSync(join(folder, 'bin/tool')).nlink).toBe(2)
    expect(statSync(join(folder, 'bin/tool')).mode & 0o777).toBe(0o640)
    expect(readlinkSync(join(folder, 'bin/link'))).toBe('/bin/tool')
    expect(statSync(join(folder, 'empty')).isDirectory()).toBe(true)
    expect(statSync(join(folder, 'ünï')).size).toBe(0)
  })

  test('keeps the numbers of a device node', () => {
    const console: CpioEntry = {
      kind: 'device',
      path: 'console',
      mode: 0o600,
      device: 'character',
      major: 5,
      minor: 1,
    }
    const header = new TextDecoder().decode(writeCpio([console])).slice(0, 110)
    expect(header.slice(14, 22)).toBe('00002180')
    expect(header.slice(78, 94)).toBe('0000000500000001')
  })

  test('gives the same bytes whatever the order of the entries', () => {
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.nat()), (list, numbers) => {
        const shuffled = list
          .map((entry) => ({ entry, key: numbers.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry)
        const archive = writeCpio(list)
        expect(writeCpio(shuffled)).toEqual(archive)
        expect(archive.length % 4).toBe(0)
        const names = readNames(archive)
        for (const { path } of list) expect(names).toContain(path)
      }),
    )
  })

  test.each(['/etc', 'a//b', '../a', './a', 'a/', '', 'a\0b'])('refuses the path %j', (path) => {
    expect(() => writeCpio([file(path, '')])).toThrow('not a plain relative path')
  })

  test('refuses what cannot be unpacked', () => {
    expect(() => writeCpio([file('a', ''), file('a', 'b')])).toThrow('holds "a" twice')
    expect(() => writeCpio([file('a', ''), file('a/b', '')])).toThrow('is no folder')
    expect(() => writeCpio([{ kind: 'hardLink', path: 'a', target: 'b' }])).toThrow(
      'links to no file',
    )
    const folder: CpioEntry = { kind: 'directory', path: 'b', mode: 0o755 }
    expect(() => writeCpio([folder, { kind: 'hardLink', path: 'a', target: 'b' }])).toThrow(
      'links to no file',
    )
  })
})

const entries = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 12 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.oneof(
          fc
            .uint8Array({ maxLength: 9 })
            .map((bytes): CpioEntry => ({ kind: 'file', path: `dir/${name}`, mode: 0o644, bytes })),
          fc.constant<CpioEntry>({ kind: 'directory', path: name, mode: 0o755 }),
          fc.constant<CpioEntry>({ kind: 'symlink', path: `dir/${name}`, target: name }),
        ),
      ),
    ),
  )
  .filter((list) => !list.some(({ path }) => path === 'dir'))

/** A second, independent reading of the format: walks the headers. */
function readNames(archive: Uint8Array): readonly string[] {
  const text = new TextDecoder('latin1').decode(archive)
  const names: string[] = []
  for (let at = 0; ;) {
    const field = (index: number) => Number.parseInt(text.slice(at + 6 + index * 8).slice(0, 8), 16)
    expect(text.slice(at, at + 6)).toBe('070701')
    const [bodySize, nameSize] = [field(6), field(11)]
    const name = new TextDecoder().decode(archive.subarray(at + 110, at + 110 + nameSize - 1))
    if (name === 'TRAILER!!!') return names
    names.push(name)
    at += Math.ceil((110 + nameSize) / 4) * 4
    at += Math.ceil(bodySize / 4) * 4
  }
}
