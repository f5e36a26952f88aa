import type { Finding } from '../../../protocol/facts/finding.ts'
import { type Disk, noStorage, type StorageFacts } from '../../../protocol/facts/storage.ts'
import type { Host } from '../../host.ts'
import { attempt, attemptEach } from '../attempt.ts'
import { blockDevices, type BlockDevice } from '../block-device.ts'
import { forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { all, type Probe, type Reading } from '../probe.ts'
import { readAdapters } from '../storage/adapters.ts'
import { readAllContents } from '../storage/all-contents.ts'
import { readBlockLimits } from '../storage/block-limits.ts'
import { readEfiBoot } from '../storage/boot.ts'
import { type NvmeControllers, readDiskDetails } from '../storage/disk-details.ts'
import { storageFindings } from '../storage/disk-findings.ts'
import { readDisks, readOpticalDrives } from '../storage/disks.ts'
import { readEnclosure } from '../storage/enclosures.ts'
import { fitting } from '../storage/fit.ts'
import { groupAlike } from '../storage/group-alike.ts'
import { readMdArray } from '../storage/md-arrays.ts'
import {
  askController,
  nvmeControllerFolders,
  readControllerFacts,
  readSubsystem,
} from '../storage/nvme.ts'
import { readExpander } from '../storage/sas.ts'
import { readVolume } from '../storage/volumes.ts'

/** Kernel documents sysfs-block, sysfs-bus-scsi and sysfs-nvme; the disks themselves are asked. */
export const storageProbe: Probe<'storage'> = {
  class: 'storage',
  async read(host) {
    const reader = forgivingReader(host, 'storage')
    const devices = await blockDevices(host, reader)
    const [disks, surroundings] = await Promise.all([
      readAllDisks(host, devices),
      readSurroundings(host, devices),
    ])
    const facts: StorageFacts = { ...noStorage, ...surroundings.facts, ...disks.facts }
    const fitted = fitting(facts)
    return {
      facts: fitted.facts,
      findings: [
        ...fitted.findings,
        ...reader.findings(),
        ...disks.findings,
        ...surroundings.findings,
        ...sharedSerials(facts.disks),
        ...storageFindings(facts),
      ],
    }
  },
}

/**
 * The disks by what the kernel has of them alone: no disk is asked or read, which takes its time and
 * is not wanted while one is written.
 */
export async function identifyDisks(host: Host): Promise<StorageFacts> {
  const { found } = await readDisks(host, await blockDevices(host))
  return { ...noStorage, disks: [...found] }
}

type Part = Reading<Partial<StorageFacts>>

async function readAllDisks(host: Host, devices: readonly BlockDevice[]): Promise<Part> {
  const [nvme, disks, optical] = await Promise.all([
    readNvme(host, devices),
    readDisks(host, devices),
    readOpticalDrives(host, devices),
  ])
  const byName = new Map(devices.map((device) => [device.name, device]))
  const detailed = await all(disks.found, async (disk) => {
    const device = byName.get(disk.name)
    return device === undefined
      ? null
      : { disk, ...(await readDiskDetails(host, device, disk, nvme.controllers)) }
  })
  const found = detailed.filter((one) => one !== null)
  // A disk that hangs on a question hangs on a read, and that for minutes.
  const readable = found.filter(({ isSilent }) => !isSilent).map(({ disk }) => disk)
  const contents = await readAllContents(host, readable)
  const abilities = found.flatMap(({ disk: { name }, ability }) =>
    ability === null ? [] : [{ name, value: ability }],
  )
  return {
    facts: {
      disks: found.map(({ disk, attachment, health }): Disk => ({ ...disk, attachment, health })),
      opticalDrives: [...optical.found],
      abilities: groupAlike(abilities).map(({ names, value }) => ({
        disks: names,
        ability: value,
      })),
      contents: contents.contents,
      nvmeControllers: [...nvme.controllers.read.values()].map(({ facts }) => facts),
      nvmeSubsystems: [...nvme.subsystems],
    },
    findings: [
      ...disks.findings,
      ...optical.findings,
      ...nvme.findings,
      ...found.flatMap(({ findings }) => findings),
      ...contents.findings,
    ],
  }
}

async function readNvme(host: Host, devices: readonly BlockDevice[]) {
  const folders = await nvmeControllerFolders(host, devices)
  const [controllers, subsystems] = await Promise.all([
    attemptEach('storage', [...folders.keys()], (name) =>
      readControllerFacts(host, name, folders.get(name) ?? ''),
    ),
    attemptEach('storage', await nvmeSubsystemNames(host), (name) => readSubsystem(host, name)),
  ])
  const asked = await all(controllers.found, async (facts) => {
    const answer = await attempt('storage.health', facts.name, () => askController(host, facts))
    return answer.kind === 'done'
      ? { read: answer.value, findings: [] }
      : { read: { facts, identify: null, health: null }, findings: [answer.finding] }
  })
  const nvme: NvmeControllers = {
    folders,
    read: new Map(asked.map(({ read }) => [read.facts.name, read])),
  }
  return {
    controllers: nvme,
    subsystems: subsystems.found,
    findings: [
      ...controllers.findings,
      ...subsystems.findings,
      ...asked.flatMap(({ findings }) => findings),
    ],
  }
}

async function nvmeSubsystemNames(host: Host): Promise<readonly string[]> {
  return (await host.list(paths.nvmeSubsystems)).filter((name) => /^nvme-subsys\d+$/.test(name))
}

/** What disks hang on, and what software makes of them. */
async function readSurroundings(host: Host, devices: readonly BlockDevice[]): Promise<Part> {
  const volumes = devices.filter(({ kind }) => kind === 'volume')
  const limitReader = forgivingReader(host, 'storage.limits')
  const functions = new Set(devices.map(({ pciAddress }) => pciAddress))
  const [made, arrays, expanders, enclosures, adapters, limits, boot] = await Promise.all([
    attemptEach('storage', volumes, (device) => readVolume(host, device)),
    attemptEach('storage', volumes, (device) => readMdArray(host, device)),
    attemptEach('storage', await host.list(paths.sasExpanders), (name) => readExpander(host, name)),
    attemptEach('storage', await host.list(paths.enclosures), (name) => readEnclosure(host, name)),
    attempt('storage', 'adapters', () => readAdapters(host, functions)),
    attempt('storage', 'limits', () => readBlockLimits(limitReader, devices)),
    attempt('storage', 'boot', () => readEfiBoot(host)),
  ])
  const lists = [made, arrays, expanders, enclosures]
  const single = [adapters, limits, boot]
  const findings: readonly Finding[] = [
    ...lists.flatMap((one) => one.findings),
    ...single.flatMap((one) => (one.kind === 'failed' ? [one.finding] : [])),
    ...limitReader.findings(),
    ...(boot.kind === 'done' ? boot.value.findings : []),
  ]
  return {
    facts: {
      volumes: [...made.found],
      arrays: [...arrays.found],
      expanders: [...expanders.found],
      enclosures: [...enclosures.found],
      adapters: adapters.kind === 'done' ? adapters.value : [],
      limits: limits.kind === 'done' ? limits.value : [],
      boot: boot.kind === 'done' ? boot.value.boot : null,
    },
    findings,
  }
}

/** Two disks that claim one name: either two paths to one disk, or names that must not be trusted. */
export function sharedSerials(disks: readonly Disk[]): readonly Finding[] {
  const named = disks.filter(({ serial }) => serial !== null)
  const groups = Map.groupBy(named, ({ serial, model, wwn }) => `${serial}\n${model}\n${wwn}`)
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: 'storage.duplicate-serial',
      severity: 'warning',
      subject: group[0]?.name ?? 'storage',
      message: `Disks ${group.map(({ name }) => name).join(', ')} have one serial '${group[0]?.serial}'`,
    }))
}
