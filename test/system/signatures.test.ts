import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readContents } from '../../agent/discovery/storage/contents.ts'
import { rootedHost } from '../../agent/host.ts'
import type { DiskContents } from '../../protocol/facts/disk-contents.ts'

const mib = 1024 * 1024

/** Our names for what libblkid calls otherwise. */
const peerNames: Readonly<Record<string, string>> = {
  bitlocker: 'BitLocker',
  ceph: 'ceph_bluestore',
  ddf: 'ddf_raid_member',
  fat: 'vfat',
  imsm: 'isw_raid_member',
  luks: 'crypto_LUKS',
  lvm2: 'LVM2_member',
  mdraid: 'linux_raid_member',
  vmfs: 'VMFS',
  'vmfs-volume': 'VMFS_volume_member',
  zfs: 'zfs_member',
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-signatures-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A blank disk of so many bytes. */
async function blank(name: string, sizeBytes: number): Promise<string> {
  const path = join(folder, name)
  await rm(path, { force: true })
  await using file = await open(path, 'w')
  await file.truncate(sizeBytes)
  return path
}

/** Runs `use` on a loop device over a file. */
function onLoop(file: string, use: (device: string) => void): void {
  const device = run('losetup', ['-f', '--show', file]).trim()
  try {
    use(device)
  } finally {
    run('losetup', ['-d', device])
  }
}

function run(tool: string, options: readonly string[], input = ''): string {
  return execFileSync(tool, options, { encoding: 'utf8', stdio: 'pipe', input })
}

function ours(path: string, sizeBytes: number): Promise<DiskContents | null> {
  const name = path.slice(folder.length)
  return readContents(rootedHost(folder), name, { sizeBytes, logicalBlockSizeBytes: 512 })
}

/** What `blkid -p` says, by its words for the fields. */
function theirs(path: string): Readonly<Record<string, string>> {
  const lines = run('blkid', ['-p', '-o', 'export', path]).split('\n')
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
      if (name === '') return []
      const unquoted = value.replaceAll(/\\(.)/g, '$1')
      // An identifier of LVM may have `M-` in it, which is no escape there.
      return [[name, name.endsWith('UUID') ? unquoted : plainText(unquoted)]]
    }),
  )
}

/** Bytes past ASCII without `cat -v`'s way to write them: `M-C` is C3h, `M-^X` is 98h. */
function plainText(value: string): string {
  return value.replaceAll(/(?:M-\^?.)+/g, (written) => {
    const bytes = [...written.matchAll(/M-(\^?)(.)/g)].map(
      ([, control, letter = '']) => 0x80 | (letter.charCodeAt(0) ^ (control === '^' ? 0x40 : 0)),
    )
    return new TextDecoder().decode(Uint8Array.from(bytes))
  })
}

const made: readonly (readonly [string, number, string, readonly string[]])[] = [
  ['ext2', 64, 'mkfs.ext2', ['-q', '-F', '-L', 'my label']],
  ['ext3', 64, 'mkfs.ext3', ['-q', '-F', '-L', 'data']],
  ['ext4', 64, 'mkfs.ext4', ['-q', '-F', '-L', 'data']],
  ['ext-journal', 64, 'mkfs.ext4', ['-q', '-F', '-O', 'journal_dev']],
  ['xfs', 320, 'mkfs.xfs', ['-q', '-L', 'scratch']],
  ['btrfs', 160, 'mkfs.btrfs', ['-q', '-L', 'pool 1']],
  ['f2fs', 128, 'mkfs.f2fs', ['-q', '-l', 'flash é']],
  ['swap', 64, 'mkswap', ['-L', 'pages']],
  ['swap', 64, 'mkswap', ['-p', '65536']],
  ['fat', 16, 'mkfs.fat', ['-n', 'BOOT']],
  ['fat', 64, 'mkfs.fat', ['-F', '32', '-s', '1', '-n', 'EFI DATA']],
  ['fat', 64, 'mkfs.fat', ['-F', '32', '-s', '1']],
  ['exfat', 64, 'mkfs.exfat', ['-L', 'camera']],
  ['ntfs', 64, 'mkfs.ntfs', ['-q', '-F', '-f', '-L', 'Windows']],
  ['jfs', 64, 'mkfs.jfs', ['-q', '-L', 'old']],
  ['reiserfs', 64, 'mkfs.reiserfs', ['-q', '-f', '-f', '-l', 'older']],
  ['nilfs2', 256, 'mkfs.nilfs2', ['-q', '-L', 'log']],
  ['gfs2', 512, 'mkfs.gfs2', ['-q', '-O', '-p', 'lock_dlm', '-t', 'rack:shared']],
  ['ocfs2', 512, 'mkfs.ocfs2', ['-q', '--mount', 'local', '-L', 'cluster']],
  ['udf', 64, 'mkfs.udf', []],
  ['bcache', 64, 'make-bcache', ['-B']],
  ['bcache', 64, 'make-bcache', ['-C']],
]

describe('contents of a device', () => {
  test.each(made)(
    'are those blkid sees: %s of %i MiB by %s %j',
    async (name, size, tool, options) => {
      const path = await blank('disk', size * mib)
      run(tool, [...options, path], 'y\n')
      await compare(path, size * mib, name)
    },
  )

  test.each([1, 2])('are those blkid sees: LUKS version %i', async (version) => {
    const path = await blank('disk', 64 * mib)
    const options = [
      '-q',
      '--type',
      `luks${version}`,
      '--pbkdf',
      'pbkdf2',
      '--pbkdf-force-iterations',
      '1000',
    ]
    const label = version === 2 ? ['--label', 'secret'] : []
    run('cryptsetup', ['luksFormat', ...options, ...label, path, '-'], 'a password')
    await compare(path, 64 * mib, 'luks')
  })

  test('are those blkid sees: a physical volume of LVM, whose group is read too', async () => {
    const path = await blank('disk', 64 * mib)
    const config = ['--config', 'devices{use_devicesfile=0}']
    onLoop(path, (device) => {
      run('pvcreate', [...config, '-q', '-y', device])
      run('vgcreate', [...config, '-q', 'assay-group', device])
    })
    const found = await compare(path, 64 * mib, 'lvm2')
    expect(found).toMatchObject({ label: 'assay-group' })
    onLoop(path, (device) =>
      run('vgremove', [...config, '-q', '-y', 'assay-group', device].slice(0, -1)),
    )
  })

  test.each(['1.0', '1.1', '1.2', '0.90'])('are those blkid sees: md %s', async (version) => {
    const path = await blank('disk', 64 * mib)
    await using file = await open(path, 'r+')
    const [place, block] = mdSuperblock(version, 64 * mib)
    await file.write(block, 0, block.length, place)
    await compare(path, 64 * mib, 'mdraid')
  })

  test('of squashfs, erofs and iso9660 are those blkid sees', async () => {
    const source = join(import.meta.dirname, '../machines')
    for (const [name, tool, options] of [
      ['squashfs', 'mksquashfs', [source, join(folder, 'image'), '-quiet', '-no-progress']],
      ['erofs', 'mkfs.erofs', ['-d', '0', join(folder, 'image'), source]],
      ['iso9660', 'genisoimage', ['-quiet', '-V', 'DISC', '-o', join(folder, 'image'), source]],
    ] as const) {
      const path = join(folder, 'image')
      await rm(path, { force: true })
      run(tool, options)
      await using file = await open(path, 'r')
      await compare(path, (await file.stat()).size, name)
    }
  })

  test.each(['gpt', 'dos'])('have the partitions of sfdisk in a %s table', async (kind) => {
    const path = await blank('disk', 64 * mib)
    run('sfdisk', ['-q', '-X', kind, path], partitionScript(kind))
    const table = (await ours(path, 64 * mib))?.partitionTable
    const told = JSON.parse(run('sfdisk', ['--json', path])).partitiontable
    expect(table).toMatchObject({
      kind: kind === 'dos' ? 'mbr' : 'gpt',
      id: told.id.toLowerCase().replace('0x', ''),
      state: kind === 'dos' ? 'not-kept-twice' : 'good',
    })
    expect(
      table?.partitions.map(({ startBytes, sizeBytes, typeId, name }) => ({
        start: startBytes / 512,
        size: sizeBytes / 512,
        type: kind === 'dos' ? typeId.replace(/^0/, '') : typeId,
        ...(name === null ? {} : { name }),
      })),
    ).toEqual(
      told.partitions.map(({ start, size, type, name }: Readonly<Record<string, unknown>>) => ({
        start,
        size,
        type: String(type).toLowerCase(),
        ...(name === undefined ? {} : { name }),
      })),
    )
  })

  test('of a GPT tell which of its copies is damaged', async () => {
    const path = await blank('disk', 64 * mib)
    run('sfdisk', ['-q', '-X', 'gpt', path], partitionScript('gpt'))
    const state = async () => (await ours(path, 64 * mib))?.partitionTable?.state
    await using file = await open(path, 'r+')
    const wrong = Uint8Array.of(1)
    await file.write(wrong, 0, 1, 64 * mib - 512 + 60)
    expect(await state()).toBe('backup-damaged')
    run('sgdisk', ['-e', path])
    expect(await state()).toBe('good')
    await file.write(wrong, 0, 1, 512 + 60)
    expect(await state()).toBe('primary-damaged')
    expect((await ours(path, 64 * mib))?.partitionTable?.partitions.length).toBe(3)
  })
})

async function compare(path: string, sizeBytes: number, name: string) {
  const peer = theirs(path)
  const found = await ours(path, sizeBytes)
  expect(found?.signatures.map((one) => one.name)).toEqual([name])
  const [signature] = found?.signatures ?? []
  expect({
    TYPE: peerNames[name] ?? (name === 'ext-journal' ? 'jbd' : name),
    UUID: signature?.uuid ?? undefined,
    LABEL: name === 'lvm2' ? undefined : (signature?.label ?? undefined),
  }).toEqual({
    TYPE: peer['TYPE'],
    UUID: name === 'udf' ? undefined : peer['UUID'],
    LABEL: name === 'udf' ? undefined : peer['LABEL'],
  })
  return signature
}

function partitionScript(kind: string): string {
  return kind === 'gpt'
    ? 'start=2048, size=4096, type=uefi, name="EFI"\nsize=8192, type=linux, name="root é"\ntype=lvm\n'
    : 'start=2048, size=4096, type=7, bootable\nsize=8192, type=5\nsize=2048, type=83\nsize=1024, type=82\n'
}

/** As include/uapi/linux/raid/md_p.h lays it out, with the sum that libblkid wants. */
function mdSuperblock(version: string, sizeBytes: number): readonly [number, Uint8Array] {
  const block = new Uint8Array(4096)
  const view = new DataView(block.buffer)
  const old = version === '0.90'
  const words = old
    ? [0xa92b4efc, 0, 90, 0, 0, 0x11223344, 0, 1, 32_768, 2, 2, 0, 0, 0x55667788, 0x99aabbcc, 1]
    : [0xa92b4efc, 1, 0, 0]
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true)
  if (old) return [Math.floor(sizeBytes / 65_536) * 65_536 - 65_536, block]
  for (let at = 0; at < 16; at++) block[16 + at] = at * 7 + 3
  block.set(new TextEncoder().encode('host:array'), 32)
  view.setUint32(72, 1, true)
  view.setUint32(92, 2, true)
  const place =
    version === '1.0'
      ? Math.floor((sizeBytes / 512 - 16) / 8) * 8 * 512
      : version === '1.1'
        ? 0
        : 4096
  view.setBigUint64(144, BigInt(place / 512), true)
  let sum = 0n
  for (let at = 0; at < 256; at += 4) sum += BigInt(view.getUint32(at, true))
  view.setUint32(216, Number((sum & 0xffff_ffffn) + (sum >> 32n)), true)
  return [place, block]
}
