import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rootedHost } from '../../../agent/host.ts'
import {
  findTarget,
  guardNames,
  hostBlockDevices,
  readDiskCatalog,
} from '../../../agent/imaging/disk-catalog.ts'
import type { DiskCatalog } from '../../../agent/imaging/disk-catalog.ts'
import { diskIdentityOf } from '../../../protocol/deployment.ts'
import { type Disk, noStorage } from '../../../protocol/facts/storage.ts'
import { temporaryDirectory } from './fixtures.ts'

const disk: Disk = {
  name: 'nvme0n1',
  transport: 'nvme',
  vendor: null,
  model: 'Fast 1T',
  serial: 'S1',
  wwn: null,
  eui64: '0011223344556677',
  nguid: null,
  firmware: '1.0',
  sizeBytes: 1_000_204_886_016,
  logicalBlockSizeBytes: 512,
  physicalBlockSizeBytes: 4096,
  rotational: false,
  removable: false,
  readOnly: false,
  holders: [],
  partitions: [
    { name: 'nvme0n1p1', number: 1, startBytes: 1_048_576, sizeBytes: 1_048_576, holders: [] },
  ],
  pciAddress: '0000:01:00.0',
  numaNode: 0,
  attachment: null,
  health: null,
}

const other: Disk = {
  ...disk,
  name: 'nvme1n1',
  serial: 'S2',
  eui64: 'ffeeddccbbaa9988',
  partitions: [],
}

function catalogOf(disks: readonly Disk[], more: Partial<DiskCatalog> = {}): DiskCatalog {
  return { disks, mounts: new Map(), swaps: new Set(), ...more }
}

const find = (disks: readonly Disk[], more: Partial<DiskCatalog> = {}) =>
  findTarget(catalogOf(disks, more), diskIdentityOf(disks[0] ?? disk))

describe('findTarget', () => {
  test('finds the one disk with the identity and lists the guards that were asked', () => {
    expect(find([disk, other])).toEqual({
      facts: disk,
      path: '/dev/nvme0n1',
      guards: guardNames,
    })
  })

  test('says what there is when no disk matches exactly', () => {
    const wanted = { ...diskIdentityOf(disk), sizeBytes: 1 }
    expect(() => findTarget(catalogOf([disk]), wanted)).toThrow(
      /^no disk is .*serial 'S1'.* 1 bytes.*this machine has: 'nvme0n1'/,
    )
    expect(() => findTarget(catalogOf([]), wanted)).toThrow(/this machine has: none$/)
  })

  test('takes one of two namespaces that share a serial and have names of their own', () => {
    expect(find([disk, { ...other, serial: 'S1' }]).path).toBe('/dev/nvme0n1')
  })

  test.each([
    ['identifiable', [{ ...disk, serial: null, eui64: null }]],
    ['unique', [disk, { ...disk, name: 'nvme1n1' }]],
    ['unique', [disk, { ...other, serial: 'S1', eui64: null, sizeBytes: 5 }]],
    ['unique', [disk, { ...other, eui64: disk.eui64 }]],
    ['not-empty', [{ ...disk, sizeBytes: 0 }]],
    ['writable', [{ ...disk, readOnly: true }]],
    ['fixed', [{ ...disk, removable: true }]],
    ['own-bus', [{ ...disk, transport: 'usb' as const }]],
    ['own-bus', [{ ...disk, transport: 'iscsi' as const }]],
    ['own-bus', [{ ...disk, transport: 'nvme-fabrics' as const }]],
    ['not-held', [{ ...disk, holders: ['md0'] }]],
    [
      'not-held',
      [{ ...disk, partitions: disk.partitions.map((p) => ({ ...p, holders: ['dm-0'] })) }],
    ],
  ] as const)('refuses by guard %s', (guard, disks) => {
    expect(() => find(disks)).toThrow(`disk 'nvme0n1' is refused by guard '${guard}': `)
  })

  test.each([
    [
      'not-mounted',
      { mounts: new Map([['nvme0n1p1', '/boot']]) },
      "'nvme0n1p1' is mounted at '/boot'",
    ],
    ['not-mounted', { mounts: new Map([['nvme0n1', '/data']]) }, "'nvme0n1' is mounted at '/data'"],
    ['not-swap', { swaps: new Set(['nvme0n1p1']) }, "'nvme0n1p1' is in use as swap"],
  ] as const)('refuses by guard %s what is in use', (guard, use, why) => {
    expect(() => find([disk], use)).toThrow(`is refused by guard '${guard}': ${why}`)
    expect(find([other, disk], use).path).toBe('/dev/nvme1n1')
  })

  test('asks no guard that has no test here', () => {
    const tested = ['identifiable', 'unique', 'not-empty', 'writable', 'fixed', 'own-bus']
    expect(guardNames).toEqual([...tested, 'not-mounted', 'not-swap', 'not-held'])
  })
})

describe('on a recorded machine', () => {
  const mountinfo = [
    '22 1 0:20 / / rw,relatime shared:1 - rootfs rootfs rw',
    '31 22 259:2 / /boot rw,relatime shared:29 - ext4 /dev/nvme0n1p1 rw',
    '40 22 0:35 /@ /home rw,noatime - btrfs /dev/sdb2 rw,subvol=/@',
  ].join('\n')
  const swaps =
    'Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition\t1024\t0\t-2\n/swap file\t1\t0\t-3\n'

  async function recorded(directory: string) {
    const files: Readonly<Record<string, string>> = {
      'proc/self/mountinfo': mountinfo,
      'proc/swaps': swaps,
      'sys/devices/nvme/nvme0n1/size': '1953525168\n',
      'sys/devices/nvme/nvme0n1/nvme0n1p1/partition': '1\n',
      'sys/devices/nvme/nvme0n1/nvme0n1p2/partition': '2\n',
      'sys/devices/nvme/nvme0n1/nvme0n1p2/holders/x': '',
    }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    await mkdir(join(directory, 'sys/dev/block'), { recursive: true })
    await mkdir(join(directory, 'sys/class/block'), { recursive: true })
    await symlink('../../devices/nvme/nvme0n1', join(directory, 'sys/dev/block/259:0'))
    await symlink('../../devices/nvme/nvme0n1', join(directory, 'sys/class/block/nvme0n1'))
    return rootedHost(directory)
  }

  const storage = () => Promise.resolve({ ...noStorage, disks: [disk] })

  test('readDiskCatalog reads what is mounted and swapped to', async () => {
    await using directory = await temporaryDirectory()
    const catalog = await readDiskCatalog(await recorded(directory.path), storage)
    expect([...catalog.mounts]).toEqual([
      ['nvme0n1p1', '/boot'],
      ['sdb2', '/home'],
    ])
    expect([...catalog.swaps]).toEqual(['sda2'])
  })

  test('hostBlockDevices names a disk by its number and counts its partitions', async () => {
    await using directory = await temporaryDirectory()
    const devices = hostBlockDevices(await recorded(directory.path), storage)
    expect(await devices.identify('259:0')).toEqual(diskIdentityOf(disk))
    expect(await devices.countPartitions('259:0')).toBe(2)
    await expect(devices.identify('8:0')).rejects.toThrow(/^block device 8:0 is gone$/)
  })
})
