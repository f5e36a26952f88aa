import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Clock } from '../protocol/effects.ts'

/** QEMU's machine protocol on its unix socket (docs/interop/qmp-spec). */
export interface Monitor extends Disposable {
  /** Rejects when QEMU refuses the command or is gone. */
  execute(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>
}

const reply = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }) }),
])

const connectAttempts = 200
const connectPauseMs = 50

/** Connects to a monitor, waiting at most 10 s for QEMU to open it. */
export async function openMonitor(
  socketFile: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Monitor> {
  let failure: unknown
  for (let attempt = 0; attempt < connectAttempts; attempt += 1) {
    signal?.throwIfAborted()
    try {
      const monitor = speak(await connected(socketFile))
      await monitor.execute('qmp_capabilities')
      return monitor
    } catch (error) {
      failure = error
      await clock.sleep(connectPauseMs, signal)
    }
  }
  throw new Error(`Cannot reach QEMU's monitor at '${socketFile}'`, { cause: failure })
}

function connected(socketFile: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect(socketFile, () => resolve(socket))
  socket.once('error', reject)
  return promise
}

/** Replies come in the order of the commands; greeting and events carry neither result nor error. */
function speak(socket: Socket): Monitor {
  const waiting: PromiseWithResolvers<unknown>[] = []
  const fail = (error: Error): void => {
    for (const command of waiting.splice(0)) command.reject(error)
  }
  let open = true
  const lines = createInterface({ input: socket })
  // It repeats the socket's errors, which nobody else would hear.
  lines.on('error', fail)
  lines.on('line', (line) => {
    const message = reply.safeParse(parsed(line, socket))
    if (!message.success) return
    const command = waiting.shift()
    if ('return' in message.data) command?.resolve(message.data.return)
    else command?.reject(new Error(`QEMU refuses: ${message.data.error.desc}`))
  })
  socket.on('error', fail)
  socket.on('close', () => {
    open = false
    fail(new Error('QEMU closed its monitor'))
  })
  return {
    async execute(command, parameters) {
      if (!open) throw new Error(`Cannot execute '${command}': QEMU closed its monitor`)
      const pending = Promise.withResolvers<unknown>()
      waiting.push(pending)
      socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`)
      return pending.promise
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

/** A line that is no JSON ends the connection: replies can no longer be told apart. */
function parsed(line: string, socket: Socket): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    socket.destroy(new Error(`QEMU's monitor wrote no JSON: '${line}'`, { cause: error }))
    return null
  }
}
