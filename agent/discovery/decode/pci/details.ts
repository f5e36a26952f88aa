import type { PciConfigSpace } from '../../../../protocol/facts/pci-config.ts'
import type { PciDetails } from '../../../../protocol/facts/pci-details.ts'

/** A function by itself: its rows in each list. */
export type FunctionDetails = Partial<PciDetails>

/** What the config space of the physical function at `address` adds to its facts. */
export function detailsOfSpace(address: string, space: PciConfigSpace): FunctionDetails {
  const find = (id: string) =>
    [...space.capabilities, ...space.extendedCapabilities].filter((one) => one.id === id)
  const first = (id: string) => find(id)[0]?.fields ?? null
  return {
    ...resizable(address, first('0015')),
    ...express(address, first('10'), space),
    ...serial(address, first('0003')),
    ...interrupts(address, first('11')),
    ...virtualization(address, first('0010')),
    ...accessControls(address, first('000d')),
    ...containment(address, first('001d')),
    ...cxl(
      address,
      find('0023').map(({ fields }) => fields),
    ),
    ...mailboxes(address, find('002e').length),
    ...encryption(address, first('0030')),
  }
}

type Fields = PciConfigSpace['capabilities'][number]['fields']

/** The value at `a.b`; undefined where there is none. */
function at(fields: unknown, path: string): unknown {
  let value = fields
  for (const name of path.split('.')) {
    value = isFields(value) ? value[name] : undefined
  }
  return value
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberAt(fields: unknown, path: string): number | null {
  const value = at(fields, path)
  return typeof value === 'number' ? value : null
}

function wordsAt(fields: unknown, path: string): string[] {
  const value = at(fields, path)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function resizable(address: string, fields: Fields): FunctionDetails {
  const bars = at(fields, 'bars')
  if (!Array.isArray(bars)) return {}
  const rows = bars.flatMap((bar: unknown) => {
    const index = numberAt(bar, 'baseAddressIndex')
    const sizeBytes = numberAt(bar, 'sizeBytes')
    const supported = at(bar, 'supportedSizesBytes')
    // Sizes past what a number holds are garbage: the address space is smaller.
    const sizes = (Array.isArray(supported) ? supported : []).filter(Number.isSafeInteger)
    return index === null || sizeBytes === null || !Number.isSafeInteger(sizeBytes)
      ? []
      : [{ address, index, sizeBytes, supportedSizesBytes: sizes }]
  })
  return { resizableRegions: rows }
}

function express(address: string, fields: Fields, space: PciConfigSpace): FunctionDetails {
  if (space.link === null || !address.endsWith('.0')) return {}
  const maximumPayloadBytes = numberAt(fields, 'deviceCapabilities.maximumPayloadBytes')
  const payloadBytes = numberAt(fields, 'deviceControl.payloadBytes')
  const readRequestBytes = numberAt(fields, 'deviceControl.readRequestBytes')
  if (maximumPayloadBytes === null || payloadBytes === null || readRequestBytes === null) return {}
  return { payloads: [{ address, maximumPayloadBytes, payloadBytes, readRequestBytes }] }
}

function serial(address: string, fields: Fields): FunctionDetails {
  const value = at(fields, 'serial')
  // All zeros or ones is a device whose maker left it out.
  const valid = typeof value === 'string' && !/^(0{16}|f{16})$/.test(value)
  return valid ? { serials: [{ address, serial: value }] } : {}
}

function interrupts(address: string, fields: Fields): FunctionDetails {
  const vectorCount = numberAt(fields, 'control.count')
  if (vectorCount === null) return {}
  return { interrupts: [{ address, vectorCount, enabled: at(fields, 'control.enabled') === true }] }
}

function virtualization(address: string, fields: Fields): FunctionDetails {
  const totalCount = numberAt(fields, 'totalCount')
  const count = numberAt(fields, 'count')
  const deviceId = at(fields, 'deviceId')
  if (totalCount === null || count === null || typeof deviceId !== 'string') return {}
  const enabled = at(fields, 'control.enabled') === true
  return { virtualization: [{ address, totalCount, count: enabled ? count : 0, deviceId }] }
}

function accessControls(address: string, fields: Fields): FunctionDetails {
  if (fields === null) return {}
  const supported = wordsAt(fields, 'supported')
  const enabled = wordsAt(fields, 'enabled')
  return { accessControls: [{ address, supported, enabled }] }
}

function containment(address: string, fields: Fields): FunctionDetails {
  const trigger = at(fields, 'control.trigger')
  if (typeof trigger !== 'string') return {}
  return {
    containment: [{ address, trigger, triggered: at(fields, 'status.triggered') === true }],
  }
}

const protocols = ['cache', 'io', 'memory'] as const

function cxl(address: string, found: readonly Fields[]): FunctionDetails {
  const device = found.find((fields) => at(fields, 'cxl.kind') === 'device')
  if (device === undefined || at(device, 'cxl.capability') === undefined) return {}
  const set = (register: string) =>
    protocols.filter((name) => at(device, `cxl.${register}.${name}`) === true)
  const capable = set('capability')
  const caches = capable.includes('cache')
  const deviceType = capable.includes('memory') ? (caches ? 2 : 3) : caches ? 1 : null
  const rangeCount = numberAt(device, 'cxl.capability.rangeCount') ?? 0
  return { cxl: [{ address, deviceType, capable, enabled: set('control'), rangeCount }] }
}

function mailboxes(address: string, mailboxCount: number): FunctionDetails {
  return mailboxCount === 0
    ? {}
    : { dataObjectExchange: [{ address, mailboxCount, protocols: [] }] }
}

function encryption(address: string, fields: Fields): FunctionDetails {
  const linkStreamCount = numberAt(fields, 'linkStreamCount')
  const selectiveStreamCount = numberAt(fields, 'selectiveStreamCount')
  if (linkStreamCount === null || selectiveStreamCount === null) return {}
  const teeLimited = at(fields, 'teeLimited') === true
  return { encryption: [{ address, linkStreamCount, selectiveStreamCount, teeLimited }] }
}
