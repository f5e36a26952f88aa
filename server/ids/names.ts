import type { PciNames, UsbNames } from '../../protocol/device-names.ts'
import type { IdList } from './id-list.ts'

/** Ids of a PCI function as facts have them. */
export interface PciIds {
  readonly vendorId: string
  readonly deviceId: string
  readonly subsystemVendorId: string | null
  readonly subsystemDeviceId: string | null
  /** Base class, subclass and programming interface. */
  readonly classCode: string
}

/** What the ids of a PCI function stand for. */
export function pciNames(list: IdList, ids: PciIds): PciNames {
  const { vendorId, deviceId, subsystemVendorId, subsystemDeviceId, classCode } = ids
  const device = `${vendorId}:${deviceId}`
  const subsystem = `${subsystemVendorId}:${subsystemDeviceId}`
  return {
    vendor: list.get(vendorId) ?? null,
    device: list.get(device) ?? null,
    subsystemVendor: subsystemVendorId === null ? null : (list.get(subsystemVendorId) ?? null),
    subsystem: list.get(`${device}:${subsystem}`) ?? null,
    class:
      list.get(`class ${classCode.slice(0, 4)}`) ??
      list.get(`class ${classCode.slice(0, 2)}`) ??
      null,
    programmingInterface: list.get(`class ${classCode}`) ?? null,
  }
}

/**
 * What the ids of a USB device, or of one of its interfaces, stand for. `classCode`: class, subclass
 * and protocol, six digits.
 */
export function usbNames(
  list: IdList,
  ids: { readonly vendorId: string; readonly productId: string; readonly classCode: string },
): UsbNames {
  const { vendorId, productId, classCode } = ids
  return {
    vendor: list.get(vendorId) ?? null,
    product: list.get(`${vendorId}:${productId}`) ?? null,
    class:
      list.get(`class ${classCode.slice(0, 4)}`) ??
      list.get(`class ${classCode.slice(0, 2)}`) ??
      null,
    protocol: list.get(`class ${classCode}`) ?? null,
  }
}
