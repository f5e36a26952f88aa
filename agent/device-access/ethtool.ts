import type { DeviceQuestion } from '../device-question.ts'
import { errno, openSocket, setPointer, SystemError, unknown } from './libc.ts'
import { hexBytes } from './may-ask.ts'

/** include/uapi/linux/sockios.h */
const SIOCETHTOOL = 0x8946
const interfaceNameBytes = 16
const requestSizeBytes = 40

/**
 * For strings and statistics the kernel writes as many as the driver has, whatever the request says.
 * The largest known driver has 20,000 of them with 32 bytes each.
 */
const kernelMayWriteBytes = 4 * 1024 * 1024

/** Asks an interface; see `DeviceQuestion`. */
export function askEthtool(
  question: Extract<DeviceQuestion, { readonly kind: 'ethtool' }>,
): Uint8Array | undefined {
  using socket = openSocket()
  const structure = new Uint8Array(kernelMayWriteBytes)
  structure.set(hexBytes(question.request) ?? new Uint8Array(0))
  const request = new Uint8Array(requestSizeBytes)
  request.set(new TextEncoder().encode(question.device).subarray(0, interfaceNameBytes - 1))
  setPointer(new DataView(request.buffer), interfaceNameBytes, structure)
  const result = socket.ioctl(SIOCETHTOOL, request)
  if (result >= 0) return structure.slice(0, question.lengthBytes)
  if (-result === errno.ENODEV || unknown.includes(-result)) return undefined
  throw new SystemError(`ask interface ${question.device}`, -result)
}
