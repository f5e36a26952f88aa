import { expect, test } from 'vitest'
import { madeDisk, storageOf } from './made-tree.ts'

const onPci = 'pci0000:00/0000:00:1f.2'
const ata = `${onPci}/ata1/host0/target0:0:0/0:0:0:0/block`

test('names that sysfs cannot spell are told as the kernel has them', async () => {
  const { facts } = await storageOf(
    madeDisk('cciss!c0d0', `${onPci}/cciss0/c0d0/block`, {
      'cciss!c0d0p1/partition': '1',
      'cciss!c0d0p1/start': '63',
      'cciss!c0d0p1/size': '2048',
      'holders/dm-0': '',
    }),
  )
  expect(facts.disks).toMatchObject([
    { name: 'cciss/c0d0', holders: ['dm-0'], partitions: [{ name: 'cciss/c0d0p1', number: 1 }] },
  ])
})

test('a device larger than a number counts exactly costs itself', async () => {
  const { facts, findings } = await storageOf({
    ...madeDisk('sda', ata, { size: '17592186044416' }),
    ...madeDisk('sdb', ata.replaceAll('0:0:0:0', '0:0:1:0')),
    ...madeDisk('dm-0', 'virtual/block', { size: '36028797018963968', 'dm/name': 'thin' }),
  })
  expect(facts.disks.map(({ name }) => name)).toEqual(['sdb'])
  expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
    ['storage.malformed', 'sda'],
    ['storage.malformed', 'dm-0'],
  ])
})

test('malformed files cost what they tell, neither the disk nor the limits of others', async () => {
  const { facts, findings } = await storageOf({
    ...madeDisk('sda', ata, { 'queue/rotational': 'maybe', 'queue/nr_requests': '64' }),
    ...madeDisk('sdb', ata.replaceAll('0:0:0:0', '0:0:1:0'), { 'queue/nr_requests': 'x' }),
  })
  expect(facts.disks.map(({ name, rotational }) => [name, rotational])).toEqual([
    ['sda', false],
    ['sdb', false],
  ])
  expect(facts.limits).toMatchObject([{ devices: ['sda'], requestCount: 64 }])
  expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
    ['storage.malformed', 'sda'],
    ['storage.limits.malformed', 'nr_requests'],
  ])
})

test('devices that are no disks are volumes by their drivers, empty ones only with members', async () => {
  const { facts } = await storageOf({
    ...madeDisk('fd0', 'platform/floppy.0/block', { size: '8', removable: '1' }),
    ...madeDisk('mtdblock0', `${onPci}/mtd/mtd0`),
    ...madeDisk('etherd!e1.1', 'virtual/block'),
    ...madeDisk('ublkb0', 'virtual/block'),
    ...madeDisk('nbd0', 'virtual/block', { size: '0' }),
    ...madeDisk('md127', 'virtual/block', {
      size: '0',
      'md/level': 'container',
      'slaves/sda': '',
    }),
  })
  expect(facts.disks).toEqual([])
  expect(facts.volumes.map(({ name, kind }) => [name, kind])).toEqual([
    ['etherd/e1.1', 'network'],
    ['fd0', 'floppy'],
    ['md127', 'raid'],
    ['mtdblock0', 'flash'],
    ['ublkb0', 'other'],
  ])
})

test('a drive of media is told with its place and the medium that is in it', async () => {
  const { facts } = await storageOf(
    madeDisk('sr0', ata, {
      size: '2097151',
      removable: '1',
      'queue/logical_block_size': '2048',
      'device/rev': 'A1C1',
    }),
  )
  expect(facts.opticalDrives).toMatchObject([
    {
      name: 'sr0',
      transport: 'sata',
      firmware: 'A1C1',
      address: '0:0:0:0',
      sizeBytes: 1_073_741_312,
      logicalBlockSizeBytes: 2048,
      removable: true,
      readOnly: false,
    },
  ])
})

const noted = [
  'ID_MODEL=KINGSTON_SH103S3240G',
  'ID_MODEL_ENC=KINGSTON\\x20SH103S3240G\\x20\\x20',
  'ID_REVISION=580ABBF0',
  'ID_SERIAL_SHORT=50026B724B09A1FF',
  'ID_WWN=0x50026b724b09a1ff',
]
const cut = { dev: '8:0', 'device/vendor': 'ATA     ', 'device/model': 'KINGSTON SH103S3' }
const whole = {
  vendor: 'ATA',
  model: 'KINGSTON SH103S3240G',
  firmware: '580ABBF0',
  serial: '50026B724B09A1FF',
  wwn: '50026b724b09a1ff',
}

test.each([
  ['its database', '/run/udev/data/b8:0', noted.map((line) => `E:${line}`)],
  ['a list in the place of the node', '/dev/sda', ['DEVPATH=/devices/x/sda', ...noted]],
])('names that a recording lacks come from udev, by %s', async (_, path, lines) => {
  const { facts } = await storageOf({
    ...madeDisk('sda', ata, { ...cut, 'device/rev': 'BBF0' }),
    [path]: lines.join('\n'),
  })
  expect(facts.disks).toMatchObject([whole])
})

test('what a disk tells itself comes before what udev noted', async () => {
  const { facts } = await storageOf({
    ...madeDisk('sda', ata, {
      ...cut,
      'device/model': 'OTHER',
      'device/wwid': 'naa.5000c50012345678',
    }),
    '/run/udev/data/b8:0': noted.map((line) => `E:${line}`).join('\n'),
  })
  expect(facts.disks).toMatchObject([{ ...whole, model: 'OTHER', wwn: '5000c50012345678' }])
})
