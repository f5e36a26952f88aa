import { parentPort } from 'node:worker_threads'
import { EnginePort } from './engine-port.ts'
import type { EngineMessage } from './wire.ts'

/** The thread of an engine: one message after the other. */
const port = new EnginePort()
parentPort?.on('message', (message: EngineMessage) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(port.replyTo(message))
})
