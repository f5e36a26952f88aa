import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

const name = z.string().nullable()

/** Names of a PCI function; null where the server's list has none. */
export const pciNamesSchema = z.object({
  vendor: name,
  device: name,
  subsystemVendor: name,
  subsystem: name,
  /** Of the subclass, else of the base class: `Ethernet controller`. */
  class: name,
  programmingInterface: name,
})

/** Names of a USB device; null where the server's list has none. */
export const usbNamesSchema = z.object({
  vendor: name,
  product: name,
  /** Of the subclass, else of the class. */
  class: name,
  protocol: name,
})

/**
 * What the ids of a machine's devices stand for, out of the server's pci.ids and usb.ids. Facts carry
 * ids alone: a list that is missing or old costs names and hides no device.
 */
export const deviceNamesSchema = z.object({
  /** By address of the function. */
  pci: z.record(z.string(), pciNamesSchema),
  /** By the kernel's name of the device, `1-2.3`. */
  usb: z.record(z.string(), usbNamesSchema),
})

export type PciNames = Frozen<z.infer<typeof pciNamesSchema>>
export type UsbNames = Frozen<z.infer<typeof usbNamesSchema>>
export type DeviceNames = Frozen<z.infer<typeof deviceNamesSchema>>

/** Of a server that has no lists. */
export const noDeviceNames: DeviceNames = { pci: {}, usb: {} }

/** `Mellanox Technologies MT2892 Family [ConnectX-6 Dx]`, or the ids where they have no name. */
export function pciNameText(
  ids: { readonly vendorId: string; readonly deviceId: string },
  names: Pick<PciNames, 'vendor' | 'device'> | undefined,
): string {
  const { vendor = null, device = null } = names ?? {}
  if (vendor === null && device === null) return `${ids.vendorId}:${ids.deviceId}`
  return `${vendor ?? ids.vendorId} ${device ?? `device ${ids.deviceId}`}`
}
