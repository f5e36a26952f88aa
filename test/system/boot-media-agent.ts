/**
 * Stands in for the agent in the boot media test. Dies at its first start; at its second one brings
 * up the network with the agent's own parts, asks the devices, prints what it found as one line,
 * powers off.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { devicesSettled } from '../../agent/devices-settled.ts'
import { deviceAccess } from '../../agent/device-access/device-access.ts'
import { liveHost } from '../../agent/host.ts'
import { bringUpNetwork } from '../../agent/network/bring-up.ts'
import { bootMacAddress } from '../../agent/network/interfaces.ts'
import { systemProcesses } from '../../agent/network/processes.ts'
import { systemPower } from '../../agent/power.ts'
import { systemClock } from '../../protocol/system-effects.ts'
import { deviceAnswers } from './boot-media-answers.ts'

const mark = '/run/assay/died-once'
if (!existsSync(mark)) {
  writeFileSync(mark, '')
  process.kill(process.pid, 'SIGKILL')
}

const host = liveHost(deviceAccess(systemClock))
const stop = new AbortController()
const log = (text: string) => process.stdout.write(`boot-media-agent: ${text}\n`)
const state = await bringUpNetwork(
  { host, processes: systemProcesses, clock: systemClock, log },
  {
    bootMacAddress: bootMacAddress((await host.text('/proc/cmdline')) ?? ''),
    signal: stop.signal,
  },
)
const settled = await devicesSettled(host, systemClock, stop.signal)
const found = {
  settled,
  addresses: state.interfaces.map(({ name, lease }) => [name, lease?.address ?? null]),
  disks: readdirSync('/sys/block').sort(),
  site: existsSync('/etc/assay/site.json'),
  environment: Object.keys(process.env).sort(),
  arguments: process.argv.slice(2),
  answers: await deviceAnswers(host),
}
log(`found ${JSON.stringify(found)}`)
systemPower.powerOff()
