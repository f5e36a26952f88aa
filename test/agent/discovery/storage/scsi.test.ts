import { expect, test } from 'vitest'
import { ataQuestions, logSenseQuestion } from '../../../../agent/discovery/storage/questions.ts'
import { mayAsk } from '../../../../agent/device-access/may-ask.ts'
import { madeDisk, type MadeAnswers, type MadeFiles, storageOf } from './made-tree.ts'

const sata = 'pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0'
const sas =
  'pci0000:00/0000:03:00.0/host0/port-0:0/expander-0:0/port-0:0:7/end_device-0:0:7/target0:0:7/0:0:7:0'

function disk(name: string, place: string, more: MadeFiles): MadeFiles {
  const own = { state: 'running', queue_depth: '32', type: '0', ...more }
  return {
    ...madeDisk(name, `${place}/block`, { device: '-> ../..' }),
    ...Object.fromEntries(
      Object.entries(own).map(([file, text]) => [`/sys/devices/${place}/${file}`, text]),
    ),
  }
}

/** IDENTIFY DEVICE of a SATA SSD with SMART and device statistics. */
function identify(): Uint8Array {
  const bytes = new Uint8Array(512)
  const words: Readonly<Record<number, number>> = {
    60: 20_480,
    69: 0x4020,
    76: 0x010e,
    77: 0x0006,
    82: 0x0003,
    83: 0x4000,
    84: 0x4020,
    85: 0x0001,
    87: 0x4020,
    128: 0x0029,
    168: 3,
    169: 1,
    217: 1,
  }
  for (const [word, value] of Object.entries(words)) {
    bytes[Number(word) * 2] = value & 0xff
    bytes[Number(word) * 2 + 1] = value >> 8
  }
  return bytes
}

/** Attribute 5 at its threshold, 194 at 36 degrees. */
function smart(): readonly [Uint8Array, Uint8Array] {
  const [data, thresholds] = [new Uint8Array(512), new Uint8Array(512)]
  data.set([5, 0x33, 0, 9, 9, 120, 0, 0, 0, 0, 0, 0], 2)
  data.set([194, 0x22, 0, 64, 50, 36, 0, 0, 0, 0, 0, 0], 14)
  thresholds.set([5, 10], 2)
  for (const sector of [data, thresholds]) {
    sector[511] = (256 - (sector.reduce((sum, byte) => sum + byte, 0) % 256)) % 256
  }
  return [data, thresholds]
}

function statistics(page: number, entries: Readonly<Record<number, readonly number[]>>) {
  const bytes = new Uint8Array(512)
  bytes[2] = page
  for (const [at, values] of Object.entries(entries)) {
    bytes.set(values, Number(at))
    if (page > 0) bytes[Number(at) + 7] = 0xc0
  }
  return bytes
}

/** ATA Status Return: the registers say that a threshold was passed. */
const failing = Uint8Array.fromHex('7201001d0000000e090c00000000000000f4002c4050')

const [data, thresholds] = smart()
const ataAnswers: MadeAnswers = [
  [ataQuestions.identify('sda'), identify()],
  [ataQuestions.smartData('sda'), data],
  [ataQuestions.smartThresholds('sda'), thresholds],
  [ataQuestions.statistics('sda', 0), statistics(0, { 8: [3, 0, 1, 7] })],
  [ataQuestions.statistics('sda', 1), statistics(1, { 16: [0xe8, 3], 24: [0, 0, 0, 0, 1] })],
  [ataQuestions.statistics('sda', 7), statistics(7, { 8: [97] })],
]

const sataDisk = {
  ...disk('sda', sata, { vendor: 'ATA', model: 'AN SSD', rev: '1.0' }),
  '/sys/class/ata_link/link3/sata_spd': '6.0 Gbps',
}

test('SATA disk is told with its place, its abilities and how it is', async () => {
  const { facts, findings } = await storageOf(sataDisk, ataAnswers)
  expect(facts.disks).toMatchObject([
    {
      transport: 'sata',
      attachment: {
        kind: 'scsi',
        address: '2:0:0:0',
        state: 'running',
        queueDepth: 32,
        linkSpeedBitsPerSecond: 6_000_000_000,
        sasAddress: null,
      },
      health: {
        source: 'ata',
        healthy: null,
        temperatureCelsius: 36,
        powerOnHours: 1000,
        writtenBytes: 2 ** 32 * 512,
        readBytes: null,
        usedRatio: 0.97,
        badSectorCount: 120,
        warnings: ['reallocated-sector-count'],
      },
    },
  ])
  expect(facts.abilities).toMatchObject([
    {
      disks: ['sda'],
      ability: {
        kind: 'ata',
        rotationRpm: 0,
        formFactor: '2.5"',
        security: { frozen: true, locked: false, enhancedErase: true },
        trim: { deterministic: true, readsZeros: true },
      },
    },
  ])
  expect(findings.map(({ code }) => code)).toEqual([
    'storage.health-warning',
    'storage.worn',
    'storage.bad-sectors',
  ])
})

test('SATA disk that predicts its failure leaves an error', async () => {
  const status = [ataQuestions.smartStatus('sda'), failing] as const
  const { facts, findings } = await storageOf(sataDisk, [...ataAnswers, status])
  expect(facts.disks[0]?.health?.healthy).toBe(false)
  expect(findings[0]).toMatchObject({ code: 'storage.failing', severity: 'error', subject: 'sda' })
})

test('every question to a disk is one that only reads', () => {
  const questions = [
    ataQuestions.identify('sda'),
    ataQuestions.smartData('sda'),
    ataQuestions.smartThresholds('sda'),
    ataQuestions.smartStatus('sda'),
    ataQuestions.statistics('sda', 7),
    logSenseQuestion('sda', 0x2f),
  ]
  expect(questions.map((question) => mayAsk(question))).toEqual(questions.map(() => true))
})

/** A log page of one parameter. */
function log(page: number, code: number, bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([
    page,
    0,
    0,
    4 + bytes.length,
    code >> 8,
    code & 0xff,
    0,
    bytes.length,
    ...bytes,
  ])
}

const b1 = Uint8Array.from([0, 0xb1, 0, 60, 0x1c, 0x20, 0, 2, ...new Uint8Array(56)])

test('SAS disk is told with its address, bay and expander', async () => {
  const sasClass = '/sys/class/sas_device/end_device-0:0:7'
  const { facts, findings } = await storageOf(
    {
      ...disk('sdb', sas, { vendor: 'SEAGATE', model: 'ST8000NM', rev: 'E002', vpd_pgb1: b1 }),
      [`${sasClass}/sas_address`]: '0x5000c50011223345',
      [`${sasClass}/enclosure_identifier`]: '0x500304801234567f',
      [`${sasClass}/bay_identifier`]: '7',
      '/sys/devices/pci0000:00/0000:03:00.0/host0/port-0:0/expander-0:0/port-0:0:7/phy-0:0:7':
        '-> x',
      '/sys/class/sas_phy/phy-0:0:7/negotiated_linkrate': '12.0 Gbit',
      '/sys/class/sas_expander/expander-0:0/product_id': 'SAS3x48',
      '/sys/bus/pci/devices/0000:03:00.0/class': '0x010700',
      '/sys/bus/pci/devices/0000:03:00.0/driver': '-> ../../../drivers/mpt3sas',
      '/sys/class/scsi_host/host0':
        '-> ../../devices/pci0000:00/0000:03:00.0/host0/scsi_host/host0',
      '/sys/devices/pci0000:00/0000:03:00.0/host0/scsi_host/host0/proc_name': 'mpt3sas',
      '/sys/devices/pci0000:00/0000:03:00.0/host0/scsi_host/host0/version_fw': '16.00.11.00',
      '/sys/devices/pci0000:00/0000:03:00.0/host0/scsi_host/host0/host_busy': '0',
    },
    [
      [logSenseQuestion('sdb', 0), Uint8Array.from([0, 0, 0, 3, 0, 0x11, 0x2f])],
      [logSenseQuestion('sdb', 0x11), log(0x11, 1, [0, 0, 0, 12])],
      [logSenseQuestion('sdb', 0x2f), log(0x2f, 0, [0, 0, 31, 0])],
    ],
  )
  expect(facts.disks).toMatchObject([
    {
      transport: 'sas',
      attachment: {
        sasAddress: '5000c50011223345',
        enclosure: '500304801234567f',
        slot: 7,
        linkSpeedBitsPerSecond: 12_000_000_000,
      },
      health: { source: 'scsi', healthy: true, temperatureCelsius: 31, usedRatio: 0.12 },
    },
  ])
  expect(facts.abilities).toMatchObject([
    { ability: { kind: 'scsi', characteristics: { rotationRpm: 7200, formFactor: '3.5"' } } },
  ])
  expect(facts.adapters).toMatchObject([
    {
      pciAddress: '0000:03:00.0',
      classCode: '010700',
      driver: 'mpt3sas',
      hosts: [{ name: 'host0', driver: 'mpt3sas', attributes: { version_fw: '16.00.11.00' } }],
    },
  ])
  expect(facts.expanders).toMatchObject([{ name: 'expander-0:0', product: 'SAS3x48' }])
  expect(findings).toEqual([])
})

test('USB disk is asked nothing', async () => {
  const usb = 'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host9/target9:0:0/9:0:0:0'
  const { facts } = await storageOf(disk('sda', usb, { vendor: 'ATA', model: 'Stick' }), ataAnswers)
  expect(facts.disks).toMatchObject([{ transport: 'usb', health: null }])
  expect(facts.abilities).toEqual([])
})

test('disk that SCSI has given up leaves an error', async () => {
  const gone = disk('sda', sata, { vendor: 'ATA', model: 'AN SSD', state: 'offline' })
  const { findings } = await storageOf(gone)
  expect(findings).toMatchObject([{ code: 'storage.offline', severity: 'error', subject: 'sda' }])
})
