import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createClient } from '../protocol/client.ts'
import type { Client } from '../protocol/client.ts'
import type { Allocation, MachineSummary } from '../protocol/api.ts'
import type { Clock } from '../protocol/effects.ts'
import { errorChain } from '../protocol/errors.ts'
import { explainText } from '../protocol/explain-text.ts'
import type { Commands } from './commands.ts'
import type { Display, ShownMachine } from './display.ts'
import { buildLabImage } from './image/build.ts'
import {
  isAvailable,
  labImageName,
  labRackOf,
  labRequest,
  labRequestCount,
  runsImage,
} from './job.ts'
import type { VirtualMachine } from './machine.ts'
import { MilestoneLog } from './milestones.ts'
import type { MachinePlan } from './plan.ts'
import type { Rack } from './rack.ts'
import { reportMachine } from './report.ts'
import type { LabReport } from './report.ts'
import type { LabServer } from './server-process.ts'

export interface LabDeps {
  readonly rack: Rack
  readonly server: LabServer
  readonly display: Display
  readonly clock: Clock
  readonly commands: Commands
  readonly cacheDirectory: string
  readonly kernelDirectory: string
}

/** Consoles of machines that were never heard of say where they hang. */
const consoleTailLines = 15

/**
 * The whole job on a rack whose server runs: power on, discover, measure, match, write, boot from
 * disk. Throws with the consoles' tails when it does not get there before the signal aborts.
 */
export class LabRun {
  readonly #deps: LabDeps
  readonly #client: Client
  readonly #milestones = new MilestoneLog()
  readonly #machines = new Map<string, MachineSummary>()
  readonly #poweredOnAtMs = new Map<string, number>()
  readonly #steps: { name: string; seconds: number }[] = []
  #explanation = ''

  constructor(deps: LabDeps) {
    this.#deps = deps
    this.#client = createClient({ baseUrl: deps.server.apiUrl, token: deps.server.token })
  }

  async run(signal: AbortSignal): Promise<void> {
    const watching = new AbortController()
    const watched = this.#watch(AbortSignal.any([signal, watching.signal]))
    const failed = watched.then(() => Promise.reject(new Error('the event stream ended')))
    failed.catch(() => undefined)
    try {
      await Promise.race([failed, this.#job(signal)])
    } catch (error) {
      throw new Error(`${errorChain(error)}\n${await this.#consoles()}`, { cause: error })
    } finally {
      watching.abort()
      await watched.catch(() => undefined)
    }
  }

  report(firmware: string): LabReport {
    const machines = this.#rackMachines().map(({ plan }) =>
      reportMachine(plan, this.#machines.get(plan.name) ?? null, this.#milestones.of(plan.name)),
    )
    const wanted = labRequestCount
    const running = machines.filter((machine) => machine.running !== null).length
    const left = machines.filter((machine) => machine.state === 'available').length
    return {
      succeeded: running === wanted && left === machines.length - wanted,
      firmware,
      page: this.#deps.server.apiUrl,
      machines,
      steps: this.#steps,
      explanation: this.#explanation,
    }
  }

  async #job(signal: AbortSignal): Promise<void> {
    const { display } = this.#deps
    await this.#step('image built and imported', () => this.#importImage())
    await this.#step('machines powered on', () => this.#powerOn())
    await this.#step('discovered and measured', () =>
      this.#until(signal, 'every machine is available', () =>
        this.#everyMachine((machine) => machine !== null && isAvailable(machine)),
      ),
    )
    await this.#step('racks told', () => this.#tellRacks())
    const allocation = await this.#step('matched', () => this.#request())
    display.line(this.#explanation)
    const names = this.#namesOf(allocation)
    display.line(`allocation ${allocation.id}: ${names.join(', ')}`)
    await this.#step('written and booted from disk', () =>
      this.#until(signal, `${names.join(' and ')} run the image`, () =>
        names.every((name) => {
          const machine = this.#machines.get(name)
          return machine !== undefined && runsImage(machine)
        }),
      ),
    )
  }

  async #importImage(): Promise<void> {
    const { commands, cacheDirectory, kernelDirectory, display } = this.#deps
    const kernel = await readCachedKernel(kernelDirectory)
    const image = await buildLabImage({
      cacheDirectory,
      commands,
      kernel,
      busybox: '/bin/busybox',
    })
    const { version, sizeBytes, blobSizeBytes } = await this.#client.images.import(
      labImageName,
      '1',
      Bun.file(image.file),
    )
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
    display.line(
      `image ${labImageName}@${version}: ${megabytes(sizeBytes)}, ${megabytes(blobSizeBytes)} to send`,
    )
  }

  async #powerOn(): Promise<void> {
    for (const machine of this.#rackMachines()) {
      this.#poweredOnAtMs.set(machine.plan.name, this.#deps.clock.monotonic())
      await machine.powerOn()
    }
  }

  /** Nobody can find out where a machine stands: it is a label. */
  async #tellRacks(): Promise<void> {
    const { display } = this.#deps
    for (const [index, { plan }] of this.#rackMachines().entries()) {
      const machine = this.#machines.get(plan.name)
      if (machine === undefined) continue
      const rack = labRackOf(index + 1)
      await this.#client.machines.setLabels(machine.id, { ...machine.labels, rack })
      display.line(`${plan.name} (${plan.shape.name}) stands in ${rack}`)
    }
  }

  async #request(): Promise<Allocation> {
    const { allocation, explanation } = await this.#client.allocations.create({
      request: labRequest,
    })
    this.#explanation = explainText(explanation)
    if (allocation === null) throw new Error(`nothing matched: ${this.#explanation}`)
    return allocation
  }

  /** Keeps what the server says of every machine, and draws it. */
  async #watch(signal: AbortSignal): Promise<void> {
    using _ = this.#deps.clock.every(500, () => this.#draw())
    for (const machine of await this.#client.machines.list()) this.#note(machine)
    for await (const event of this.#client.events(0, signal)) {
      if (event.kind === 'machine') this.#note(event.machine)
      if (event.kind === 'activity') {
        const known = [...this.#machines.values()].find(({ id }) => id === event.machineId)
        if (known !== undefined) this.#note({ ...known, activity: event.activity })
      }
      this.#changed()
    }
  }

  #note(machine: MachineSummary): void {
    const plan = this.#planOf(machine)
    if (plan === null) return
    this.#machines.set(plan.name, machine)
    this.#milestones.note(plan.name, machine, this.#elapsed(plan.name))
  }

  #planOf(machine: MachineSummary): MachinePlan | null {
    const found = this.#rackMachines().find(
      ({ plan }) => plan.systemUuid === machine.claims.smbiosUuid,
    )
    return found?.plan ?? null
  }

  #changed: () => void = () => undefined

  async #until(signal: AbortSignal, what: string, isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (signal.aborted) {
        throw new Error(`gave up waiting until ${what}`, { cause: signal.reason })
      }
      for (const machine of this.#rackMachines()) {
        if (!machine.isOn) throw new Error(`${machine.plan.name} powered itself off`)
      }
      await new Promise<void>((resolve) => {
        this.#changed = resolve
        const timer = this.#deps.clock.after(1000, resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
        void timer
      })
    }
  }

  #everyMachine(isTrue: (machine: MachineSummary | null) => boolean): boolean {
    return this.#rackMachines().every(({ plan }) => isTrue(this.#machines.get(plan.name) ?? null))
  }

  #draw(): void {
    this.#deps.display.machines(this.#rackMachines().map((machine) => this.#shown(machine)))
  }

  #shown({ plan, isOn }: VirtualMachine): ShownMachine {
    return {
      name: plan.name,
      shape: plan.shape.name,
      machine: this.#machines.get(plan.name) ?? null,
      stage: isOn ? `powered on, ${plan.firmware} firmware and iPXE` : 'off',
      elapsedSeconds: this.#elapsed(plan.name),
    }
  }

  #elapsed(name: string): number {
    const { clock } = this.#deps
    return (clock.monotonic() - (this.#poweredOnAtMs.get(name) ?? clock.monotonic())) / 1000
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { clock, display } = this.#deps
    const startedAt = clock.monotonic()
    const result = await work()
    const seconds = (clock.monotonic() - startedAt) / 1000
    this.#steps.push({ name, seconds })
    display.line(`${name}: ${seconds.toFixed(1)} s`)
    return result
  }

  #namesOf({ machines }: Allocation): readonly string[] {
    return machines.map(({ machineId }) => {
      const found = [...this.#machines].find(([, machine]) => machine.id === machineId)
      return found?.[0] ?? machineId
    })
  }

  #rackMachines(): readonly VirtualMachine[] {
    return this.#deps.rack.machines
  }

  async #consoles(): Promise<string> {
    const tails = await Promise.all(
      this.#rackMachines().map(async (machine) => {
        const tail = await machine.consoleTail(consoleTailLines)
        return `--- console of ${machine.plan.name}\n${tail}`
      }),
    )
    return tails.join('\n')
  }
}

const kernelSchema = z.object({ version: z.string(), vmlinuz: z.string(), modules: z.string() })

/** The kernel set-up keeps: the image boots the same one. */
async function readCachedKernel(
  directory: string,
): Promise<{ readonly version: string; readonly vmlinuz: string; readonly modules: string }> {
  const { version, vmlinuz, modules } = kernelSchema.parse(
    JSON.parse(await readFile(join(directory, 'current.json'), 'utf8')),
  )
  return { version, vmlinuz: join(directory, vmlinuz), modules: join(directory, modules) }
}
