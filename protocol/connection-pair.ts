import type { Connection } from './connection.ts'

/**
 * Two ends of a link inside one process: what one sends the other receives, in order, in a later
 * microtask. For the simulated fleet and for tests; nothing is lost or copied.
 */
export function connectionPair(
  nameOfFirst = 'first',
  nameOfSecond = 'second',
): readonly [Connection, Connection] {
  const first = new MemoryConnection(nameOfSecond)
  const second = new MemoryConnection(nameOfFirst)
  first.peer = second
  second.peer = first
  return [first, second]
}

class MemoryConnection implements Connection {
  readonly remoteAddress: string
  readonly bufferedBytes = 0
  onFrame: ((frame: Uint8Array) => void) | null = null
  onClose: ((code: number, reason: string) => void) | null = null
  peer: MemoryConnection | null = null
  #open = true

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress
  }

  send(frame: Uint8Array): void {
    const { peer } = this
    if (!this.#open || peer === null) return
    queueMicrotask(() => {
      if (peer.#open) peer.onFrame?.(frame)
    })
  }

  close(code: number, reason: string): void {
    queueMicrotask(() => {
      this.#end(code, reason)
      if (this.peer !== null) this.peer.#end(code, reason)
    })
  }

  #end(code: number, reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.onClose?.(code, reason)
  }
}
