import { expect, test } from 'vitest'
import { madeDisk, storageOf } from './made-tree.ts'

const ucs2 = (text: string) => `${text}\0`.split('').flatMap((letter) => [letter.charCodeAt(0), 0])
const guid = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const end = [0x7f, 0xff, 4, 0]
const variable = (...data: readonly number[]) => Uint8Array.from([7, 0, 0, 0, ...data])

test('array that lacks a member is told with its members, and leaves an error', async () => {
  const { facts, findings } = await storageOf(
    madeDisk('md127', 'virtual/block', {
      'md/level': 'raid1',
      'md/array_state': 'clean',
      'md/metadata_version': '1.2',
      'md/raid_disks': '2',
      'md/degraded': '1',
      'md/sync_action': 'idle',
      'md/dev-sda1/state': 'in_sync,write_mostly',
      'md/dev-sda1/slot': '0',
      'md/dev-sdb1/state': 'faulty',
      'md/dev-sdb1/slot': 'none',
      'slaves/sda1': '',
    }),
  )
  expect(facts.disks).toEqual([])
  expect(facts.volumes).toMatchObject([
    { name: 'md127', kind: 'raid', state: 'clean', members: ['sda1'] },
  ])
  expect(facts.arrays).toMatchObject([
    {
      name: 'md127',
      level: 'raid1',
      metadata: '1.2',
      deviceCount: 2,
      degradedCount: 1,
      members: [
        { name: 'sda1', slot: 0, states: ['in_sync', 'write_mostly'] },
        { name: 'sdb1', slot: null, states: ['faulty'] },
      ],
    },
  ])
  expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'storage.array-degraded error',
    'storage.array-member-faulty error',
  ])
})

test('array that is whole leaves no finding, also while it is reshaped', async () => {
  const { facts, findings } = await storageOf(
    madeDisk('md1', 'virtual/block', {
      'md/level': 'raid6',
      'md/raid_disks': '11 (10)',
      'md/degraded': '0',
    }),
  )
  expect(facts.arrays).toMatchObject([{ deviceCount: 11, degradedCount: 0 }])
  expect(findings).toEqual([])
})

test('volumes are told by who made them; an empty loop device is none', async () => {
  const { facts } = await storageOf({
    ...madeDisk('dm-0', 'virtual/block', {
      'dm/name': 'vg-root',
      'dm/uuid': 'LVM-abc',
      'dm/suspended': '0',
      'slaves/sda3': '',
    }),
    ...madeDisk('dm-1', 'virtual/block', { 'dm/name': 'mpatha', 'dm/uuid': 'mpath-3600' }),
    ...madeDisk('loop0', 'virtual/block', { size: '0' }),
    ...madeDisk('bcache0', 'virtual/block', { 'bcache/state': 'dirty' }),
    ...madeDisk('mmcblk0boot0', 'platform/mmc_host/mmc0/mmc0:0001/block/mmcblk0'),
  })
  expect(facts.volumes.map(({ name, kind, label, state }) => [name, kind, label, state])).toEqual([
    ['bcache0', 'bcache', null, 'dirty'],
    ['dm-0', 'lvm', 'vg-root', 'running'],
    ['dm-1', 'multipath', 'mpatha', null],
    ['mmcblk0boot0', 'mmc-area', null, null],
  ])
})

test('limits of devices that the kernel treats alike are told once', async () => {
  const queue = { 'queue/zoned': 'none', 'queue/scheduler': '[none] mq-deadline', 'queue/fua': '1' }
  const zoned = {
    'queue/zoned': 'host-managed',
    'queue/chunk_sectors': '524288',
    'queue/nr_zones': '9',
  }
  const { facts } = await storageOf({
    ...madeDisk('vda', 'pci0000:00/0000:00:04.0/virtio0/block', queue),
    ...madeDisk('vdb', 'pci0000:00/0000:00:05.0/virtio1/block', queue),
    ...madeDisk('vdc', 'pci0000:00/0000:00:06.0/virtio2/block', zoned),
  })
  expect(facts.limits).toMatchObject([
    {
      devices: ['vda', 'vdb'],
      zoned: 'none',
      scheduler: 'none',
      forceUnitAccess: true,
      zoneCount: null,
    },
    { devices: ['vdc'], zoned: 'host-managed', zoneSizeBytes: 268_435_456, zoneCount: 9 },
  ])
})

test('eMMC is told with its life', async () => {
  const { facts, findings } = await storageOf(
    madeDisk('mmcblk0', 'platform/mmc_host/mmc0/mmc0:0001/block', {
      'device/type': 'MMC',
      'device/manfid': '0x000015',
      'device/oemid': '0x0100',
      'device/name': 'BJTD4R',
      'device/serial': '0x1234abcd',
      'device/date': '04/2019',
      'device/life_time': '0x01 0x0a',
      'device/pre_eol_info': '0x02',
    }),
  )
  expect(facts.disks).toMatchObject([
    {
      transport: 'mmc',
      attachment: {
        kind: 'mmc',
        type: 'MMC',
        manufacturerId: '000015',
        oemId: '0100',
        date: '04/2019',
      },
      health: { source: 'mmc', healthy: true, usedRatio: 1, warnings: ['spare-low'] },
    },
  ])
  expect(findings.map(({ code }) => code)).toEqual(['storage.health-warning', 'storage.worn'])
})

test('slots of an enclosure are told with the disks in them', async () => {
  const { facts } = await storageOf({
    '/sys/class/enclosure/0:0:24:0/id': '0x500304801234567f',
    '/sys/class/enclosure/0:0:24:0/components': '2',
    '/sys/class/enclosure/0:0:24:0/device/vendor': 'LSI',
    '/sys/class/enclosure/0:0:24:0/Slot 01/status': 'OK',
    '/sys/class/enclosure/0:0:24:0/Slot 01/slot': '1',
    '/sys/class/enclosure/0:0:24:0/Slot 01/fault': '0',
    '/sys/class/enclosure/0:0:24:0/Slot 01/device/block/sdc/size': '1',
    '/sys/class/enclosure/0:0:24:0/Slot 02/status': 'not installed',
    '/sys/class/enclosure/0:0:24:0/Slot 02/slot': '2',
  })
  expect(facts.enclosures).toMatchObject([
    {
      id: '500304801234567f',
      vendor: 'LSI',
      slots: [
        { name: 'Slot 01', number: 1, status: 'OK', faulty: false, disk: 'sdc' },
        { name: 'Slot 02', number: 2, status: 'not installed', faulty: null, disk: null },
      ],
    },
  ])
})

test('boot entries are told in their order; one that is damaged costs itself', async () => {
  const folder = '/sys/firmware/efi/efivars'
  const { facts, findings } = await storageOf({
    [`${folder}/BootOrder-${guid}`]: variable(1, 0, 0, 0),
    [`${folder}/BootCurrent-${guid}`]: variable(1, 0),
    [`${folder}/Timeout-${guid}`]: variable(5, 0),
    [`${folder}/Boot0001-${guid}`]: variable(1, 0, 0, 0, 4, 0, ...ucs2('Net'), ...end),
    [`${folder}/Boot0002-${guid}`]: variable(1, 0, 0, 0, 200, 0, ...ucs2('Cut')),
    [`${folder}/Boot0003-00000000-0000-0000-0000-000000000000`]: variable(1),
  })
  expect(facts.boot).toMatchObject({
    current: '0001',
    next: null,
    order: ['0001', '0000'],
    timeoutSeconds: 5,
    entries: [{ number: '0001', description: 'Net', active: true }],
  })
  expect(findings).toMatchObject([{ code: 'storage.boot-entry.malformed' }])
})

/** A swap area, UTIL-LINUX's way: its magic number at the end of the first page. */
function swap(): Uint8Array {
  const bytes = new Uint8Array(20_480 * 512)
  bytes.set(new TextEncoder().encode('SWAPSPACE2'), 4086)
  bytes.set([1, 0, 0, 0], 1024)
  return bytes
}

test('what a disk holds is told; a disk that holds nothing known is left out', async () => {
  const { facts } = await storageOf({
    ...madeDisk('vda', 'pci0000:00/0000:00:04.0/virtio0/block'),
    ...madeDisk('vdb', 'pci0000:00/0000:00:05.0/virtio1/block'),
    '/dev/vda': swap(),
    '/dev/vdb': new Uint8Array(20_480 * 512),
  })
  expect(facts.contents).toMatchObject([
    { device: 'vda', partitionTable: null, signatures: [{ name: 'swap', use: 'swap' }] },
  ])
})

test('disk of a recording without its block size is told, and that the size was assumed', async () => {
  const { facts, findings } = await storageOf({
    '/sys/block/sda': '-> ../devices/pci0000:00/0000:00:05.0/host0/target0:0:0/0:0:0:0/block/sda',
    '/sys/devices/pci0000:00/0000:00:05.0/host0/target0:0:0/0:0:0:0/block/sda/size': '20480',
  })
  expect(facts.disks).toMatchObject([{ sizeBytes: 20_480 * 512, logicalBlockSizeBytes: 512 }])
  expect(findings).toMatchObject([{ code: 'storage.block-size-assumed', subject: 'sda' }])
})

test('persistent memory is told with its region and modules', async () => {
  const place = 'LNXSYSTM:00/ACPI0012:00/ndbus0/region0/pfn0.1/block'
  const { facts } = await storageOf({
    ...madeDisk('pmem0', place, { device: '-> ../../../pfn0.1' }),
    '/sys/devices/LNXSYSTM:00/ACPI0012:00/ndbus0/region0/pfn0.1/uuid':
      '1a2b3c4d-0000-4000-8000-000000000001',
    '/sys/bus/nd/devices/region0/persistence_domain': 'memory_controller',
    '/sys/bus/nd/devices/region0/mapping0': 'nmem0,0,137438953472,0',
    '/sys/bus/nd/devices/region0/mapping1': 'nmem1,0,137438953472,1',
  })
  expect(facts.disks).toMatchObject([
    {
      name: 'pmem0',
      transport: 'pmem',
      attachment: {
        kind: 'pmem',
        mode: 'fsdax',
        uuid: '1a2b3c4d-0000-4000-8000-000000000001',
        region: 'region0',
        persistenceDomain: 'memory_controller',
        modules: ['nmem0', 'nmem1'],
      },
    },
  ])
})
