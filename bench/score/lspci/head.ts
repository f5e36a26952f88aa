import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'
import { signs } from './template.ts'

/** The lines of a function before its capabilities, as `lspci -n -vvv` prints them from a dump. */
export function headLines(space: PciConfigSpace): readonly string[] {
  const { subsystem, headerType } = space
  return [
    identity(space),
    ...(subsystem === null || subsystem.vendorId === '0000' || subsystem.vendorId === 'ffff'
      ? []
      : [`Subsystem: ${subsystem.vendorId}:${subsystem.deviceId}`]),
    ...invalidHeader(space),
    ...(headerType > 2 ? [] : common(space)),
    ...(headerType === 0 ? [...regions(space), ...romLine(space)] : []),
    ...(headerType === 1 ? bridgeLines(space) : []),
    ...(headerType === 2 ? cardLines(space) : []),
    // With 64 bytes there is a list that nobody but root may read.
    ...(space.lengthBytes < 256 && headerType < 2 && space.status.includes('capabilities')
      ? ['Capabilities: <access denied>']
      : []),
  ]
}

function identity(space: PciConfigSpace): string {
  const { classCode, vendorId, deviceId, revision } = space
  const interfaceCode = classCode.slice(4)
  return [
    `${classCode.slice(0, 4)}: ${vendorId}:${deviceId}`,
    ...(revision === '00' ? [] : [`(rev ${revision})`]),
    ...(interfaceCode === '00' ? [] : [`(prog-if ${interfaceCode})`]),
  ].join(' ')
}

function invalidHeader({ headerType, classCode }: PciConfigSpace): readonly string[] {
  const code = classCode.slice(0, 4)
  const type = headerType.toString(16).padStart(2, '0')
  if (headerType > 2) return [`!!! Unknown header type ${type}`]
  const wrong = headerType === 0 ? code === '0604' : !code.startsWith('06')
  return wrong ? [`!!! Invalid class ${code} for header type ${type}`] : []
}

const commands = {
  'I/O': 'io',
  Mem: 'memory',
  BusMaster: 'bus-master',
  SpecCycle: 'special-cycles',
  MemWINV: 'memory-write-and-invalidate',
  VGASnoop: 'vga-palette-snoop',
  ParErr: 'parity-error-response',
  Stepping: 'stepping',
  SERR: 'system-error',
  FastB2B: 'fast-back-to-back',
  DisINTx: 'interrupt-disabled',
}
const selections = { fast: 'fast', medium: 'medium', slow: 'slow', reserved: '??' } as const

function statusText(status: readonly string[], select: keyof typeof selections): string {
  const bus = { '66MHz': '66-mhz' }
  const first = { FastB2B: 'fast-back-to-back', ParErr: 'parity-error' }
  const aborts = {
    '>TAbort': 'signaled-target-abort',
    '<TAbort': 'received-target-abort',
    '<MAbort': 'received-master-abort',
  }
  return `${signs(status, bus)} @${signs(status, first)} DEVSEL=${selections[select]} ${signs(status, aborts)}`
}

function common(space: PciConfigSpace): readonly string[] {
  const { status, command } = space
  const state = statusText(status, space.deviceSelect).replace(
    '@',
    `${signs(status, { UDF: 'user-definable' })} `,
  )
  const ends = signs(status, {
    '>SERR': 'signaled-system-error',
    '<PERR': 'detected-parity-error',
    INTx: 'interrupt',
  })
  const pin = space.interruptPin ?? '?'
  const routed = space.interruptPin !== null || space.interruptLine !== 0
  return [
    `Control: ${signs(command, commands)}`,
    `Status: ${signs(status, { Cap: 'capabilities' })} ${state} ${ends}`,
    ...(command.includes('bus-master') ? [latency(space)] : []),
    ...(routed ? [`Interrupt: pin ${pin} routed to IRQ ${space.interruptLine}`] : []),
    ...(space.selfTest === null
      ? []
      : [
          space.selfTest.running
            ? 'BIST is running'
            : `BIST result: ${hex(space.selfTest.completionCode, 2)}`,
        ]),
  ]
}

function latency(space: PciConfigSpace): string {
  const least = space.minimumGrantNanoseconds ?? 0
  const most = space.maximumLatencyNanoseconds ?? 0
  const bounds = [
    ...(least === 0 ? [] : [`${least}ns min`]),
    ...(most === 0 ? [] : [`${most}ns max`]),
  ]
  const range = bounds.length === 0 ? '' : ` (${bounds.join(', ')})`
  const line = space.cacheLineSizeBytes
  return `Latency: ${space.latencyTimer}${range}${line === 0 ? '' : `, Cache Line Size: ${line} bytes`}`
}

/** The regions of a function. */
export function regions({ baseAddresses, command }: PciConfigSpace): readonly string[] {
  return baseAddresses.map((one) => {
    const digits = one.address.slice(2)
    const enabled = command.includes(one.kind === 'io' ? 'io' : 'memory')
    const off = enabled ? '' : ' [disabled]'
    if (one.kind === 'io') {
      const place = digits === '0' && !enabled ? '<unassigned>' : digits.padStart(4, '0')
      return `Region ${one.index}: I/O ports at ${place}${off}`
    }
    const place = digits === '0' ? '<unassigned>' : digits.padStart(8, '0')
    const width =
      one.widthBits === null ? 'type 3' : one.widthBits === 20 ? 'low-1M' : `${one.widthBits}-bit`
    const kind = one.prefetchable ? 'prefetchable' : 'non-prefetchable'
    return `Region ${one.index}: Memory at ${place} (${width}, ${kind})${off}`
  })
}

function romLine({ rom, command }: PciConfigSpace): readonly string[] {
  if (rom === null) return []
  const place = rom.address === null ? '<unassigned>' : rom.address.slice(2)
  const state = !rom.enabled
    ? ' [disabled]'
    : command.includes('memory')
      ? ''
      : ' [disabled by cmd]'
  return [`Expansion ROM at ${place}${state}`]
}

const windowNames = {
  io: 'I/O behind bridge',
  memory: 'Memory behind bridge',
  'prefetchable-memory': 'Prefetchable memory behind bridge',
} as const

const bridgeControls = {
  Parity: 'parity-error-response',
  SERR: 'system-error',
  NoISA: 'isa-disabled',
  VGA: 'vga',
  VGA16: 'vga-16-bit',
  MAbort: 'master-abort',
  '>Reset': 'bus-reset',
  FastB2B: 'fast-back-to-back',
}
const discardTimers = {
  PriDiscTmr: 'primary-discard-timer',
  SecDiscTmr: 'secondary-discard-timer',
  DiscTmrStat: 'discard-timer-status',
  DiscTmrSERREn: 'discard-timer-system-error',
}

function bridgeLines(space: PciConfigSpace): readonly string[] {
  const { bridge } = space
  if (bridge === null) return []
  const state = statusText(bridge.secondaryStatus, bridge.secondaryDeviceSelect).replace('@', '')
  const ends = signs(bridge.secondaryStatus, {
    '<SERR': 'signaled-system-error',
    '<PERR': 'detected-parity-error',
  })
  return [
    ...regions(space),
    busLine(bridge),
    ...bridge.windows.map((one) => `${windowNames[one.kind]}: ${windowText(one)}`),
    `Secondary status: ${state} ${ends}`,
    ...romLine(space),
    `BridgeCtl: ${signs(bridge.control, bridgeControls)}`,
    signs(bridge.control, discardTimers),
  ]
}

type Bridge = NonNullable<PciConfigSpace['bridge']>

function busLine(bridge: Bridge): string {
  const bus = (number: number) => hex(number, 2)
  return `Bus: primary=${bus(bridge.primaryBus)}, secondary=${bus(bridge.secondaryBus)}, subordinate=${bus(bridge.subordinateBus)}, sec-latency=${bridge.secondaryLatencyTimer}`
}

function windowText({ base, limit, widthBits }: Bridge['windows'][number]): string {
  const digits = (address: string) => address.slice(2).padStart(widthBits / 4, '0')
  const size = BigInt(limit) - BigInt(base) + 1n
  const state = size > 0n ? ` [size=${sizeText(size)}]` : ' [disabled]'
  return `${digits(base)}-${digits(limit)}${state} [${widthBits}-bit]`
}

/** `4K`, `1M`: in the largest unit that leaves no rest. */
export function sizeText(bytes: bigint): string {
  const units = ['', 'K', 'M', 'G', 'T'] as const
  let value = bytes
  let unit = 0
  while (unit < units.length - 1 && value % 1024n === 0n) {
    value /= 1024n
    unit++
  }
  return `${value}${units[unit] ?? ''}`
}

const cardControls = {
  Parity: 'parity-error-response',
  SERR: 'system-error',
  ISA: 'isa',
  VGA: 'vga',
  MAbort: 'master-abort',
  '>Reset': 'bus-reset',
  '16bInt': 'interrupt-16-bit',
  PostWrite: 'write-posting',
}

function cardLines(space: PciConfigSpace): readonly string[] {
  const { bridge, command } = space
  if (bridge === null) return []
  const windows = bridge.windows.map((one, index) => {
    const digits = (address: string) => address.slice(2).padStart(8, '0')
    const off = command.includes(one.kind === 'io' ? 'io' : 'memory') ? '' : ' [disabled]'
    const kind = one.kind === 'prefetchable-memory' ? ' (prefetchable)' : ''
    const label = one.kind === 'io' ? 'I/O window' : 'Memory window'
    return `${label} ${index % 2}: ${digits(one.base)}-${digits(one.limit)}${off}${kind}`
  })
  return [
    ...regions(space),
    busLine(bridge),
    ...windows,
    ...(bridge.secondaryStatus.includes('signaled-system-error') ? ['Secondary status: SERR'] : []),
    `BridgeCtl: ${signs(bridge.control, cardControls)}`,
    ...(space.lengthBytes < 128 ? ['<access denied to the rest>'] : []),
    ...(bridge.legacyPorts === null
      ? []
      : [`16-bit legacy interface ports at ${bridge.legacyPorts.slice(2)}`]),
  ]
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
