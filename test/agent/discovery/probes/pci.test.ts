import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { pciProbe } from '../../../../agent/discovery/probes/pci.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { expressEndpoint, madeSpace, type Patch, word } from '../decode/pci/made-space.ts'

const roots: string[] = []
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string | Uint8Array>>

/** A recorded machine of these functions, by their path below /sys/devices. */
async function read(devices: Readonly<Record<string, Files>>) {
  const root = await mkdtemp(join(tmpdir(), 'assay-pci-'))
  roots.push(root)
  await mkdir(join(root, 'sys/bus/pci/devices'), { recursive: true })
  for (const [path, files] of Object.entries(devices)) {
    const folder = join(root, 'sys/devices', path)
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files)) {
      if (name.endsWith('/')) await mkdir(join(folder, name), { recursive: true })
      else await writeFile(join(folder, name), content)
    }
    const address = path.split('/').at(-1) ?? ''
    await symlink(`../../../devices/${path}`, join(root, 'sys/bus/pci/devices', address))
  }
  const { facts, findings } = await pciProbe.read(rootedHost(root))
  return { facts: parseFacts('pci', facts), findings }
}

/** Access control services: all of the first five supported, `enabled` set. */
function control(enabled: number): Patch {
  return [0x100, 0x0d, 0, 0, 0, 0x1f, 0, enabled, 0]
}

const rootPort: Patch = [0x40, 0x10, 0, 0x42, 0]
const gpu = 'pci0000:00/0000:00:01.0/0000:01:00.0'
const ids = { vendor: '0x10de\n', device: '0x2330\n', class: '0x030200\n' }
const portIds = { vendor: '0x8086\n', device: '0x352a\n', class: '0x060400\n' }

function port(enabled: number): Files {
  return { ...portIds, config: madeSpace([rootPort, control(enabled)], { headerType: 1 }) }
}

test('function with everything has a row in every list that concerns it', async () => {
  const space = madeSpace([
    expressEndpoint,
    [0x80, 0x11, 0, 0x3f, 0x80],
    [0x100, 0x03, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde, 1, 2, 3, 4],
    [
      0x140,
      0x10,
      0,
      0,
      0,
      ...word(0),
      1,
      0,
      0,
      0,
      16,
      0,
      16,
      0,
      4,
      0,
      0,
      0,
      4,
      0,
      1,
      0,
      0,
      0,
      0x42,
      0x23,
    ],
    [0x1c0, 0x2e, 0, 0, 0, ...word(0), ...word(0), ...word(0), ...word(0), ...word(0)],
  ])
  const { facts } = await read({
    [gpu]: {
      ...ids,
      config: space,
      resource: '0x00000000fb000000 0x00000000fbffffff 0x0000000000040200\n0xe000 0xe07f 0x40101\n',
      power_state: 'D3hot\n',
      reset_method: 'flr bus\n',
      aer_dev_correctable: 'RxErr 0\nBadTLP 3\nTOTAL_ERR_COR 3\n',
      aer_dev_fatal: 'Undefined 0\nTOTAL_ERR_FATAL 0\n',
      'doe_features/': '',
      'doe_features/0001:01': '',
    },
  })
  const address = '0000:01:00.0'
  expect(facts.details).toMatchObject({
    regions: [{ address, index: 0, kind: 'memory', sizeBytes: 2 ** 24 }],
    payloads: [{ address, maximumPayloadBytes: 512, payloadBytes: 256, readRequestBytes: 512 }],
    serials: [{ address, serial: '04030201deadbeef' }],
    interrupts: [{ address, vectorCount: 64, enabled: true }],
    virtualization: [{ address, totalCount: 16, count: 4, deviceId: '2342' }],
    lowPower: [{ address, state: 'd3hot' }],
    resets: [{ address, methods: ['flr', 'bus'] }],
    errorCounts: [{ address, severity: 'correctable', counts: { BadTLP: 3 } }],
    dataObjectExchange: [{ address, mailboxCount: 1, protocols: ['0001:01'] }],
    cxl: [],
    encryption: [],
  })
})

test('function without config space is known by its attributes alone', async () => {
  const { facts, findings } = await read({ [gpu]: ids })
  expect(facts.functions).toMatchObject([{ vendorId: '10de', headerType: null, revision: null }])
  expect(Object.values(facts.details).flat()).toEqual([])
  expect(findings).toEqual([])
})

test('counted errors leave a finding as grave as they are', async () => {
  const { findings } = await read({
    [gpu]: {
      ...ids,
      aer_dev_correctable: 'BadTLP 3\n',
      aer_dev_nonfatal: 'UnsupReq 1\n',
      aer_dev_fatal: 'DLP 2\n',
    },
  })
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
    ['pci.errors-correctable', 'info'],
    ['pci.errors-uncorrectable', 'warning'],
    ['pci.errors-uncorrectable', 'error'],
  ])
})

test('malformed counters cost their function its details and leave a finding', async () => {
  const { facts, findings } = await read({
    [gpu]: { ...ids, aer_dev_fatal: 'garbage\n' },
    'pci0000:00/0000:00:02.0': portIds,
  })
  expect(facts.functions.map(({ address }) => address)).toEqual(['0000:00:02.0', '0000:01:00.0'])
  expect(findings).toMatchObject([{ code: 'pci.malformed', subject: '0000:01:00.0' }])
})

test('access control off above an accelerator is told, and on it is not', async () => {
  const above = 'pci0000:00/0000:00:01.0'
  const codes = async (enabled: number) => {
    const { findings } = await read({ [above]: port(enabled), [gpu]: ids })
    return findings.map(({ code, subject }) => [code, subject])
  }
  expect(await codes(0)).toEqual([['pci.acs-off', '0000:00:01.0']])
  expect(await codes(0x1f)).toEqual([])
})

test('port that was cut off is told', async () => {
  const contained: Patch = [0x100, 0x1d, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
  const config = madeSpace([rootPort, contained], { headerType: 1 })
  const { facts, findings } = await read({ 'pci0000:00/0000:00:01.0': { ...portIds, config } })
  expect(facts.details.containment).toMatchObject([{ trigger: 'fatal', triggered: true }])
  expect(findings.map(({ code }) => code)).toEqual(['pci.contained'])
})

test('domains of eight digits are read with their parents', async () => {
  const { facts } = await read({
    'pci10000a2b:00/10000a2b:00:01.0': portIds,
    'pci10000a2b:00/10000a2b:00:01.0/10000a2b:01:00.0': ids,
  })
  expect(facts.functions).toMatchObject([
    { address: '10000a2b:00:01.0', parentAddress: null },
    { address: '10000a2b:01:00.0', parentAddress: '10000a2b:00:01.0' },
  ])
})
