import { parentPort } from 'node:worker_threads'

/** A thread that ends at the first word. */
parentPort?.on('message', () => {
  throw new Error('the thread has a fault')
})
