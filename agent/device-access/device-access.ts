import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../protocol/effects.ts'
import type { DeviceQuestion } from '../device-question.ts'
import type { AskDevice } from '../host.ts'
import { Lane } from './lane.ts'

/**
 * How long each kind of device may take. A spun-up disk and a BMC answer within a second, a
 * transceiver module is read at 400 kHz by firmware that does other things first.
 */
const timeoutsMs: Readonly<Record<DeviceQuestion['kind'], number>> = {
  'nvme-admin': 5000,
  scsi: 5000,
  ipmi: 5000,
  ethtool: 10_000,
  'module-page': 5000,
  tpm: 10_000,
}

/** Asks the devices of the machine we run on: a lane for each kind, none waits for another. */
export function deviceAccess(clock: Clock): AskDevice {
  const lanes = new Map<DeviceQuestion['kind'], Lane>()
  return (question) => {
    const { kind } = question
    const known = lanes.get(kind)
    if (known !== undefined) return known.ask(question)
    const lane = new Lane({ clock, spawn: spawnLaneThread, timeoutMs: timeoutsMs[kind] })
    lanes.set(kind, lane)
    return lane.ask(question)
  }
}

/** Where `compileProgram` puts the thread's program inside the executable. */
const compiledWorker = '/$bunfs/root/agent/device-access/lane-worker.ts'

function spawnLaneThread(): Worker {
  const isCompiled = import.meta.dirname.startsWith('/$bunfs/')
  return new Worker(isCompiled ? compiledWorker : join(import.meta.dirname, 'lane-worker.ts'))
}
