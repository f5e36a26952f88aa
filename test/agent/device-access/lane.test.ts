import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { Lane } from '../../../agent/device-access/lane.ts'
import type { DeviceQuestion } from '../../../agent/device-question.ts'
import { systemClock } from '../../../protocol/system-effects.ts'

const started: Lane[] = []
afterEach(() => {
  for (const lane of started.splice(0)) lane[Symbol.dispose]()
})

/** A lane on threads that hang or die for some devices. */
function lane(timeoutMs: number) {
  let threadCount = 0
  const spawn = () => {
    threadCount++
    return new Worker(join(import.meta.dirname, 'hanging-thread.ts'))
  }
  const made = new Lane({ clock: systemClock, spawn, timeoutMs })
  started.push(made)
  return {
    threadCount: () => threadCount,
    ask: async (device: string) => {
      const bytes = await made.ask(inquiry(device))
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
  }
}

function inquiry(device: string): DeviceQuestion {
  return { kind: 'scsi', device, command: '120000002400', lengthBytes: 36 }
}

test('lane answers the questions of many devices in order on one thread', async () => {
  const { ask, threadCount } = lane(10_000)
  const devices = Array.from({ length: 500 }, (_, index) => `/dev/sg${index}`)
  expect(await Promise.all(devices.map((device) => ask(device)))).toEqual(devices)
  expect(threadCount()).toBe(1)
})

test('lane gives up a device that hangs and asks the others on another thread', async () => {
  const { ask, threadCount } = lane(400)
  expect(await ask('/dev/sda')).toBe('/dev/sda')
  const hanging = ask('/dev/sdh')
  const behind = ask('/dev/sdb')
  await expect(hanging).rejects.toThrow('did not answer within 0.4 s')
  expect(await behind).toBe('/dev/sdb')
  expect(threadCount()).toBe(2)
})

test('lane asks a device no more that hung before', async () => {
  const { ask, threadCount } = lane(400)
  await expect(ask('/dev/sdh')).rejects.toThrow('did not answer')
  await expect(ask('/dev/sdh')).rejects.toThrow('an earlier question was not answered')
  expect(threadCount()).toBe(1)
})

test('lane keeps the event loop free while a device hangs', async () => {
  const { ask } = lane(400)
  let turns = 0
  using counter = systemClock.every(5, () => turns++)
  await expect(ask('/dev/sdh')).rejects.toThrow('did not answer')
  expect(counter).toBeDefined()
  expect(turns).toBeGreaterThan(5)
})

test('lane starts another thread when one dies', async () => {
  const { ask, threadCount } = lane(10_000)
  await expect(ask('/dev/sdx')).rejects.toThrow('this thread dies')
  expect(await ask('/dev/sda')).toBe('/dev/sda')
  expect(threadCount()).toBe(2)
})

test('lane refuses what waits when the program ends', async () => {
  const { ask } = lane(10_000)
  const asked = ask('/dev/sda')
  const waiting = ask('/dev/sdb')
  started[0]?.[Symbol.dispose]()
  await expect(asked).rejects.toThrow('is ending')
  await expect(waiting).rejects.toThrow('is ending')
})
