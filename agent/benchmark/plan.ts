import assert from 'node:assert/strict'
import {
  type BenchmarkMethod,
  benchmarkMethods,
  type BenchmarkPlan,
  type NoiseReason,
} from '../../protocol/benchmarks.ts'
import type { BenchmarkDisk, BenchmarkMachine } from './machine.ts'
import { methodDefinitions } from './methods.ts'

/** One run of the helper: one method on one component. */
export interface BenchmarkJob {
  readonly method: BenchmarkMethod
  readonly component: string
  /** Jobs of one step run at the same time, steps one after the other. */
  readonly step: number
  readonly helperArguments: readonly string[]
  /** Planned length, warm-up included, preparation not. */
  readonly seconds: number
  /** After this long the helper is killed. */
  readonly deadlineSeconds: number
  /** CPUs that are loaded; the first one's clock stands for all. */
  readonly cpus: readonly number[]
  /** What is known before to spoil the figures. */
  readonly caveats: readonly NoiseReason[]
}

/** A step of the pass before it is known how long it may take. */
interface Slot {
  readonly method: BenchmarkMethod
  readonly targets: readonly Target[]
  readonly stageCount: number
  readonly minimumSeconds: number
  /** Starting the helper, first touch, verification, conditions. */
  readonly preparationSeconds: number
  /** Its part of the time that is left when all have their minimum. */
  readonly weight: number
}

interface Target {
  readonly component: string
  readonly cpus: readonly number[]
  readonly helperArguments: readonly string[]
  readonly caveats: readonly NoiseReason[]
}

/** As measured on small virtual machines; memory that is touched for the first time takes longest. */
const preparationSeconds: Readonly<Record<BenchmarkMethod, number>> = {
  'cpu.clock/1': 0.05,
  'cpu.int/1': 0.15,
  'cpu.fma/1': 0.15,
  'memory.triad/1': 0.7,
  'memory.latency/1': 0.4,
  'disk.read/1': 0.1,
}
/** Share of a job that warms up and is not reported; at most a second of each stage. */
const warmupShare = 0.15
const windowsWanted = 8
const mebibyte = 2 ** 20
/** Assumed where the kernel tells of no cache. */
const assumedCacheSizeBytes = 32 * mebibyte
/** Less is not worth a look, and the helper reads in pieces of this size. */
const leastDiskSizeBytes = mebibyte

/**
 * The jobs that fit into the budget, in the order they are to run. What cannot have its minimum is
 * left out, last ones first; what is in shares the rest of the time.
 */
export function planFastPass(
  machine: BenchmarkMachine,
  plan: BenchmarkPlan,
): readonly BenchmarkJob[] {
  assert(machine.cpus.length > 0, 'a machine has at least one CPU')
  const wanted = new Set(plan.methods ?? benchmarkMethods)
  const slots: Slot[] = []
  let leftSeconds = plan.budgetSeconds
  for (const slot of allSlots(machine)) {
    const leastSeconds = slot.minimumSeconds + slot.preparationSeconds
    if (!wanted.has(slot.method) || slot.targets.length === 0 || leastSeconds > leftSeconds)
      continue
    slots.push(slot)
    leftSeconds -= leastSeconds
  }
  const weights = slots.reduce((sum, { weight }) => sum + weight, 0)
  return slots
    .toSorted((a, b) => benchmarkMethods.indexOf(a.method) - benchmarkMethods.indexOf(b.method))
    .flatMap((slot, step) =>
      jobsOf(slot, step, slot.minimumSeconds + (leftSeconds * slot.weight) / weights),
    )
}

/** Most wanted first. */
function allSlots(machine: BenchmarkMachine): readonly Slot[] {
  const { cpus, numaNodes } = machine
  const all = { component: 'machine', cpus }
  const first = { component: `cpu:${cpus[0]}`, cpus: cpus.slice(0, 1) }
  const nodes = numaNodes.map(({ id, cpus }) => ({ component: `node:${id}`, cpus }))
  const diskTargets = readableDisks(machine.disks).map((disk) => diskTarget(disk, cpus))
  return [
    slot('memory.triad/1', 2, 3, [triadTarget(machine, all, 1)]),
    slot('disk.read/1', 3, 4, diskTargets),
    slot('cpu.int/1', 2, 2, [cpuTarget(all)]),
    slot('cpu.clock/1', 1, 0.5, [cpuTarget(all)]),
    slot('cpu.fma/1', 1, 1, [cpuTarget(all)]),
    ...(cpus.length > 1
      ? [
          slot('cpu.int/1', 2, 1.5, [cpuTarget(first)]),
          slot('cpu.fma/1', 1, 0.5, [cpuTarget(first)]),
        ]
      : []),
    ...nodes.map((node) =>
      slot('memory.latency/1', 4, 2 / nodes.length, [latencyTarget(machine, node)]),
    ),
    ...(nodes.length > 1
      ? nodes.map((node) =>
          slot('memory.triad/1', 2, 3 / nodes.length, [triadTarget(machine, node, nodes.length)]),
        )
      : []),
  ]
}

function slot(
  method: BenchmarkMethod,
  stageCount: number,
  weight: number,
  targets: readonly Target[],
): Slot {
  return {
    method,
    targets,
    stageCount,
    weight,
    minimumSeconds: 0.1 * stageCount,
    preparationSeconds: preparationSeconds[method],
  }
}

function jobsOf(slot: Slot, step: number, seconds: number): readonly BenchmarkJob[] {
  const stageSeconds = seconds / slot.stageCount
  const warmupSeconds = Math.min(1, stageSeconds * warmupShare)
  const windowSeconds = Math.min(0.25, (stageSeconds - warmupSeconds) / windowsWanted)
  return slot.targets.map((target) => ({
    method: slot.method,
    component: target.component,
    step,
    helperArguments: [
      methodDefinitions[slot.method].mode,
      `seconds=${(seconds - warmupSeconds * slot.stageCount).toFixed(4)}`,
      `warmupSeconds=${warmupSeconds.toFixed(4)}`,
      `windowSeconds=${windowSeconds.toFixed(4)}`,
      ...target.helperArguments,
    ],
    seconds,
    deadlineSeconds: 15 + 2 * seconds,
    cpus: target.cpus,
    caveats: target.caveats,
  }))
}

interface Place {
  readonly component: string
  readonly cpus: readonly number[]
}

function cpuTarget(place: Place): Target {
  return { ...place, helperArguments: [`cpus=${cpuList(place.cpus)}`], caveats: [] }
}

/** `parts`: how many such places share the machine's memory and caches. */
function triadTarget(machine: BenchmarkMachine, place: Place, parts: number): Target {
  const enough = (4 * cacheSize(machine)) / parts
  const affordable = machine.memorySizeBytes / 24 / parts
  const sizeBytes = Math.floor(Math.min(Math.max(enough, 64 * mebibyte), affordable))
  return {
    ...place,
    helperArguments: [`cpus=${cpuList(place.cpus)}`, `bytes=${sizeBytes}`],
    caveats: sizeBytes < enough ? ['small-arrays'] : [],
  }
}

function latencyTarget(machine: BenchmarkMachine, { component, cpus }: Place): Target {
  const affordable = machine.memorySizeBytes / 16
  const enough = 4 * cacheSize(machine)
  const exponent = Math.min(
    Math.ceil(Math.log2(Math.max(enough, 64 * mebibyte))),
    Math.floor(Math.log2(affordable)),
  )
  const helperArguments = [
    `cpus=${cpus[0]}`,
    `bytes=${16 * 1024},${256 * 1024},${4 * mebibyte}`,
    `memoryBytes=${2 ** exponent}`,
  ]
  const caveats: readonly NoiseReason[] = 2 ** exponent < enough ? ['small-arrays'] : []
  return { component, cpus: cpus.slice(0, 1), helperArguments, caveats }
}

function diskTarget(disk: BenchmarkDisk & { component: string }, cpus: readonly number[]): Target {
  return {
    component: disk.component,
    cpus,
    helperArguments: [`path=${disk.path}`],
    caveats: [],
  }
}

/** Disks by serial; by kernel name where a serial is absent, shared or too long for a name. */
function readableDisks(disks: readonly BenchmarkDisk[]) {
  const serials = disks.map(({ serial }) => serial)
  return disks
    .filter(({ sizeBytes }) => sizeBytes >= leastDiskSizeBytes)
    .map((disk) => {
      const { serial } = disk
      const named = serial !== null && serial.length <= 100
      const own = named && serials.indexOf(serial) === serials.lastIndexOf(serial)
      return { ...disk, component: `disk:${own ? serial : disk.path.replace(/^.*\//, '')}` }
    })
}

function cacheSize(machine: BenchmarkMachine): number {
  return machine.lastLevelCacheSizeBytes ?? assumedCacheSizeBytes
}

/** `0-3,8`, as the kernel writes lists of CPUs. */
export function cpuList(cpus: readonly number[]): string {
  const ranges: { first: number; last: number }[] = []
  for (const cpu of [...new Set(cpus)].sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range !== undefined && range.last + 1 === cpu) range.last = cpu
    else ranges.push({ first: cpu, last: cpu })
  }
  return ranges
    .map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`))
    .join(',')
}
