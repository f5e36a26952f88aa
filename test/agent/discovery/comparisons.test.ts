import { expect, test } from 'vitest'
import { degradedLinks } from '../../../agent/discovery/probes/pci.ts'
import { kindOf } from '../../../agent/discovery/gpu/kind.ts'
import { sharedSerials } from '../../../agent/discovery/probes/storage.ts'
import { compareWithLibrary, type LibraryDevice } from '../../../agent/discovery/usb-library.ts'
import { parseFacts } from '../../../protocol/facts/inventory.ts'
import { machineFacts } from './machines.ts'

const facts = await machineFacts('qemu-q35-two-socket')
const { devices } = parseFacts('usb', facts['usb'])
const { functions } = parseFacts('pci', facts['pci'])
const { disks } = parseFacts('storage', facts['storage'])

const library: readonly LibraryDevice[] = [
  { path: '1-1', vendorId: '0409', productId: '55aa', configurations: ['1(0:090000)'] },
  { path: '1-1.1', vendorId: '0627', productId: '0001', configurations: ['1(0:030101)'] },
  { path: '2-2', vendorId: '46f4', productId: '0001', configurations: null },
]

function differences(answer: readonly LibraryDevice[]) {
  return compareWithLibrary(devices, { kind: 'devices', devices: answer })
}

test('USB library that agrees leaves no finding, whether it could open a device or not', () => {
  expect(differences(library)).toEqual([])
})

test('USB library that misses, adds or describes a device differently leaves a finding each', () => {
  const [hub, keyboard] = library
  if (hub === undefined || keyboard === undefined) throw new Error('want two devices')
  const changed = [hub, { ...keyboard, configurations: ['1(0:030102)'] }, { ...hub, path: '3-1' }]
  expect(differences(changed).map(({ subject }) => subject)).toEqual(['3-1', '1-1.1', '2-2'])
})

test('USB library that cannot be loaded leaves one finding and the facts as they are', () => {
  const findings = compareWithLibrary(devices, { kind: 'failed', reason: 'no native binding' })
  expect(findings.map(({ code }) => code)).toEqual(['usb.library-failed'])
})

/** The NVMe disk and the port above it, with the link of both as given. */
function pair(port: readonly [number, number], device: readonly [number, number, number, number]) {
  const [maxLaneWidth, maxSpeedGtPerS] = port
  const [laneWidth, ownWidth, speedGtPerS, ownSpeed] = device
  const link = { maxSpeedGtPerS, speedGtPerS, maxLaneWidth, laneWidth }
  return functions.flatMap((found) => {
    if (found.address === '0000:00:02.0') return [{ ...found, link }]
    if (found.address !== '0000:01:00.0') return []
    return [{ ...found, link: { ...link, maxLaneWidth: ownWidth, maxSpeedGtPerS: ownSpeed } }]
  })
}

test('link is degraded only below what both of its ends can do', () => {
  expect(degradedLinks(functions)).toEqual([])
  const codes = (found: ReturnType<typeof pair>) => degradedLinks(found).map(({ code }) => code)
  expect(codes(pair([4, 16], [4, 4, 16, 32]))).toEqual([])
  expect(codes(pair([4, 8], [4, 16, 8, 16]))).toEqual([])
  expect(codes(pair([4, 16], [2, 4, 16, 16]))).toEqual(['pci.link-narrow'])
  expect(codes(pair([4, 16], [4, 4, 2.5, 16]))).toEqual(['pci.link-slow'])
})

test('display adapter of a BMC or hypervisor is a console, not a GPU', () => {
  const of = (vendorId: string, deviceId: string, classCode: string) =>
    kindOf({ vendorId, deviceId, classCode })
  expect([
    of('1a03', '2000', '030000'),
    of('1002', '515e', '030000'),
    of('1002', '740f', '038000'),
    of('10de', '2330', '030200'),
    of('19e5', 'd802', '120000'),
  ]).toEqual(['console', 'console', 'gpu', 'gpu', 'accelerator'])
})

test('disks with one serial are told, disks without a serial are not alike', () => {
  expect(sharedSerials(disks)).toEqual([])
  const [first] = disks
  if (first === undefined) throw new Error('want a disk')
  const twin = { ...first, name: 'sdz' }
  expect(sharedSerials([...disks, twin]).map(({ code }) => code)).toEqual([
    'storage.duplicate-serial',
  ])
  const unnamed = { ...first, serial: null }
  expect(sharedSerials([unnamed, { ...unnamed, name: 'sdy' }])).toEqual([])
})
