import type { usb as usbLibrary } from 'usb'
import { errorChain } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { UsbDeviceFacts } from '../../protocol/facts/usb.ts'
import { toHex } from './decode/integers.ts'

/** A device as the `usb` library sees it. */
export interface LibraryDevice {
  /** Kernel name, `1-2.3`; the library leaves root hubs out. */
  readonly path: string
  readonly vendorId: string
  readonly productId: string
  /** Values of its configurations with the classes of their interfaces; null: it could not be opened. */
  readonly configurations: readonly string[] | null
}

/** The library's answer, or why there is none. */
export type LibraryAnswer =
  | { readonly kind: 'devices'; readonly devices: readonly LibraryDevice[] }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Asks the library. Its native part unpacks itself into a temporary folder when it is imported, so
 * the import may fail where nothing is writable: that is an answer, not the end of the agent.
 */
export async function libraryDevices(): Promise<LibraryAnswer> {
  try {
    const { usb } = await import('usb')
    const devices = await usb.getDevices()
    return { kind: 'devices', devices: devices.map(describe) }
  } catch (error) {
    return { kind: 'failed', reason: errorChain(error) }
  }
}

/** Devices that only one side has, or that the sides describe differently. */
export function compareWithLibrary(
  ours: readonly UsbDeviceFacts[],
  answer: LibraryAnswer,
): readonly Finding[] {
  if (answer.kind === 'failed') {
    const message = `The USB library did not answer: ${answer.reason}`.slice(0, 1024)
    return [{ code: 'usb.library-failed', severity: 'info', subject: 'usb', message }]
  }
  const theirs = new Map(answer.devices.map((device) => [device.path, device]))
  const mine = new Map(
    ours.filter(({ path }) => !path.startsWith('usb')).map((device) => [device.path, device]),
  )
  const missing = [...theirs.keys()].filter((path) => !mine.has(path))
  return [
    ...missing.map((path) => difference(path, 'is known to the USB library alone')),
    ...[...mine.values()].flatMap((device) => {
      const other = theirs.get(device.path)
      if (other === undefined) return [difference(device.path, 'is unknown to the USB library')]
      return sameDevice(device, other)
        ? []
        : [difference(device.path, `is ${other.vendorId}:${other.productId} to the USB library`)]
    }),
  ]
}

function difference(path: string, what: string): Finding {
  return {
    code: 'usb.library-differs',
    severity: 'info',
    subject: path,
    message: `USB device ${path} ${what}`,
  }
}

function sameDevice(device: UsbDeviceFacts, other: LibraryDevice): boolean {
  if (device.vendorId !== other.vendorId || device.productId !== other.productId) return false
  if (other.configurations === null || device.configurations.length === 0) return true
  const own = device.configurations.map(({ value, interfaces }) =>
    summary(
      value,
      interfaces.map(({ number, classCode }) => `${number}:${classCode}`),
    ),
  )
  return own.join() === other.configurations.join()
}

function describe(device: Awaited<ReturnType<typeof usbLibrary.getDevices>>[number]) {
  return {
    path: `${Number(device.bus)}-${device.ports.join('.')}`,
    vendorId: toHex(device.vendorId, 4),
    productId: toHex(device.productId, 4),
    configurations: configurationsOf(device),
  }
}

/** Reading `configurations` opens the device, which may be gone or claimed by then. */
function configurationsOf(device: USBDevice): readonly string[] | null {
  try {
    return device.configurations.map(({ configurationValue, interfaces }) =>
      summary(
        configurationValue,
        interfaces.flatMap(({ interfaceNumber, alternates }) =>
          alternates.map(
            ({ interfaceClass, interfaceSubclass, interfaceProtocol }) =>
              `${interfaceNumber}:${[interfaceClass, interfaceSubclass, interfaceProtocol]
                .map((code) => toHex(code, 2))
                .join('')}`,
          ),
        ),
      ),
    )
  } catch {
    return null
  }
}

function summary(value: number, interfaces: readonly string[]): string {
  return `${value}(${interfaces.toSorted().join(' ')})`
}
