import { expect, test } from 'vitest'
import { encodeCbor, scanCbor } from '../../protocol/cbor.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import { nicFacts } from '../../protocol/facts/nic.ts'
import { blankFacts, blankItem } from './facts/blank.ts'

const frameBytes = 512 * 1024
const limits = {
  highAlarm: 0.0035481,
  lowAlarm: 0.0000646,
  highWarning: 0.0028184,
  lowWarning: 0.00012,
}
const modes = [
  'Autoneg',
  'FIBRE',
  'Pause',
  'Asym_Pause',
  'Backplane',
  'FEC_NONE',
  'FEC_RS',
  'FEC_BASER',
  '1000baseKX',
  '10000baseKR',
  '10000baseCR',
  '10000baseSR',
  '25000baseCR',
  '25000baseSR',
  '50000baseCR',
  '50000baseSR',
  '100000baseKR4',
  '100000baseSR4',
  '100000baseCR4',
  '100000baseLR4_ER4',
  '200000baseKR4',
  '200000baseCR4',
  '400000baseSR8',
  '400000baseDR4',
].map((name) => (/^\d/.test(name) ? `${name}/Full` : name))

/** An optical module of eight lanes that reads everything and complains of some. */
const module = {
  standard: 'cmis',
  standardRevision: '5.2',
  identifier: '19',
  formFactor: 'OSFP',
  connector: 'MPO 1x12',
  vendor: 'NVIDIA',
  vendorOui: '48b02d',
  partNumber: 'MMA4Z00-NS400',
  revision: 'A4',
  serial: 'MT2345FT01234',
  manufactureDate: '2023-11-05',
  lotCode: '01',
  cleiCode: 'CMUIAH8AAA',
  firmwareVersion: '46.120',
  hardwareVersion: '1.2',
  compliance: [],
  applications: Array.from({ length: 6 }, () => ({
    hostInterfaceId: '50',
    hostInterface: '400GAUI-4-L C2M',
    mediaInterfaceId: '11',
    mediaInterface: '400GBASE-SR4',
    hostLaneCount: 4,
    mediaLaneCount: 4,
  })),
  transmitter: '850 nm VCSEL',
  encoding: null,
  signallingRateBaud: null,
  wavelengthNanometres: 850,
  lengths: [
    { medium: 'om4', metres: 50, orMore: false },
    { medium: 'om3', metres: 30, orMore: false },
  ],
  maxPowerWatts: 9,
  laneCount: 8,
  state: 'ready',
  monitors: {
    temperatureCelsius: 52.25390625,
    supplyVolts: 3.2812,
    rxPowerWatts: Array.from({ length: 8 }, () => 0.0012345),
    rxPowerKind: 'average',
    txPowerWatts: Array.from({ length: 8 }, () => 0.0012345),
    txBiasAmperes: Array.from({ length: 8 }, () => 0.0075),
    thresholds: {
      temperatureCelsius: limits,
      supplyVolts: limits,
      rxPowerWatts: limits,
      txPowerWatts: limits,
      txBiasAmperes: limits,
    },
    flags: ['rx-power-low-warning', 'rx-power-low-alarm', 'rx-loss', 'rx-unlocked'].map((name) => ({
      name,
      lanes: [1, 2, 3, 4, 5, 6, 7, 8],
    })),
  },
} as const

const portErrors = {
  symbol_error: 65_535,
  link_downed: 255,
  link_error_recovery: 255,
  port_rcv_errors: 65_535,
  port_xmit_wait: 4_294_967_295,
  port_xmit_discards: 65_535,
  out_of_sequence: 4_294_967_295,
  rx_icrc_encapsulated: 4_294_967_295,
}

function rdmaDevice(index: number) {
  return {
    ...blankItem(nicFacts.shape.rdmaDevices),
    name: `mlx5_${index}`,
    nodeType: 'ca',
    nodeGuid: '9c0591030012abcd',
    systemImageGuid: '9c0591030012abcc',
    nodeDescription: `gpu-node-17 mlx5_${index}`,
    firmwareVersion: '28.39.1002',
    hardwareRevision: '0',
    hcaType: 'MT4129',
    boardId: 'MT_0000000838',
    driver: 'mlx5_core',
    pciAddress: '0000:18:00.0',
    interfaces: [`ens${index}f0np0`],
    ports: [
      {
        number: 1,
        state: 'active',
        physicalState: 'link-up',
        linkLayer: 'ethernet',
        rateBitsPerSecond: 400_000_000_000,
        laneWidth: 4,
        speedName: 'NDR',
        lid: 1234,
        subnetManagerLid: 1,
        capabilityMask: 'a751e848',
        subnetPrefix: 'fe80000000000000',
        gids: [0, 1, 2, 3].map((gid) => ({
          index: gid,
          gid: 'fe800000000000009e0591fffe12abcd',
          type: gid % 2 === 0 ? 'roce-v1' : 'roce-v2',
          interface: `ens${index}f0np0`,
        })),
        errorCounts: portErrors,
        unkeptCounters: [],
      },
    ],
  }
}

test('facts of 64 ports with modules and 256 RDMA devices fit one frame', () => {
  const facts = parseFacts('nic', {
    ...blankFacts('nic'),
    interfaces: Array.from({ length: 64 }, (_, index) => ({
      ...blankItem(nicFacts.shape.interfaces),
      name: `ens${index}f0np0`,
      mac: '9c:05:91:12:ab:cd',
      macAssignment: 'permanent',
      linkTypeCode: 1,
      operationalState: 'up',
      carrier: true,
      carrierChangeCount: 12,
      carrierUpCount: 6,
      carrierDownCount: 6,
      linkSpeedBitsPerSecond: 400_000_000_000,
      duplex: 'full',
      mtuBytes: 9000,
      master: 'bond0',
      linkType: 'ethernet',
      driver: 'mlx5_core',
      driverVersion: '24.10-1.1.4',
      firmwareVersion: '28.39.1002 (MT_0000000838)',
      expansionRomVersion: null,
      pciAddress: '0000:18:00.0',
      numaNode: 1,
      portIndex: 0,
      deviceId: 0,
      physicalPortName: 'p0',
      physicalPortId: null,
      physicalSwitchId: '9c0591030012abcd',
      port: 'fibre',
      autonegotiation: true,
      linkModes: { supported: modes, advertised: modes, partner: modes },
      forwardErrorCorrection: { configured: ['auto'], active: ['rs'] },
      sriov: { totalVirtualFunctionCount: 127, virtualFunctionCount: 16 },
      rdmaDevices: [0, 1, 2, 3].map((each) => `mlx5_${index * 4 + each}`),
      module,
    })),
    rdmaDevices: Array.from({ length: 256 }, (_, index) => rdmaDevice(index)),
  })
  const frame = encodeCbor(facts)
  expect(frame.length).toBeLessThan(frameBytes)
  expect(() => scanCbor(frame)).not.toThrow()
})
