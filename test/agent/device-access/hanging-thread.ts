import { dlopen } from 'bun:ffi'
import { parentPort } from 'node:worker_threads'
import type { DeviceQuestion } from '../../../agent/device-question.ts'

/**
 * A lane's thread whose device `/dev/sdh` hangs in the C library until the program ends, as a driver
 * does in the kernel; every other device answers with its own name.
 */
const { symbols: libc } = dlopen('libc.so.6', { sleep: { args: ['u32'], returns: 'u32' } })

parentPort?.on('message', ({ device }: DeviceQuestion) => {
  if (device === '/dev/sdh') libc.sleep(600)
  if (device === '/dev/sdx') throw new Error('this thread dies')
  const bytes = new TextEncoder().encode(device)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ kind: 'bytes', bytes })
})
