import { generateSigningKey } from '../protocol/signing.ts'
import type { Site } from '../protocol/site.ts'
import { systemClock, systemRandom } from '../protocol/system-effects.ts'
import type { AgentDeps } from './agent.ts'
import { helperAt } from './benchmark/helper-process.ts'
import { benchmarkMachine } from './benchmark/machine.ts'
import { planFastPass } from './benchmark/plan.ts'
import { runBenchmarks } from './benchmark/run.ts'
import { serversOf } from './config.ts'
import type { BootParameters } from './config.ts'
import { readClaims } from './discovery/claims.ts'
import { checkFacts } from './discovery/check-facts.ts'
import { discover } from './discovery/discover.ts'
import type { DiscoveryEvent } from './discovery/discover.ts'
import { cpuProbe } from './discovery/probes/cpu.ts'
import { memoryProbe } from './discovery/probes/memory.ts'
import { numaProbe } from './discovery/probes/numa.ts'
import { identifyDisks } from './discovery/probes/storage.ts'
import type { EarlyDiscovery } from './early-discovery.ts'
import type { Host } from './host.ts'
import { openBlockDisk } from './imaging/block-disk.ts'
import { loadDecompressor } from './imaging/decompress.ts'
import { hostBlockDevices } from './imaging/disk-catalog.ts'
import { createImager } from './imaging/imager.ts'
import { neighborNews } from './neighbors/news.ts'
import { bringUpNetwork } from './network/bring-up.ts'
import { systemProcesses } from './network/processes.ts'
import type { Power } from './power.ts'
import { dialWebSocket } from './session/websocket.ts'
import { createTelemetry } from './telemetry.ts'
import { agentVersion } from './version.ts'

/** Where the initramfs keeps the benchmark helper. */
const helperPath = '/bin/assay-kernels'

/** Runs the parts of the agent that a machine under test may not have. */
export interface LiveOptions {
  /** False: the network is up already and stays as it is. */
  readonly manageNetwork: boolean
  readonly power: Power
  /** The discovery that was begun at the start of the program; null: begin one when asked. */
  readonly early: EarlyDiscovery | null
  readonly log: (text: string) => void
}

/** All that the agent needs, on the machine it runs on. */
export async function liveMachine(
  host: Host,
  site: Site,
  boot: BootParameters,
  options: LiveOptions,
): Promise<AgentDeps> {
  const clock = systemClock
  const random = systemRandom
  const storage = () => identifyDisks(host)
  const devices = hostBlockDevices(host, storage)
  const neighbors = neighborNews(host, clock)
  let { early } = options
  const startedAtMs = clock.now()
  return {
    clock,
    random,
    key: generateSigningKey(),
    identity: {
      agentVersion,
      architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
      bootId: boot.bootId,
      claims: await readClaims(host),
    },
    servers: serversOf(site, boot),
    commandKeys: site.commandKeys,
    createImager: (now) =>
      createImager({
        host,
        storage,
        openDisk: (path) => openBlockDisk(path, devices),
        effects: { fetch: (url, init) => fetch(url, init), clock, random },
        decompressor: loadDecompressor(),
        imageKeys: site.imageKeys,
        now,
      }),
    dial: (server, signal) => dialWebSocket(site, server, signal),
    async bringUpNetwork(signal) {
      if (!options.manageNetwork) return
      const deps = { host, processes: systemProcesses, clock, log: options.log }
      await bringUpNetwork(deps, { bootMacAddress: boot.macAddress, signal })
    },
    async discover(emit, signal) {
      const follow = early === null ? null : early.follow.bind(early)
      early = null
      const checked = (event: DiscoveryEvent) => emit(checkFacts(neighbors.known(event)))
      if (follow === null) await discover(host, clock, checked, signal)
      else await follow(checked)
    },
    watchNeighbors: (emit, signal) => neighbors.watch((event) => emit(checkFacts(event)), signal),
    async benchmark(plan, emit, signal) {
      const machine = benchmarkMachine({
        cpu: (await cpuProbe.read(host)).facts,
        memory: (await memoryProbe.read(host)).facts,
        numa: (await numaProbe.read(host)).facts,
        storage: await storage(),
      })
      const jobs = planFastPass(machine, plan)
      await runBenchmarks({ clock, host, spawnHelper: helperAt(helperPath) }, jobs, emit, signal)
    },
    telemetry: createTelemetry(clock),
    async uptimeSeconds() {
      const [seconds] = ((await host.text('/proc/uptime')) ?? '').split(' ')
      const uptime = Number(seconds)
      return Number.isFinite(uptime) && seconds !== '' ? uptime : (clock.now() - startedAtMs) / 1000
    },
    residentSizeBytes: () => process.memoryUsage.rss(),
    processorSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    identify: (seconds) => options.log(`identify: this machine, for ${seconds} s`),
    reboot: () => options.power.reboot(),
    log: options.log,
  }
}
