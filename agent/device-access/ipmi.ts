import type { DeviceQuestion } from '../device-question.ts'
import { absent, errno, openDevice, setPointer, SystemError } from './libc.ts'
import { hexBytes } from './may-ask.ts'

/** include/uapi/linux/ipmi.h, structures of a 64-bit kernel. */
const IPMICTL_SEND_COMMAND = 0x8028690d
const IPMICTL_RECEIVE_MSG_TRUNC = 0xc030690b
const requestSizeBytes = 40
const receiveSizeBytes = 48
/** struct ipmi_system_interface_addr: the BMC itself. */
const systemInterfaceAddress = new Uint8Array([0x0c, 0, 0, 0, 0x0f, 0, 0, 0])
/** struct ipmi_addr */
const maxAddressBytes = 40
const maxMessageBytes = 272
const typeResponse = 1

/** The kernel tries for this long at most, in steps of a second and more. */
const answerTimeoutMs = 4500
const maxStrayMessages = 16
const messageId = 1

/** Sends a request to the BMC and waits for its answer; see `DeviceQuestion`. */
export function askIpmi(
  question: Extract<DeviceQuestion, { readonly kind: 'ipmi' }>,
): Uint8Array | undefined {
  using device = openDevice(question.device, 'readWrite')
  if (device === null) return undefined
  const data = hexBytes(question.data) ?? new Uint8Array(0)
  const request = new Uint8Array(requestSizeBytes)
  const view = new DataView(request.buffer)
  setPointer(view, 0, systemInterfaceAddress)
  view.setUint32(8, systemInterfaceAddress.length, true)
  view.setBigInt64(16, BigInt(messageId), true)
  view.setUint8(24, question.netFunction)
  view.setUint8(25, question.command)
  view.setUint16(26, data.length, true)
  if (data.length > 0) setPointer(view, 32, data)
  const sent = device.ioctl(IPMICTL_SEND_COMMAND, request)
  if (sent < 0) {
    if (absent.includes(-sent) || -sent === errno.ENOTTY) return undefined
    throw new SystemError(`ask ${question.device}`, -sent)
  }
  for (let strays = 0; strays < maxStrayMessages; strays++) {
    if (!device.readable(answerTimeoutMs)) break
    const address = new Uint8Array(maxAddressBytes)
    const message = new Uint8Array(maxMessageBytes)
    const receive = new Uint8Array(receiveSizeBytes)
    const got = new DataView(receive.buffer)
    setPointer(got, 8, address)
    got.setUint32(16, address.length, true)
    got.setUint16(34, message.length, true)
    setPointer(got, 40, message)
    const result = device.ioctl(IPMICTL_RECEIVE_MSG_TRUNC, receive)
    if (result < 0 && -result !== errno.EMSGSIZE) {
      throw new SystemError(`hear ${question.device}`, -result)
    }
    const isAnswer = got.getInt32(0, true) === typeResponse
    if (!isAnswer || got.getBigInt64(24, true) !== BigInt(messageId)) continue
    return message.slice(0, Math.min(got.getUint16(34, true), message.length))
  }
  throw new Error(`Cannot ask ${question.device}: it did not answer in time`)
}
