import type { DeviceQuestion } from '../device-question.ts'
import { absent, openDevice, setPointer, SystemError, unknown } from './libc.ts'
import { hexBytes } from './may-ask.ts'

/** include/scsi/sg.h */
const SG_IO = 0x2285
const headerSizeBytes = 88
const SG_DXFER_NONE = -1
const SG_DXFER_FROM_DEV = -3

/**
 * When the kernel gives a command up it resets the device, so this is far longer than anybody waits
 * for the answer.
 */
const kernelTimeoutMs = 60_000
const maxSenseBytes = 64

/** After a reset each initiator is told so once, instead of an answer. */
const maxTries = 3

const statusCheckCondition = 0x02
const senseKey = {
  none: 0,
  recovered: 1,
  notReady: 2,
  illegalRequest: 5,
  unitAttention: 6,
} as const
const mediumNotPresent = 0x3a

/** Sends a command; see `DeviceQuestion`. Without data the answer is the sense data. */
export function askScsi(
  question: Extract<DeviceQuestion, { readonly kind: 'scsi' }>,
): Uint8Array | undefined {
  using device = openDevice(question.device, 'read')
  if (device === null) return undefined
  const command = hexBytes(question.command) ?? new Uint8Array(0)
  for (let tries = 1; ; tries++) {
    const data = new Uint8Array(question.lengthBytes)
    const sense = new Uint8Array(maxSenseBytes)
    const header = requestHeader(command, data, sense)
    const result = device.ioctl(SG_IO, header)
    if (result < 0) {
      if (absent.includes(-result) || unknown.includes(-result)) return undefined
      throw new SystemError(`ask ${question.device}`, -result)
    }
    const reply = replyOf(header, data, sense)
    if (reply.kind === 'attention' && tries < maxTries) continue
    if (reply.kind === 'answer') return reply.bytes
    if (reply.kind === 'unknown') return undefined
    const message =
      reply.kind === 'failed' ? reply.message : 'it asks for attention again and again'
    throw new Error(`Cannot ask ${question.device} for ${question.command}: ${message}`)
  }
}

/** struct sg_io_hdr of a 64-bit kernel. */
function requestHeader(command: Uint8Array, data: Uint8Array, sense: Uint8Array): Uint8Array {
  const header = new Uint8Array(headerSizeBytes)
  const view = new DataView(header.buffer)
  view.setInt32(0, 'S'.charCodeAt(0), true)
  view.setInt32(4, data.length === 0 ? SG_DXFER_NONE : SG_DXFER_FROM_DEV, true)
  view.setUint8(8, command.length)
  view.setUint8(9, sense.length)
  view.setUint32(12, data.length, true)
  if (data.length > 0) setPointer(view, 16, data)
  setPointer(view, 24, command)
  setPointer(view, 32, sense)
  view.setUint32(40, kernelTimeoutMs, true)
  return header
}

type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'attention' }
  | { readonly kind: 'failed'; readonly message: string }

/** What a finished SG_IO header says: SAM-6 status, SPC-6 §4.4 sense data. */
export function replyOf(header: Uint8Array, data: Uint8Array, sense: Uint8Array): Reply {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const status = view.getUint8(64)
  const senseLength = Math.min(view.getUint8(67), sense.length)
  const hostStatus = view.getUint16(68, true)
  const residual = view.getInt32(72, true)
  if (hostStatus !== 0) {
    return { kind: 'failed', message: `the host adapter gave up with status ${hostStatus}` }
  }
  const written = sense.slice(0, senseLength)
  const kept = Math.max(0, Math.min(data.length, data.length - residual))
  const answer = {
    kind: 'answer',
    bytes: data.length === 0 ? written : data.slice(0, kept),
  } as const
  if (status === 0) return answer
  if (status !== statusCheckCondition) {
    return { kind: 'failed', message: `status ${status.toString(16)}h` }
  }
  const { key, code, qualifier } = senseOf(written)
  // ATA registers come back as "recovered": ATA PASS-THROUGH with CK_COND, SAT-5 §12.2.5.
  if (key === senseKey.none || key === senseKey.recovered) return answer
  if (key === senseKey.illegalRequest) return { kind: 'unknown' }
  if (key === senseKey.unitAttention) return { kind: 'attention' }
  if (key === senseKey.notReady) {
    if (data.length === 0) return answer
    if (code === mediumNotPresent) return { kind: 'unknown' }
  }
  const words = [key, code, qualifier].map((value) => value.toString(16).padStart(2, '0'))
  return { kind: 'failed', message: `sense ${words.join('/')}` }
}

/** Key, additional code and its qualifier of fixed (70h, 71h) or descriptor (72h, 73h) sense data. */
function senseOf(sense: Uint8Array) {
  const [format = 0, second = 0, third = 0, fourth = 0] = sense
  const isDescriptor = (format & 0x7f) >= 0x72
  return isDescriptor
    ? { key: second & 0x0f, code: third, qualifier: fourth }
    : { key: third & 0x0f, code: sense[12] ?? 0, qualifier: sense[13] ?? 0 }
}
