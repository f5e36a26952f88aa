import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Clock } from '../protocol/effects.ts'
import type { Child, Commands } from './commands.ts'
import { openMonitor, type Monitor } from './monitor.ts'
import type { MachinePlan } from './plan.ts'
import type { Placement } from './placement.ts'
import { qemuArguments } from './qemu.ts'

export interface VirtualMachineOptions {
  readonly plan: MachinePlan
  readonly placement: Placement
  /** Put before QEMU's command line; empty: none. */
  readonly commandPrefix: readonly string[]
  /** What QEMU itself says, when it refuses to start for instance. */
  readonly logFile: string
  readonly commands: Commands
  readonly clock: Clock
  /** Called with the id of each QEMU started. */
  readonly started: (pid: number) => Promise<void>
}

const quitPatienceMs = 10_000
const consolePollMs = 100
/** A kernel that is asked blinks the slot's lamp for five seconds before it lets go. */
const unplugPatienceMs = 30_000

const objectsSchema = z.array(z.object({ name: z.string() }))

/** A machine with a power button. Owns its QEMU, never its disks. */
export class VirtualMachine implements AsyncDisposable {
  readonly plan: MachinePlan
  readonly #options: VirtualMachineOptions
  #child: Child | null = null

  constructor(options: VirtualMachineOptions) {
    this.plan = options.plan
    this.#options = options
  }

  get isOn(): boolean {
    return this.#child !== null
  }

  /** Resolves when the machine is off, by whatever means. */
  get exited(): Promise<void> {
    return this.#child?.exited.then(() => undefined) ?? Promise.resolve()
  }

  get consoleFile(): string {
    return this.#options.placement.consoleFile
  }

  /** Resolves once QEMU runs; an error quotes what QEMU said. */
  async powerOn(): Promise<void> {
    const { plan, placement, commandPrefix, commands, logFile, started } = this.#options
    if (this.#child !== null) throw new Error(`Cannot power on '${plan.name}': it is on`)
    const child = commands.start([...commandPrefix, ...qemuArguments(plan, placement)], logFile)
    this.#child = child
    const gone = new AbortController()
    void child.exited.then(() => {
      if (this.#child === child) this.#child = null
      gone.abort(new Error('QEMU ended'))
    })
    try {
      await started(child.pid)
      using monitor = await this.#monitor(gone.signal)
      await monitor.execute('query-status')
    } catch (error) {
      child.kill('SIGKILL')
      await child.exited
      const said = tail(await readFile(logFile, 'utf8'), 5)
      throw new Error(`Cannot power on '${plan.name}': QEMU said: ${said}`, { cause: error })
    }
  }

  /** As if its plug were pulled. Nothing to do when off. */
  async powerOff(): Promise<void> {
    const child = this.#child
    if (child === null) return
    const { clock } = this.#options
    using deadline = clock.after(quitPatienceMs, () => child.kill('SIGKILL'))
    void deadline
    try {
      using monitor = await this.#monitor()
      await monitor.execute('quit')
    } catch {
      // QEMU may close the monitor before its reply arrives, or hang; both end here.
      child.kill('SIGKILL')
    }
    await child.exited
  }

  /** As if its reset button were pressed. */
  async reset(): Promise<void> {
    await this.#command('system_reset')
  }

  /**
   * As if a disk were pulled, with its controller if that is NVMe. Resolves when the system on the
   * machine has let it go; rejects when it does not within 30 s. SATA disks cannot be pulled.
   */
  async unplugDisk(id: string): Promise<void> {
    const disk = this.plan.disks.find((disk) => disk.id === id)
    if (disk === undefined) throw new Error(`Cannot unplug '${id}': '${this.plan.name}' has none`)
    const device = disk.shape.bus === 'nvme' ? `${id}-controller` : id
    using monitor = await this.#monitor()
    await monitor.execute('device_del', { id: device })
    const { clock } = this.#options
    const deadline = clock.monotonic() + unplugPatienceMs
    while (await holds(monitor, device)) {
      if (clock.monotonic() > deadline) {
        throw new Error(`Cannot unplug '${id}': '${this.plan.name}' does not let it go`)
      }
      await clock.sleep(consolePollMs)
    }
  }

  /** The last lines of the serial console, without terminal control sequences. */
  async consoleTail(lineCount: number): Promise<string> {
    return tail(await this.#console(), lineCount)
  }

  /**
   * Resolves when the serial console has shown a text, in any of its runs; rejects with the
   * signal's reason when it aborts first.
   */
  async waitForConsole(text: string, signal?: AbortSignal): Promise<void> {
    while (!(await this.#console()).includes(text)) {
      await this.#options.clock.sleep(consolePollMs, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff()
  }

  async #console(): Promise<string> {
    const file = Bun.file(this.consoleFile)
    return (await file.exists()) ? withoutControls(await file.text()) : ''
  }

  async #command(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#child === null) {
      throw new Error(`Cannot execute '${command}': machine '${this.plan.name}' is off`)
    }
    using monitor = await this.#monitor()
    await monitor.execute(command, parameters)
  }

  /** QEMU serves one connection at a time: kept only for a command, so that others get theirs. */
  #monitor(signal?: AbortSignal): Promise<Monitor> {
    const { placement, clock } = this.#options
    return openMonitor(placement.monitorSocket, clock, signal)
  }
}

async function holds(monitor: Monitor, device: string): Promise<boolean> {
  const devices = await monitor.execute('qom-list', { path: '/machine/peripheral' })
  return objectsSchema.parse(devices).some(({ name }) => name === device)
}

/** ECMA-48 control sequences, which firmware draws its menus with, and carriage returns. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control sequences begin with one
  return text.replaceAll(/\u001b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][0-9A-Za-z]|[@-Z\\-_])|\r/g, '')
}

function tail(text: string, lineCount: number): string {
  return text.trimEnd().split('\n').slice(-lineCount).join('\n')
}
