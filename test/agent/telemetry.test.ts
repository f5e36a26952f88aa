import { expect, test } from 'vitest'
import { createTelemetry, type TelemetrySource } from '../../agent/telemetry.ts'
import { liveHost } from '../../agent/host.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { telemetry } from '../../protocol/facts/telemetry.ts'
import { systemClock } from '../../protocol/system-effects.ts'

const figures: TelemetrySource = {
  memory: async () => ({ sizeBytes: 100, availableSizeBytes: 60, usedSizeBytes: 40 }),
  cpuLoadRatio: async () => 0.5,
  network: async () => [],
}

/** A clock that goes on by one second each time it is read. */
function secondsClock() {
  let ms = 0
  return { ...systemClock, monotonic: () => (ms += 1000) }
}

test('telemetry of this machine is in its schema and its memory is the kernel’s', async () => {
  const reading = await createTelemetry(systemClock)()
  expect(telemetry.parse(reading)).toEqual(reading)
  const total = /MemTotal:\s+(\d+) kB/.exec((await liveHost().text('/proc/meminfo')) ?? '')?.[1]
  expect(reading?.memory.sizeBytes).toBe(Number(total) * 1024)
})

test('rates are null at first, then of the time between, and null after a counter went back', async () => {
  const counters = [1000, 3000, 500]
  const source: TelemetrySource = {
    ...figures,
    async network() {
      const bytes = counters.shift() ?? 0
      return [{ name: 'eth0', receivedBytes: bytes, transmittedBytes: 0 }]
    },
  }
  const read = createTelemetry(secondsClock(), liveHost(), undefined, async () => source)
  const rates = [await read(), await read(), await read()].map(
    (one) => one?.interfaces[0]?.receivedBytesPerSecond,
  )
  expect(rates).toEqual([null, 2000, null])
})

test('a source that fails or gives no figures is a finding, told once', async () => {
  for (const open of [
    () => Promise.reject(new Error('no library')),
    async () => ({ ...figures, cpuLoadRatio: async () => Number.NaN }),
  ]) {
    const findings: Finding[] = []
    const report = (finding: Finding) => findings.push(finding)
    const read = createTelemetry(systemClock, liveHost(), report, open)
    expect([await read(), await read()]).toEqual([null, null])
    expect(findings.map(({ code }) => code)).toEqual(['telemetry.failed'])
  }
})
