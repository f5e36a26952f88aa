import type { NvmlArgument, NvmlBinding } from './binding.ts'

/** Where an nvmlPciInfo_t says a device is. */
export interface NvmlPciInfo {
  readonly address: string
  readonly vendorId: string
  readonly deviceId: string
  readonly subsystemVendorId: string
  readonly subsystemDeviceId: string
}

/**
 * nvmlPciInfo_t, 68 bytes: the old bus id (16 bytes), domain, bus, device, the two ids with the
 * device in their upper half, and the bus id (32 bytes). Null when the call gives none.
 */
export function readPciInfo(
  nvml: NvmlBinding,
  call: string,
  ...values: readonly NvmlArgument[]
): NvmlPciInfo | null {
  const info = nvml.structure(call, 68, null, ...values)
  if (info === null) return null
  const number = (index: number) => info.getUint32(16 + index * 4, true)
  const [domain, bus, device] = [hex(number(0), 4), hex(number(1), 2), hex(number(2), 2)]
  const text = /^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\.([0-7])/i.exec(busId(info))
  if (bus.length > 2 || device.length > 2) return null
  return {
    address: `${domain}:${bus}:${device}.${text?.[1] ?? '0'}`,
    vendorId: hex(number(3) & 0xffff, 4),
    deviceId: hex(number(3) >>> 16, 4),
    subsystemVendorId: hex(number(4) & 0xffff, 4),
    subsystemDeviceId: hex(number(4) >>> 16, 4),
  }
}

const decoder = new TextDecoder('latin1')

function busId(info: DataView): string {
  return decoder.decode(new Uint8Array(info.buffer, 36, 32))
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
