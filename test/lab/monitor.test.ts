import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMonitor } from '../../lab/monitor.ts'
import { systemClock } from '../../protocol/system-effects.ts'

let folder: string
let server: Server | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-lab-monitor-'))
})
afterEach(() => {
  server?.close()
  rmSync(folder, { recursive: true })
})

describe('a monitor', () => {
  test('gives each command its reply, past greeting and events', async () => {
    await serve((line, socket) => {
      socket.write('{"event":"RESET","data":{}}\n')
      const status = line.includes('query-status') ? { running: true } : {}
      socket.write(`${JSON.stringify({ return: status })}\n`)
    })
    using monitor = await openMonitor(socketFile(), systemClock)
    const replies = [monitor.execute('system_reset'), monitor.execute('query-status')]
    expect(await Promise.all(replies)).toEqual([{}, { running: true }])
  })

  test('says why QEMU refuses a command', async () => {
    await serve((line, socket) => {
      const error = { class: 'DeviceNotFound', desc: "Device 'x' not found" }
      const reply = line.includes('device_del') ? { error } : { return: {} }
      socket.write(`${JSON.stringify(reply)}\n`)
    })
    using monitor = await openMonitor(socketFile(), systemClock)
    await expect(monitor.execute('device_del', { id: 'x' })).rejects.toThrow(
      "QEMU refuses: Device 'x' not found",
    )
  })

  test('fails the commands that wait when QEMU ends', async () => {
    await serve((line, socket) => {
      if (line.includes('quit')) socket.destroy()
      else socket.write('{"return":{}}\n')
    })
    using monitor = await openMonitor(socketFile(), systemClock)
    await expect(monitor.execute('quit')).rejects.toThrow('QEMU closed its monitor')
    await expect(monitor.execute('query-status')).rejects.toThrow('QEMU closed its monitor')
  })

  test('fails the commands that wait when it is written what is no JSON', async () => {
    await serve((line, socket) => {
      socket.write(line.includes('query-status') ? '{"return"\n' : '{"return":{}}\n')
    })
    using monitor = await openMonitor(socketFile(), systemClock)
    await expect(monitor.execute('query-status')).rejects.toThrow(`wrote no JSON: '{"return"'`)
  })

  test('is given up with the reason of the signal when QEMU ends before it opens', async () => {
    const gone = AbortSignal.abort(new Error('QEMU ended'))
    await expect(openMonitor(socketFile(), systemClock, gone)).rejects.toThrow('QEMU ended')
  })
})

function socketFile(): string {
  return join(folder, 'monitor')
}

/** Answers as QEMU does: a greeting, then whatever `answer` writes for each line. */
async function serve(answer: (line: string, socket: Socket) => void): Promise<void> {
  const listening = createServer((socket) => {
    socket.write('{"QMP":{"version":{},"capabilities":[]}}\n')
    socket.on('data', (data) => {
      for (const line of data.toString().trimEnd().split('\n')) answer(line, socket)
    })
  })
  server = listening
  await new Promise<void>((resolve) => {
    listening.listen(socketFile(), resolve)
  })
}
