import type { DeviceQuestion } from '../device-question.ts'
import { absent, openDevice, setPointer, SystemError, unknown } from './libc.ts'

/** `_IOWR('N', 0x41, struct nvme_passthru_cmd)`, include/uapi/linux/nvme_ioctl.h. */
const NVME_IOCTL_ADMIN_CMD = 0xc0484e41
const commandSizeBytes = 72

/** Bits 10 to 0 of a completion's status: its type and code. */
const statusMask = 0x7ff

/** NVMe base specification 2.1 figures 103 and 104: the controller does not know what was asked. */
const unknownStatus: readonly number[] = [
  0x001, // invalid command opcode
  0x002, // invalid field in command
  0x00b, // invalid namespace or format
  0x109, // invalid log page
]

/** Sends an admin command; see `DeviceQuestion`. Without data the answer is completion dword 0. */
export function askNvme(
  question: Extract<DeviceQuestion, { readonly kind: 'nvme-admin' }>,
): Uint8Array | undefined {
  using device = openDevice(question.device, 'read')
  if (device === null) return undefined
  const data = new Uint8Array(question.lengthBytes)
  const command = new Uint8Array(commandSizeBytes)
  const view = new DataView(command.buffer)
  view.setUint8(0, question.opcode)
  view.setUint32(4, question.namespaceId, true)
  if (data.length > 0) setPointer(view, 24, data)
  view.setUint32(36, data.length, true)
  view.setUint32(40, question.commandDword10, true)
  view.setUint32(44, question.commandDword11, true)
  view.setUint32(56, question.commandDword14, true)
  // The time limit stays 0, the driver's own: when it passes, the driver resets the controller.
  const result = device.ioctl(NVME_IOCTL_ADMIN_CMD, command)
  if (result === 0) return data.length > 0 ? data : command.slice(68, 72)
  if (result < 0) {
    if (absent.includes(-result) || unknown.includes(-result)) return undefined
    throw new SystemError(`ask ${question.device}`, -result)
  }
  if (unknownStatus.includes(result & statusMask)) return undefined
  const status = (result & statusMask).toString(16).padStart(3, '0')
  throw new Error(
    `Cannot ask ${question.device}: NVMe command ${question.opcode} ended with status ${status}h`,
  )
}
