import type { DeviceQuestion } from '../device-question.ts'
import { openDevice } from './libc.ts'
import { hexBytes } from './may-ask.ts'

/** Capabilities come at once; a slow TPM may still be busy with its self test. */
const answerTimeoutMs = 8000

/** Sends a command through the kernel's resource manager and waits; see `DeviceQuestion`. */
export function askTpm(
  question: Extract<DeviceQuestion, { readonly kind: 'tpm' }>,
): Uint8Array | undefined {
  using device = openDevice(question.device, 'readWrite')
  if (device === null) return undefined
  const command = hexBytes(question.command) ?? new Uint8Array(0)
  device.write(command)
  if (!device.readable(answerTimeoutMs)) {
    throw new Error(`Cannot ask ${question.device}: it did not answer in time`)
  }
  return device.read(question.lengthBytes)
}
