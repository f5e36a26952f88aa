import { errorChain } from '../../protocol/errors.ts'
import { advanceDeployment } from '../deployment/advance-deployment.ts'
import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'
import { advanceInspection } from './inspection.ts'

/** A machine whose step failed is looked at again after this long. */
const retryMs = 5000

/**
 * Moves machines on: whatever happened, the next step follows from what is stored and who is
 * connected, so that a restart of the server loses no step and takes none twice. One machine is
 * advanced by one caller at a time.
 */
export class Advancer {
  readonly #domain: () => Domain
  readonly #pending = new Map<string, 'running' | 'again'>()
  readonly #runs = new Set<Promise<void>>()
  #closed = false

  constructor(domain: () => Domain) {
    this.#domain = domain
  }

  poke(machineId: string): void {
    if (this.#closed) return
    if (this.#pending.has(machineId)) {
      this.#pending.set(machineId, 'again')
      return
    }
    const run = this.#run(machineId)
    this.#runs.add(run)
    void run.finally(() => this.#runs.delete(run))
  }

  /** Takes no more work and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#runs)
  }

  async #run(machineId: string): Promise<void> {
    const domain = this.#domain()
    do {
      this.#pending.set(machineId, 'running')
      try {
        await domain.transact((work) => advanceMachine(domain, work, machineId))
      } catch (error) {
        domain.log.error('machine could not be advanced', { machineId, error: errorChain(error) })
        domain.clock.after(retryMs, () => this.poke(machineId))
      }
    } while (this.#pending.get(machineId) === 'again' && !this.#closed)
    this.#pending.delete(machineId)
  }
}

/** The next step of one machine, by its state. */
async function advanceMachine(domain: Domain, work: Work, machineId: string): Promise<void> {
  const machine = await work.machines.get(machineId)
  switch (machine.state) {
    case 'deploying':
      return advanceDeployment(domain, work, machine)
    case 'enrolled':
    case 'inspecting':
    case 'testing':
    case 'available':
    case 'cleaning': {
      const agent = domain.live.ready(machineId)
      if (agent === null || agent.sessionId !== machine.sessionId) return
      return advanceInspection(domain, work, machine, agent)
    }
    case 'allocated':
    case 'active':
    case 'error':
  }
}
