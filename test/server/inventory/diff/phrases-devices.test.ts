import { describe, expect, test } from 'vitest'
import { bmcFacts } from '../../../../protocol/facts/bmc.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { memoryFacts } from '../../../../protocol/facts/memory.ts'
import { neighborsFacts } from '../../../../protocol/facts/neighbors.ts'
import { sensorsFacts } from '../../../../protocol/facts/sensors.ts'
import { tpmFacts } from '../../../../protocol/facts/tpm.ts'
import { diffInventories } from '../../../../server/inventory/diff/diff.ts'
import { exampleMachine } from '../../../protocol/attributes/example-machine.ts'
import { blankFacts, blankItem } from '../../../protocol/facts/blank.ts'

const { storage, nic } = exampleMachine().inventory
if (storage === null || nic === null) throw new Error('want disks and NICs')
const [firstDisk] = storage.disks
const [firstNic] = nic.interfaces
if (firstDisk === undefined || firstNic === undefined) throw new Error('want one of each')

/** The changes between two machines. */
function changeOf(before: Partial<Inventory>, after: Partial<Inventory>): readonly string[] {
  const { changes } = diffInventories(
    { ...emptyInventory, ...before },
    { ...emptyInventory, ...after },
  )
  return changes.map(({ importance, text }) => `${importance}: ${text}`)
}

describe('changes of disks', () => {
  const of = (changes: object, more: object = {}) => ({
    storage: parseFacts('storage', { ...storage, disks: [{ ...firstDisk, ...changes }], ...more }),
  })

  test('in firmware and health are told, in wear and counters by what they mean', () => {
    const health = {
      source: 'nvme',
      healthy: true,
      temperatureCelsius: 30,
      powerOnHours: 10,
      powerCycleCount: 1,
      usedRatio: 0.01,
      spareRatio: 1,
      readBytes: 1,
      writtenBytes: 1,
      mediaErrorCount: 0,
      badSectorCount: null,
      warnings: [],
    }
    const before = of({ firmware: 'A', health })
    const worn = {
      ...health,
      temperatureCelsius: 60,
      powerOnHours: 99,
      readBytes: 9,
      usedRatio: 0.5,
    }
    expect(changeOf(before, of({ firmware: 'B', health: worn }))).toEqual([
      'firmware: disk nvme0n1 firmware A -> B',
      'state: disk nvme0n1 health used 50 %, was 1 %',
    ])
    expect(changeOf(before, of({ firmware: 'A', health: { ...health, healthy: false } }))).toEqual([
      'state: disk nvme0n1 health failing, was healthy',
    ])
  })

  test('in partitions name disk and partition, whatever the kernel calls them', () => {
    const part = (name: string, number: number) => ({
      name,
      number,
      startBytes: 1_048_576,
      sizeBytes: 1_000_000_000,
      holders: [],
    })
    const before = of({ name: 'sda', partitions: [part('sda1', 1), part('sda2', 2)] })
    expect(changeOf(before, of({ name: 'sdb', partitions: [part('sdb1', 1)] }))).toEqual([
      'state: disk sdb partition 2 gone: 1 GB',
    ])
  })

  test('in what they hold name the format', () => {
    const holds = (name: string, uuid: string) => ({
      contents: [
        {
          device: 'nvme0n1',
          partitionTable: null,
          signatures: [
            { name, use: 'file-system', offsetBytes: 0, version: null, label: 'data', uuid },
          ],
        },
      ],
    })
    expect(changeOf(of({}, holds('ext4', 'a')), of({}, holds('xfs', 'b')))).toEqual([
      'state: contents of nvme0n1 gone: ext4 data',
      'state: contents of nvme0n1 new: xfs data',
    ])
  })
})

describe('changes of NICs', () => {
  const of = (changes: object) => ({
    nic: { ...nic, interfaces: [{ ...firstNic, ...changes }] },
  })

  test('in speed, carrier and firmware are told in their units', () => {
    const slower = { linkSpeedBitsPerSecond: 25_000_000_000, firmwareVersion: '22.35' }
    expect(changeOf(of({ firmwareVersion: '22.31' }), of(slower))).toEqual([
      'firmware: NIC eth0 firmware version 22.31 -> 22.35',
      'state: NIC eth0 link speed 25 Gbit/s, was 100 Gbit/s',
    ])
    expect(changeOf(of({}), of({ carrier: false }))).toEqual([
      'state: NIC eth0 carrier down, was up',
    ])
  })

  test('in the name the kernel gave and counters since boot are no news', () => {
    expect(changeOf(of({}), of({ name: 'ens1', carrierChangeCount: 9 }))).toEqual([])
  })
})

describe('changes of what manages and guards the machine', () => {
  test('in BMC firmware and addresses are told', () => {
    const id = {
      deviceId: 32,
      deviceRevision: 1,
      auxiliaryRevision: null,
      ipmiVersion: '2.0',
      available: true,
      manufacturerId: 674,
      manufacturer: 'Dell',
      productId: 256,
      functions: [],
    }
    const lan = {
      source: 'dhcp',
      netmask: null,
      gateway: null,
      mac: null,
      gatewayMac: null,
      vlan: null,
      ipv6: [],
    }
    const of = (firmwareVersion: string, address: string) => ({
      bmc: parseFacts('bmc', {
        ...blankFacts('bmc'),
        controllers: [
          {
            ...blankItem(bmcFacts.shape.controllers),
            device: '/dev/ipmi0',
            id: { ...id, firmwareVersion },
            channels: [{ number: 1, lan: { ...lan, address } }],
          },
        ],
      }),
    })
    expect(changeOf(of('2.80', '10.0.0.1'), of('2.81', '10.0.0.2'))).toEqual([
      'firmware: BMC firmware version 2.80 -> 2.81',
      'state: BMC channel 1 lan address 10.0.0.2, was 10.0.0.1',
    ])
  })

  test('in TPM firmware are told, in its registers only in detail', () => {
    const of = (firmwareVersion: string, digest: string) => ({
      tpm: parseFacts('tpm', {
        ...blankFacts('tpm'),
        tpms: [
          {
            ...blankItem(tpmFacts.shape.tpms),
            name: 'tpm0',
            firmwareVersion,
            registers: { sha256: { 0: digest } },
          },
        ],
      }),
    })
    expect(changeOf(of('7.85', 'aa'), of('7.86', 'bb'))).toEqual([
      'firmware: TPM tpm0 firmware version 7.85 -> 7.86',
      'detail: TPM tpm0 registers sha256 0 bb, was aa',
    ])
  })

  test('in Secure Boot are told in their words', () => {
    const of = (secureBoot: boolean) => ({
      security: parseFacts('security', { ...blankFacts('security'), secureBoot }),
    })
    expect(changeOf(of(true), of(false))).toEqual(['state: security secure boot off, was on'])
  })

  test('in sensors are no news', () => {
    const of = (temperatureCelsius: number) => ({
      sensors: parseFacts('sensors', {
        ...blankFacts('sensors'),
        thermalZones: [{ ...blankItem(sensorsFacts.shape.thermalZones), temperatureCelsius }],
      }),
    })
    expect(changeOf(of(30), of(80))).toEqual([])
  })

  test('in neighbours name port and switch', () => {
    const neighbor = (systemName: string, portId: string) => ({
      ...blankItem(neighborsFacts.shape.ports.element.shape.neighbors),
      chassisId: `${systemName}-id`,
      systemName,
      portId,
    })
    const of = (...neighbors: readonly object[]) => ({
      neighbors: parseFacts('neighbors', {
        settled: true,
        ports: [{ interface: 'eth0', mac: '52:54:00:00:00:01', neighbors }],
      }),
    })
    expect(changeOf(of(neighbor('leaf-1', 'Eth1/3')), of(neighbor('leaf-2', 'Eth1/3')))).toEqual([
      'state: port eth0 neighbour leaf-1 gone: Eth1/3',
      'state: port eth0 neighbour leaf-2 new: Eth1/3',
    ])
  })
})

describe('changes of memory', () => {
  test('in one DIMM name its slot, counters are no news', () => {
    const dimm = { ...blankItem(memoryFacts.shape.dimms), locator: 'A1', populated: true }
    const of = (changes: object, correctedCount: number) => ({
      memory: parseFacts('memory', {
        ...blankFacts('memory'),
        dimms: [{ ...dimm, sizeBytes: 2 ** 35, ...changes }],
        errorControllers: [
          { ...blankItem(memoryFacts.shape.errorControllers), name: 'mc0', correctedCount },
        ],
      }),
    })
    const before = of({ configuredSpeedMtPerS: 4800, serial: 'S-1' }, 0)
    expect(changeOf(before, of({ configuredSpeedMtPerS: 4400, serial: 'S-2' }, 9))).toEqual([
      'hardware: DIMM A1 serial S-2, was S-1',
      'state: DIMM A1 configured speed 4400 MT/s, was 4800 MT/s',
    ])
  })
})
