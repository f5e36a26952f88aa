import { basename } from 'node:path'
import { diskDigest, diskIdentityOf } from '../../protocol/deployment.ts'
import type { DiskIdentity } from '../../protocol/deployment.ts'
import { AppError } from '../../protocol/errors.ts'
import {
  type Disk as DiskFacts,
  foreignTransports,
  type StorageFacts,
} from '../../protocol/facts/storage.ts'
import type { Host } from '../host.ts'
import type { BlockDevices } from './block-disk.ts'

/** The disks of a machine and what is being done with them, read anew. */
export interface DiskCatalog {
  readonly disks: readonly DiskFacts[]
  /** Kernel name of a disk or partition -> where it is mounted. */
  readonly mounts: ReadonlyMap<string, string>
  /** Kernel names of disks or partitions that are swapped to. */
  readonly swaps: ReadonlySet<string>
}

/** The one disk a plan names. */
export interface TargetDisk {
  readonly facts: DiskFacts
  readonly path: string
  /** Names of the guards that let it pass. */
  readonly guards: readonly string[]
}

/** Reads the storage facts, /proc/self/mountinfo and /proc/swaps. */
export async function readDiskCatalog(
  host: Host,
  storage: () => Promise<StorageFacts>,
): Promise<DiskCatalog> {
  const { disks } = await storage()
  const mounts = decodeMounts((await host.text('/proc/self/mountinfo')) ?? '')
  const swaps = decodeSwaps((await host.text('/proc/swaps')) ?? '')
  return { disks, mounts, swaps }
}

/**
 * Finds the disk with exactly this identity and asks every guard. Throws `not-found` when there is
 * none, `conflict` when a guard refuses, naming it.
 */
export function findTarget(catalog: DiskCatalog, identity: DiskIdentity): TargetDisk {
  const digest = diskDigest(identity)
  const matching = catalog.disks.filter((disk) => diskDigest(diskIdentityOf(disk)) === digest)
  const [facts] = matching
  if (facts === undefined) {
    const present = catalog.disks.map(describe).join('; ')
    const wanted = describe({ ...identity, name: 'wanted' })
    throw new AppError('not-found', `no disk is ${wanted}; this machine has: ${present || 'none'}`)
  }
  for (const [guard, refusal] of guards) {
    const why = refusal(facts, catalog)
    if (why !== null) {
      const message = `disk '${facts.name}' is refused by guard '${guard}': ${why}`
      throw new AppError('conflict', message, { guard })
    }
  }
  return { facts, path: `/dev/${facts.name}`, guards: guards.map(([name]) => name) }
}

/** Asks the kernel about a device by its number, for an open descriptor. */
export function hostBlockDevices(host: Host, storage: () => Promise<StorageFacts>): BlockDevices {
  const nameOf = async (deviceNumber: string) => {
    const link = await host.link(`/sys/dev/block/${deviceNumber}`)
    if (link === undefined) throw new AppError('not-found', `block device ${deviceNumber} is gone`)
    return basename(link)
  }
  return {
    async identify(deviceNumber) {
      const name = await nameOf(deviceNumber)
      const facts = (await storage()).disks.find((disk) => disk.name === name)
      if (facts === undefined) {
        throw new AppError('not-found', `block device '${name}' is no disk an image may be put on`)
      }
      return diskIdentityOf(facts)
    },
    async countPartitions(deviceNumber) {
      const folder = `/sys/class/block/${await nameOf(deviceNumber)}`
      const entries = await host.list(folder)
      const found = await Promise.all(
        entries
          .filter((entry) => entry.startsWith(basename(folder)))
          .map((entry) => host.text(`${folder}/${entry}/partition`)),
      )
      return found.filter((number) => number !== undefined).length
    },
  }
}

/** Why a disk may not be written to, or null. */
type Refusal = (disk: DiskFacts, catalog: DiskCatalog) => string | null

/** Every guard, in the order they are asked. */
const guards = [
  ['identifiable', notIdentifiable],
  ['unique', notUnique],
  ['not-empty', ({ sizeBytes }) => (sizeBytes > 0 ? null : 'it has no medium: its size is 0')],
  ['writable', ({ readOnly }) => (readOnly ? 'it is read-only' : null)],
  ['fixed', ({ removable }) => (removable ? 'its medium is removable' : null)],
  ['own-bus', notOwnBus],
  ['not-mounted', mounted],
  ['not-swap', swapped],
  ['not-held', held],
] as const satisfies readonly (readonly [string, Refusal])[]

/** Names of the guards, as evidence lists them. */
export const guardNames: readonly string[] = guards.map(([name]) => name)

function notIdentifiable(disk: DiskFacts): string | null {
  const { serial, wwn } = diskIdentityOf(disk)
  return serial === null && wwn === null ? 'it has neither a serial nor a WWN' : null
}

/** Namespaces of one NVMe controller share its serial and are told apart by their own name. */
function notUnique(disk: DiskFacts, { disks }: DiskCatalog): string | null {
  const mine = diskIdentityOf(disk)
  for (const other of disks.filter(({ name }) => name !== disk.name)) {
    const theirs = diskIdentityOf(other)
    const bothNamed = mine.wwn !== null && theirs.wwn !== null
    if (bothNamed && mine.wwn === theirs.wwn) return `disk '${other.name}' has the same WWN`
    if (!bothNamed && mine.serial !== null && mine.serial === theirs.serial) {
      return `disk '${other.name}' has the same serial '${mine.serial}'`
    }
  }
  return null
}

function notOwnBus({ transport }: DiskFacts): string | null {
  return foreignTransports.has(transport) ? `it is attached by ${transport}` : null
}

function mounted(disk: DiskFacts, { mounts }: DiskCatalog): string | null {
  const name = blockNames(disk).find((each) => mounts.has(each))
  return name === undefined ? null : `'${name}' is mounted at '${mounts.get(name)}'`
}

function swapped(disk: DiskFacts, { swaps }: DiskCatalog): string | null {
  const name = blockNames(disk).find((each) => swaps.has(each))
  return name === undefined ? null : `'${name}' is in use as swap`
}

function held({ holders, partitions }: DiskFacts): string | null {
  const all = [...holders, ...partitions.flatMap((partition) => partition.holders)]
  return all.length === 0 ? null : `it is part of '${all.join("', '")}'`
}

function blockNames(disk: DiskFacts): readonly string[] {
  return [disk.name, ...disk.partitions.map(({ name }) => name)]
}

/** proc_pid_mountinfo(5): the source is the second field after the lone hyphen. */
function decodeMounts(text: string): ReadonlyMap<string, string> {
  const mounts = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [mount, source] = line.split(' - ')
    const device = source?.split(' ')[1]
    const target = mount?.split(' ')[4]
    if (device?.startsWith('/dev/') === true && target !== undefined) {
      mounts.set(basename(device), target)
    }
  }
  return mounts
}

/** proc_swaps(5): one line each after the heading, the file first. */
function decodeSwaps(text: string): ReadonlySet<string> {
  const files = text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s/)[0] ?? '')
  return new Set(files.filter((file) => file.startsWith('/dev/')).map((file) => basename(file)))
}

function describe(disk: DiskIdentityText): string {
  const { name, transport, model, serial, wwn, sizeBytes, logicalBlockSizeBytes } = disk
  const names = `model ${quote(model)}, serial ${quote(serial)}, WWN ${quote(wwn)}`
  return `'${name}' (${transport}, ${names}, ${sizeBytes} bytes, sectors ${logicalBlockSizeBytes})`
}

type DiskIdentityText = DiskIdentity & { readonly name: string }

function quote(text: string | null): string {
  return text === null ? 'none' : `'${text}'`
}
