import { expect, test } from 'vitest'
import {
  moduleAlarms,
  portErrors,
  portsDown,
  slowLink,
} from '../../../../agent/discovery/nic/findings.ts'
import { decodeModuleFile } from '../../../../agent/discovery/decode/module/file.ts'
import { nicFacts } from '../../../../protocol/facts/nic.ts'
import { blankItem } from '../../../protocol/facts/blank.ts'
import { qsfpMemory } from '../../../../bench/fuzz/module-memory.ts'

const plain = nicFacts.shape.interfaces.element.parse(blankItem(nicFacts.shape.interfaces))
const modes = ['10000baseSR/Full', '25000baseSR/Full', '100000baseSR4/Full', 'FIBRE']

function link(speedMegabits: number, partner: readonly string[]) {
  const linkModes = { supported: modes, advertised: modes, partner }
  return { ...plain, carrier: true, linkSpeedBitsPerSecond: speedMegabits * 1e6, linkModes }
}

test('link is slow below what both ends can do, and noted below what this end can', () => {
  const severities = (found: Parameters<typeof slowLink>[0]) =>
    slowLink(found).map(({ severity }) => severity)
  expect(severities(link(25_000, modes))).toEqual(['warning'])
  expect(severities(link(25_000, ['25000baseSR/Full']))).toEqual([])
  expect(severities(link(25_000, []))).toEqual(['info'])
  expect(severities(link(100_000, []))).toEqual([])
  expect(severities({ ...link(10_000, modes), carrier: false })).toEqual([])
  expect(severities({ ...link(10_000, modes), linkModes: null })).toEqual([])
})

function withModule(carrier: boolean, memory: Uint8Array) {
  return { ...plain, carrier, module: decodeModuleFile(memory).module }
}

test('module is judged by what it reads now, not by flags of the time before the link', () => {
  const latched = { 3: 0xff, 6: 0xf0, 9: 0xff, 10: 0xff }
  const sound = { 34: [6000, 5500, 7000, 6500] }
  expect(moduleAlarms(withModule(true, qsfpMemory({ bytes: latched, words: sound })))).toEqual([])
  expect(moduleAlarms(plain)).toEqual([])
})

test('module whose lanes are all dark is a warning, of some a note', () => {
  const dark = (powers: readonly number[]) =>
    moduleAlarms(withModule(true, qsfpMemory({ words: { 34: powers } })))
  expect(dark([10, 10, 10, 10])).toMatchObject([
    {
      severity: 'warning',
      message: 'Transceiver module: rx-power-low-alarm (lane 1, 2, 3, 4)',
    },
  ])
  expect(dark([6000, 10, 700, 6000])).toMatchObject([
    {
      severity: 'info',
      message: 'Transceiver module: rx-power-low-alarm (lane 2); rx-power-low-warning (lane 3)',
    },
  ])
})

test('module without a link is not asked for light, but for its temperature', () => {
  const hot = { 22: [81 * 256], 34: [0, 0, 0, 0] }
  expect(moduleAlarms(withModule(false, qsfpMemory({ words: hot })))).toMatchObject([
    { severity: 'warning', message: 'Transceiver module: temperature-high-alarm' },
  ])
})

test('module that tells no limits is believed its flags', () => {
  const flags = { 2: 4, 6: 0x20, 9: 0x04 }
  const found = withModule(true, qsfpMemory({ bytes: flags }))
  expect(moduleAlarms(found)).toMatchObject([
    {
      severity: 'info',
      message: 'Transceiver module: temperature-high-warning; rx-power-low-alarm (lane 2)',
    },
  ])
  expect(moduleAlarms({ ...found, carrier: false })).toMatchObject([
    { message: 'Transceiver module: temperature-high-warning' },
  ])
})

const blankDevice = nicFacts.shape.rdmaDevices.element.parse(blankItem(nicFacts.shape.rdmaDevices))
const port = {
  number: 1,
  state: 'active',
  physicalState: 'link-up',
  linkLayer: 'infiniband',
  rateBitsPerSecond: null,
  laneWidth: null,
  speedName: null,
  lid: null,
  subnetManagerLid: null,
  capabilityMask: null,
  subnetPrefix: null,
  gids: [],
  errorCounts: { link_downed: 2, port_xmit_wait: 100 },
  unkeptCounters: [],
} as const

test('InfiniBand port with a signal and without a subnet manager is down', () => {
  const down = (changes: object) =>
    portsDown({ ...blankDevice, ports: [{ ...port, ...changes }] }).length
  expect(down({ state: 'init' })).toBe(1)
  expect(down({})).toBe(0)
  expect(down({ state: 'down', physicalState: 'polling' })).toBe(0)
  expect(down({ state: 'init', linkLayer: 'ethernet' })).toBe(0)
})

test('errors of a link are noted, waiting for a turn is none', () => {
  expect(portErrors({ ...blankDevice, ports: [port] })).toMatchObject([
    { severity: 'info', message: 'Link errors counted: link_downed 2' },
  ])
  const waited = { ...port, errorCounts: { port_xmit_wait: 100 } }
  expect(portErrors({ ...blankDevice, ports: [waited] })).toEqual([])
})
