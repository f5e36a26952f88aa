import { parentPort } from 'node:worker_threads'
import type { DeviceQuestion } from '../device-question.ts'
import { answerTo } from './answer.ts'
import type { LaneReply } from './lane.ts'

/** The thread of a lane: one question after the other, each for as long as the device takes. */
parentPort?.on('message', (question: DeviceQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(replyTo(question))
})

function replyTo(question: DeviceQuestion): LaneReply {
  try {
    const bytes = answerTo(question)
    return bytes === undefined ? { kind: 'none' } : { kind: 'bytes', bytes }
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}
