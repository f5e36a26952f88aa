import type { UsbDescriptorFile } from '../../../../protocol/facts/usb-descriptors.ts'
import { bytesOfHexText } from '../hex-text.ts'
import { decodeUsbDescriptors } from './descriptors.ts'

/** The descriptors of a USB device as bytes, or as hexadecimal text of the same bytes. */
export function decodeUsbFile(file: Uint8Array): UsbDescriptorFile {
  return decodeUsbDescriptors(bytesOfHexText(file) ?? file)
}
