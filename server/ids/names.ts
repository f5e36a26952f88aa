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

/** Names of a PCI function; null where the list has none. The ids are shown beside them always. */
export interface PciNames {
  readonly vendor: string | null
  readonly device: string | null
  readonly subsystemVendor: string | null
  readonly subsystem: string | null
  /** Of the subclass, else of the base class: `Ethernet controller`. */
  readonly class: string | null
  readonly programmingInterface: string | null
}

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

/** Names of a USB device or of one of its interfaces; null where the list has none. */
export interface UsbNames {
  readonly vendor: string | null
  readonly product: string | null
  /** Of the subclass, else of the class. */
  readonly class: string | null
  readonly protocol: string | null
}

/** `classCode`: class, subclass and protocol, six digits. */
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
