import { describe, expect, test } from 'vitest'
import { flatten, presentAttributes } from '../../../protocol/attributes.ts'
import { bmcFacts } from '../../../protocol/facts/bmc.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { nicFacts } from '../../../protocol/facts/nic.ts'
import { pciFacts } from '../../../protocol/facts/pci.ts'
import { storageFacts } from '../../../protocol/facts/storage.ts'
import { tpmFacts } from '../../../protocol/facts/tpm.ts'
import { blankFacts, blankItem } from '../facts/blank.ts'

function attributesOf(changes: Partial<Inventory>) {
  const machine = { ...emptyInventory, ...changes }
  return presentAttributes(
    flatten({ inventory: machine, benchmarks: [], findings: null, fabric: null, labels: {} }),
  )
}

describe('attributes of networks', () => {
  const port = { ...blankItem(nicFacts.shape.interfaces), pciAddress: '0000:41:00.0' }
  const device = {
    ...blankItem(pciFacts.shape.functions),
    address: '0000:41:00.0',
    vendorId: '15b3',
    deviceId: '101d',
    classCode: '020000',
  }
  const rdma = {
    ...blankItem(nicFacts.shape.rdmaDevices),
    name: 'mlx5_0',
    nodeGuid: '0123456789abcdef',
    hcaType: 'MT4129',
    boardId: 'MT_0000000838',
    firmwareVersion: '28.39.1002',
    ports: [
      {
        ...blankItem(nicFacts.shape.rdmaDevices.element.shape.ports),
        number: 1,
        state: 'active',
        linkLayer: 'infiniband',
        rateBitsPerSecond: 400_000_000_000,
        subnetPrefix: 'fe80000000000000',
      },
    ],
  }
  const told = {
    pci: parseFacts('pci', { ...blankFacts('pci'), functions: [device] }),
    nic: parseFacts('nic', {
      ...blankFacts('nic'),
      interfaces: [
        {
          ...port,
          name: 'ens1np0',
          driver: 'mlx5_core',
          firmwareVersion: '22.35.1012',
          carrier: true,
          linkModes: {
            supported: ['1000baseKX/Full', '100000baseSR4/Full', 'Autoneg'],
            advertised: [],
            partner: [],
          },
          rdmaDevices: ['mlx5_0'],
        },
        { ...port, name: 'eno1', pciAddress: null },
      ],
      rdmaDevices: [rdma],
    }),
  }

  test('tell firmware, fastest mode, PCI ids and RDMA of each interface', () => {
    const attributes = attributesOf(told)
    expect(attributes).toMatchObject({
      'nic.count': 2,
      'nic.linksUp': 1,
      'nic.drivers': ['mlx5_core'],
      'nic.firmware': ['22.35.1012'],
      'rdma.count': 1,
      'rdma.active': 1,
      'rdma.rateMax': '400Gbit/s',
    })
    expect(attributes['nics']).toMatchObject([
      { device: '15b3:101d', firmware: '22.35.1012', speedMax: '100Gbit/s', rdma: true },
      { rdma: false },
    ])
    expect(attributes['rdmaPorts']).toMatchObject([
      { model: 'MT4129', boardId: 'MT_0000000838', state: 'active', subnet: 'fe80000000000000' },
    ])
  })

  test('tell no ids of an interface that is on no known function', () => {
    const [first] = [attributesOf({ nic: told.nic })['nics']].flat()
    expect(first).not.toHaveProperty('device')
  })
})

describe('attributes of disks', () => {
  const disk = {
    ...blankItem(storageFacts.shape.disks),
    name: 'nvme0n1',
    model: 'Fast',
    health: {
      source: 'nvme',
      healthy: false,
      temperatureCelsius: 40,
      powerOnHours: 1000,
      powerCycleCount: 3,
      usedRatio: 0.93,
      spareRatio: 0.5,
      readBytes: 1,
      writtenBytes: 5e12,
      mediaErrorCount: 2,
      badSectorCount: null,
      warnings: ['spare-low'],
    },
  }
  const signature = { use: 'file-system', offsetBytes: 0, version: null, label: null, uuid: null }
  const storage = parseFacts('storage', {
    ...blankFacts('storage'),
    disks: [disk, { ...disk, name: 'sda', model: 'Slow', health: null }],
    contents: [
      { device: 'nvme0n1', partitionTable: null, signatures: [{ ...signature, name: 'zfs' }] },
    ],
  })

  test('tell health, wear, errors and contents of each and of all that tell', () => {
    const attributes = attributesOf({ storage })
    expect(attributes).toMatchObject({
      'storage.unhealthyDisks': 1,
      'storage.usedPercentMax': 93,
      'storage.mediaErrors': 2,
      'storage.holds': ['zfs'],
      'storage.models': ['Fast', 'Slow'],
      'storage.arraysDegraded': 0,
    })
    expect(attributes['disks']).toMatchObject([
      { healthy: false, usedPercent: 93, mediaErrors: 2, written: '5TB', holds: ['zfs'] },
      { holds: null },
    ])
  })

  test('tell no health where no disk was asked', () => {
    const silent = parseFacts('storage', { ...storage, disks: storage.disks.slice(1) })
    const known = Object.keys(attributesOf({ storage: silent }))
    expect(known).not.toContain('storage.unhealthyDisks')
    expect(known).not.toContain('storage.usedPercentMax')
  })
})

describe('attributes of TPM and BMC', () => {
  test('tell versions and whether the log agrees, and none where there is none', () => {
    const tpm = parseFacts('tpm', {
      ...blankFacts('tpm'),
      tpms: [
        {
          ...blankItem(tpmFacts.shape.tpms),
          version: '2.0',
          firmwareVersion: '7.85.4555.0',
          eventLog: {
            format: '2.0',
            sizeBytes: 1,
            eventCount: 1,
            eventCounts: {},
            replayed: {},
            agrees: { sha1: true, sha256: false },
          },
        },
      ],
    })
    expect(attributesOf({ tpm })).toMatchObject({
      'tpm.version': '2.0',
      'tpm.firmwareVersion': '7.85.4555.0',
      'tpm.logAgrees': false,
    })
    const none = attributesOf({ tpm: parseFacts('tpm', blankFacts('tpm')) })
    expect(none['tpm.version']).toBeNull()
    expect(none).not.toHaveProperty(['tpm.logAgrees'])
  })

  test('tell firmware and addresses of the BMC', () => {
    const controller = blankItem(bmcFacts.shape.controllers)
    const bmc = parseFacts('bmc', {
      ...blankFacts('bmc'),
      controllers: [
        {
          ...controller,
          id: {
            deviceId: 32,
            deviceRevision: 1,
            firmwareVersion: '2.81',
            auxiliaryRevision: null,
            ipmiVersion: '2.0',
            available: true,
            manufacturerId: 674,
            manufacturer: 'Dell',
            productId: 256,
            functions: [],
          },
          channels: [
            {
              number: 1,
              lan: {
                address: '10.0.0.9',
                source: 'dhcp',
                netmask: null,
                gateway: null,
                mac: '52:54:00:00:00:99',
                gatewayMac: null,
                vlan: null,
                ipv6: [],
              },
            },
          ],
        },
      ],
    })
    expect(attributesOf({ bmc })).toMatchObject({
      'bmc.firmwareVersion': '2.81',
      'bmc.manufacturer': 'Dell',
      'bmc.addresses': ['10.0.0.9'],
      'bmc.macs': ['52:54:00:00:00:99'],
    })
  })
})
