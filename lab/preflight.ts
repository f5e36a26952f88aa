import { access, mkdir, readFile, statfs } from 'node:fs/promises'
import type { MachinePlan } from './plan.ts'

const gibibyte = 2 ** 30
/** The server, the build and what the host itself needs while the machines run. */
const hostMemoryBytes = gibibyte
/** Boot files, the image, and what the machines' sparse disks will really hold. */
const diskBytes = 2 * gibibyte

/** QEMU's own memory beside its guest's. */
const qemuMemoryBytes = 200 * 2 ** 20

/**
 * What a person would otherwise meet in the middle of a run: too little memory or disk, no QEMU, no
 * firmware. Throws one error that names everything that is missing and what to do.
 */
export async function checkHost(
  plans: readonly MachinePlan[],
  runsDirectory: string,
  uefiCode: string,
): Promise<void> {
  await mkdir(runsDirectory, { recursive: true })
  const problems = [
    await memoryProblem(plans),
    await diskProblem(runsDirectory),
    Bun.which('qemu-system-x86_64') === null
      ? 'qemu-system-x86_64 is not installed; run: node setup.mjs lab'
      : null,
    plans.some(({ firmware }) => firmware === 'uefi') && !(await exists(uefiCode))
      ? `UEFI firmware ${uefiCode} is missing; run: node setup.mjs lab`
      : null,
  ].filter((problem) => problem !== null)
  if (problems.length > 0) throw new Error(`the lab cannot run here: ${problems.join('; ')}`)
}

async function memoryProblem(plans: readonly MachinePlan[]): Promise<string | null> {
  const wanted = plans.reduce(
    (sum, { shape }) => sum + shape.memoryBytes + qemuMemoryBytes,
    hostMemoryBytes,
  )
  const [, kibibytes] =
    /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
  const available = Number(kibibytes) * 1024
  if (!(available < wanted)) return null
  return `${gib(wanted)} of memory are needed for ${plans.length} machines and ${gib(available)} are available; take fewer with --machines`
}

async function diskProblem(directory: string): Promise<string | null> {
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  if (free >= diskBytes) return null
  return `${gib(diskBytes)} of disk are needed and ${gib(free)} are free; make room`
}

function gib(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
