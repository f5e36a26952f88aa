import { expect, test } from 'vitest'
import { lspciFault } from '../../../bench/score/lspci/faults.ts'
import { linesOfReport, linesOfSpace } from '../../../bench/score/lspci/report.ts'
import { decodePciSpace } from '../../../agent/discovery/decode/pci/space.ts'
import {
  expressEndpoint,
  madeSpace,
  type Patch,
  word,
} from '../../agent/discovery/decode/pci/made-space.ts'

/** What lspci would print of a made device, a line each. */
function printed(patches: readonly Patch[], vendor?: number): readonly string[] {
  const config = madeSpace(patches, vendor === undefined ? {} : { vendor })
  return [...linesOfSpace(decodePciSpace(config, '0000:01:00.0')).values()]
}

test('link below what the device can do is printed as lspci words it', () => {
  expect(printed([expressEndpoint])).toEqual(
    expect.arrayContaining([
      'LnkCap: Port #0, Speed 32GT/s, Width x16, ASPM not supported',
      'LnkSta: Speed 16GT/s (downgraded), Width x8 (downgraded)',
    ]),
  )
})

test('resizable base address is printed with all its sizes', () => {
  const register = [...word(0b111 << 4), ...word((1 << 5) | (1 << 8))]
  expect(printed([expressEndpoint, [0x100, 0x15, 0, 0, 0, ...register]])).toEqual(
    expect.arrayContaining([
      'v1 Physical Resizable BAR',
      'BAR 0: current size: 2MB, supported: 1MB 2MB 4MB',
    ]),
  )
})

test('virtio capability is printed with its place', () => {
  const common: Patch = [
    0x40,
    9,
    0,
    20,
    2,
    4,
    0,
    0,
    0,
    ...word(0x3000),
    ...word(0x1000),
    ...word(4),
  ]
  const config = madeSpace([common], { vendor: 0x1af4 })
  config.set([0x41, 0x10], 2)
  const lines = [...linesOfSpace(decodePciSpace(config, null)).values()]
  expect(lines).toEqual(
    expect.arrayContaining([
      'Vendor Specific Information: VirtIO: Notify',
      'BAR=4 offset=00003000 size=00001000 multiplier=00000004',
    ]),
  )
})

test('containment, 32 GT/s and CXL registers are printed', () => {
  const lines = printed([
    expressEndpoint,
    [0x100, 0x1d, 0, 0, 0, 0x20, 0x12, 2, 0, 3, 0, 1, 2],
    [
      0x200,
      0x2a,
      0,
      0,
      0,
      ...word(0x103),
      ...word(0x200),
      ...word(0x1f),
      ...word(0),
      ...word(0),
      ...word(0),
      ...word(0),
    ],
    [
      0x300,
      0x23,
      0,
      0,
      0,
      ...word(0x1e98 | (0x24 << 20)),
      8,
      0,
      0,
      0,
      ...word(0x0001_0101),
      ...word(0),
    ],
  ])
  expect(lines).toEqual(
    expect.arrayContaining([
      'DpcCap: IntMsgNum 0, RPExt+ PoisonedTLP- SwTrigger- RP PIO Log 2, DL_ActiveErr+',
      'DpcSta: Trigger+ Reason:01 INT- RPBusy- TriggerExt:00 RP PIO ErrPtr:00',
      'Source: 0201',
      'Phy32Cap: EqualizationBypass+ NoEqualizationNeeded+',
      'Modified TS Usage Mode: Alternate Protocol Negotiation',
      'Register Locator DVSEC',
      'Block1: BIR: bar1, ID: component registers, offset: 0000000000010000',
    ]),
  )
})

const report = `01:00.0 0200: 8086:1533 (rev 03) (prog-if 00 [None])
\tSubsystem: 15d9:1533
\tCapabilities: [40] Express (v2) Endpoint, IntMsgNum 0
\t\tDevCap:\tMaxPayload 512 bytes
\t\t\tExtTag- RBE+
\tCapabilities: [100 v2] Advanced Error Reporting
\tKernel driver in use: igb
`

test('report of lspci is read by function, capability and first words', () => {
  expect([...(linesOfReport(report).get('0000:01:00.0') ?? [])]).toEqual([
    ['head title', '0200: 8086:1533 (rev 03)'],
    ['head Subsystem', 'Subsystem: 15d9:1533'],
    ['head Kernel driver in use', 'Kernel driver in use: igb'],
    ['[40] title', 'Express (v2) Endpoint, IntMsgNum 0'],
    ['[40] DevCap', 'DevCap: MaxPayload 512 bytes'],
    ['[40] ExtTag', 'ExtTag- RBE+'],
    ['[100] title', 'v2 Advanced Error Reporting'],
  ])
})

test('only lines on which lspci is known to be wrong have a reason', () => {
  expect(lspciFault('[80] Link Frequency Capability 0', 'a', 'b')).toContain('HyperTransport')
  expect(lspciFault('head Region 1', null, 'Memory at <unassigned>')).toContain('64-bit')
  expect(lspciFault('head Region 1', 'Memory at 1000', 'Memory at 2000')).toBeUndefined()
  expect(lspciFault('[40] LnkSta', 'a', 'b')).toBeUndefined()
})
