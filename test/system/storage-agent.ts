/**
 * Stands in for the agent in the storage test: waits for the devices, prints what the storage probe
 * finds as one line, powers off.
 */
import { deviceAccess } from '../../agent/device-access/device-access.ts'
import { devicesSettled } from '../../agent/devices-settled.ts'
import { storageProbe } from '../../agent/discovery/probes/storage.ts'
import { liveHost } from '../../agent/host.ts'
import { systemPower } from '../../agent/power.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import { systemClock } from '../../protocol/system-effects.ts'

const host = liveHost(deviceAccess(systemClock))
await devicesSettled(host, systemClock, new AbortController().signal)
const { facts, findings } = await storageProbe.read(host)
const text = JSON.stringify({ facts: parseFacts('storage', facts), findings })
// The console is slow, and cuts what comes in one piece.
for (let at = 0; at < text.length; at += 512) {
  process.stdout.write(`storage-agent: ${text.slice(at, at + 512)}\n`)
}
process.stdout.write('storage-agent: end\n')
systemPower.powerOff()
