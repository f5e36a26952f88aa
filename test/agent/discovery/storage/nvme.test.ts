import { expect, test } from 'vitest'
import { identifyQuestion, logPageQuestion } from '../../../../agent/discovery/storage/questions.ts'
import {
  madeController,
  madeNamespace,
  madeSmartLog,
} from '../../../../bench/fuzz/nvme-structures.ts'
import { madeDisk, type MadeFiles, storageOf } from './made-tree.ts'

const pci = 'pci0000:00/0000:00:02.0/0000:01:00.0'

function controller(name: string, folder: string, more: MadeFiles = {}): MadeFiles {
  const own = {
    model: 'Dell Ent NVMe PM1735a MU 1.6TB',
    serial: 'S64HNE0R123456',
    firmware_rev: '2.3.0',
    cntlid: '65',
    state: 'live',
    transport: 'pcie',
    address: '0000:01:00.0',
    subsysnqn: 'nqn.one',
    ...more,
  }
  return {
    [`/sys/class/nvme/${name}`]: `-> ../../devices/${folder}/${name}`,
    ...Object.fromEntries(
      Object.entries(own).map(([file, text]) => [`/sys/devices/${folder}/${name}/${file}`, text]),
    ),
  }
}

const one: MadeFiles = {
  ...controller('nvme0', `${pci}/nvme`),
  ...madeDisk('nvme0n1', `${pci}/nvme/nvme0`, {
    device: '-> ../../nvme0',
    nsid: '1',
    nguid: '36344830-5212-3456-0025-384500000001',
    uuid: '36344830-5212-3456-0025-384500000001',
    nuse: '1000',
    metadata_bytes: '8',
  }),
}

const answers = (warning = 0) =>
  [
    [identifyQuestion('nvme0', 'controller'), madeController()],
    [identifyQuestion('nvme0', 'namespace', 1), madeNamespace()],
    [logPageQuestion('nvme0', 2), madeSmartLog(warning)],
  ] as const

test('NVMe disk is told with its controller, what it can, and how it is', async () => {
  const { facts, findings } = await storageOf(one, answers())
  expect(facts.disks).toMatchObject([
    {
      name: 'nvme0n1',
      transport: 'nvme',
      attachment: {
        kind: 'nvme',
        namespaceId: 1,
        // The kernel gives the NGUID where a namespace has no UUID.
        uuid: null,
        metadataBytes: 8,
        usedBytes: 512_000,
        protectionType: 1,
        paths: [{ controller: 'nvme0', anaState: null }],
      },
      health: {
        source: 'nvme',
        healthy: true,
        temperatureCelsius: 41,
        powerOnHours: 26_280,
        usedRatio: 0.93,
        mediaErrorCount: 3,
      },
    },
  ])
  expect(facts.nvmeControllers).toMatchObject([
    {
      name: 'nvme0',
      transport: 'pcie',
      pciAddress: '0000:01:00.0',
      totalCapacityBytes: 1_600_321_314_816,
    },
  ])
  expect(facts.abilities).toMatchObject([
    {
      disks: ['nvme0n1'],
      ability: {
        kind: 'nvme',
        sanitize: ['crypto-erase', 'block-erase'],
        namespace: { formats: [{}, {}] },
      },
    },
  ])
  expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
    'storage.worn nvme0n1',
    'storage.media-errors nvme0n1',
  ])
})

test('critical warning is a failing disk', async () => {
  const { findings } = await storageOf(one, answers(0x01))
  expect(findings[0]).toMatchObject({
    code: 'storage.failing',
    severity: 'error',
    message: 'Says that it fails: spare-low',
  })
})

test('controller that answers garbage costs its health, not its disk', async () => {
  const { facts, findings } = await storageOf(one, [
    [identifyQuestion('nvme0', 'controller'), new Uint8Array(100)],
  ])
  expect(facts.disks).toMatchObject([{ name: 'nvme0n1', health: null }])
  expect(findings).toMatchObject([{ code: 'storage.health.malformed', subject: 'nvme0' }])
})

test('paths of a multipath head are told, and that one of them is down', async () => {
  const virtual = 'virtual/nvme-subsystem/nvme-subsys0'
  const fabrics = (address: string, state: string) => ({ transport: 'tcp', address, state })
  const { facts, findings } = await storageOf({
    ...controller('nvme0', 'virtual/nvme-fabrics/ctl', fabrics('traddr=10.0.0.1', 'live')),
    ...controller('nvme1', 'virtual/nvme-fabrics/ctl', fabrics('traddr=10.0.0.2', 'connecting')),
    '/sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/ana_state': 'optimized',
    '/sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1/ana_state': 'inaccessible',
    '/sys/class/nvme-subsystem/nvme-subsys0': `-> ../../devices/${virtual}`,
    [`/sys/devices/${virtual}/subsysnqn`]: 'nqn.one',
    [`/sys/devices/${virtual}/iopolicy`]: 'round-robin',
    [`/sys/devices/${virtual}/nvme0`]: '-> ../../nvme-fabrics/ctl/nvme0',
    [`/sys/devices/${virtual}/nvme1`]: '-> ../../nvme-fabrics/ctl/nvme1',
    ...madeDisk('nvme0n1', virtual, { device: '-> ../../nvme-subsys0', nsid: '1' }),
  })
  expect(facts.disks).toMatchObject([
    {
      name: 'nvme0n1',
      transport: 'nvme-fabrics',
      pciAddress: null,
      attachment: {
        paths: [
          { controller: 'nvme0', anaState: 'optimized' },
          { controller: 'nvme1', anaState: 'inaccessible' },
        ],
      },
    },
  ])
  expect(facts.nvmeSubsystems).toMatchObject([
    {
      nqn: 'nqn.one',
      ioPolicy: 'round-robin',
      controllers: ['nvme0', 'nvme1'],
      namespaces: ['nvme0n1'],
    },
  ])
  expect(findings).toMatchObject([
    { code: 'storage.nvme-controller-down', subject: 'nvme1', severity: 'warning' },
  ])
})
