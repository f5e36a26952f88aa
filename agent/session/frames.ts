import type { Connection } from '../../protocol/connection.ts'
import { AppError } from '../../protocol/errors.ts'
import { Wakeup } from './wakeup.ts'

/**
 * The frames of a connection as something to wait on. Frames that nobody waits for are kept in
 * order; a closed connection ends every wait.
 */
export class FrameQueue {
  readonly #frames: Uint8Array[] = []
  #closed: AppError | null = null
  readonly #news = new Wakeup()

  constructor(connection: Connection) {
    connection.onFrame = (frame) => {
      this.#frames.push(frame)
      this.#news.wake()
    }
    connection.onClose = (code, reason) => {
      this.#closed = new AppError('unavailable', closeText(code, reason))
      this.#news.wake()
    }
  }

  /** The next frame. Throws when the connection closed, or with the signal's reason. */
  async next(signal: AbortSignal): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      if (this.#closed !== null) throw this.#closed
      await this.#news.wait(signal)
    }
  }
}

function closeText(code: number, reason: string): string {
  return `server closed the session with code ${code}${reason === '' ? '' : `: ${reason}`}`
}
