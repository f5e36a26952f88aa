import type { AtaIdentify } from '../../../protocol/facts/ata.ts'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NvmeAttachment, NvmeNamespace } from '../../../protocol/facts/nvme.ts'
import type { Disk, DiskAbilities } from '../../../protocol/facts/storage.ts'
import type { Host } from '../../host.ts'
import { attempt, type Attempt } from '../attempt.ts'
import type { BlockDevice } from '../block-device.ts'
import { decodeScsiVpdPage } from '../decode/scsi/vpd-page.ts'
import { binaryAttribute } from '../sysfs.ts'
import { askAtaHealth, askIdentify } from './ata.ts'
import { readMmcAttachment, readMmcHealth } from './mmc.ts'
import { askNamespace, readNvmeAttachment, type ReadController } from './nvme.ts'
import { readPmemAttachment } from './pmem.ts'
import { askScsiHealth, readScsiAbilities, readScsiAttachment } from './scsi.ts'

/** What a disk tells beyond its names. */
export interface DiskDetails {
  readonly attachment: Disk['attachment']
  readonly health: Disk['health']
  readonly ability: DiskAbilities | null
  /** The disk did not answer as a disk should: it is not to be asked or read any more. */
  readonly isSilent: boolean
  readonly findings: readonly Finding[]
}

/** The NVMe controllers of the machine, by name. */
export interface NvmeControllers {
  readonly folders: ReadonlyMap<string, string>
  readonly read: ReadonlyMap<string, ReadController>
}

/** Reads and asks a disk in the way of its kind; what fails costs itself and leaves a finding. */
export async function readDiskDetails(
  host: Host,
  device: BlockDevice,
  disk: Disk,
  nvme: NvmeControllers,
): Promise<DiskDetails> {
  const place = await attempt('storage.attachment', disk.name, () =>
    attachmentOf(host, device, disk, nvme),
  )
  const attachment = place.kind === 'done' ? place.value : null
  const asked = await attempt('storage.health', disk.name, () =>
    answersOf(host, device, disk, attachment, nvme),
  )
  const answers = asked.kind === 'done' ? asked.value : nothing
  return {
    attachment:
      attachment?.kind === 'nvme' ? withNamespace(attachment, answers.namespace) : attachment,
    health: answers.health,
    ability: answers.ability,
    isSilent: asked.kind === 'failed',
    findings: [...findingOf(place), ...findingOf(asked)],
  }
}

function findingOf(one: Attempt<unknown>): readonly Finding[] {
  return one.kind === 'failed' ? [one.finding] : []
}

async function attachmentOf(
  host: Host,
  device: BlockDevice,
  disk: Disk,
  nvme: NvmeControllers,
): Promise<Disk['attachment']> {
  if (device.name.startsWith('nvme')) {
    return readNvmeAttachment(host, device, disk.nguid, nvme.folders)
  }
  if (device.name.startsWith('mmcblk')) return readMmcAttachment(host, device)
  if (device.name.startsWith('pmem')) return readPmemAttachment(host, device)
  return /^sd[a-z]/.test(device.name) ? readScsiAttachment(host, device) : null
}

interface Answers {
  readonly health: Disk['health']
  readonly ability: DiskAbilities | null
  readonly namespace: NvmeNamespace | null
}

const nothing: Answers = { health: null, ability: null, namespace: null }

/** Kernels before 6.8 do not tell how much of a namespace is in use. */
function withNamespace(attachment: NvmeAttachment, asked: NvmeNamespace | null): NvmeAttachment {
  return {
    ...attachment,
    protectionType: asked?.protectionType ?? null,
    usedBytes: attachment.usedBytes ?? asked?.usedBytes ?? null,
  }
}

async function answersOf(
  host: Host,
  device: BlockDevice,
  disk: Disk,
  attachment: Disk['attachment'],
  nvme: NvmeControllers,
): Promise<Answers> {
  if (attachment?.kind === 'nvme') return nvmeAnswers(host, attachment, nvme)
  if (attachment?.kind === 'mmc') return { ...nothing, health: await readMmcHealth(host, device) }
  if (attachment?.kind !== 'scsi') return nothing
  switch (disk.transport) {
    case 'sata':
      return ataAnswers(host, device)
    case 'sas':
    case 'scsi': {
      const ability = await readScsiAbilities(host, device, true)
      return { ...nothing, ability, health: await askScsiHealth(host, device.name) }
    }
    // Bridges of USB sticks hang on what they do not know; what stands behind a network is a machine.
    default:
      return { ...nothing, ability: await readScsiAbilities(host, device, false) }
  }
}

async function nvmeAnswers(
  host: Host,
  attachment: Extract<Disk['attachment'], { kind: 'nvme' }>,
  nvme: NvmeControllers,
): Promise<Answers> {
  const controllers = attachment.paths.flatMap(({ controller }) => nvme.read.get(controller) ?? [])
  const [first] = controllers.filter(({ identify }) => identify !== null)
  if (first === undefined || first.identify === null) return nothing
  const namespace =
    attachment.namespaceId === null
      ? null
      : await askNamespace(host, first.facts.name, attachment.namespaceId)
  return {
    health: first.health,
    ability: { kind: 'nvme', ...first.identify.abilities, namespace: namespace?.abilities ?? null },
    namespace,
  }
}

async function ataAnswers(host: Host, device: BlockDevice): Promise<Answers> {
  const asked = await askIdentify(host, device.name)
  const identify = asked ?? (await recordedIdentify(host, device))
  if (identify === null) return nothing
  return {
    health: asked === null ? null : await askAtaHealth(host, device.name, asked),
    ability: abilityOf(identify),
    namespace: null,
  }
}

/** As the kernel read it when the disk came. */
async function recordedIdentify(host: Host, { folder }: BlockDevice): Promise<AtaIdentify | null> {
  const bytes = await binaryAttribute(host, `${folder}/device/vpd_pg89`)
  const page = bytes === null ? null : decodeScsiVpdPage(bytes).page
  return page?.kind === 'ata-information' ? page.identify : null
}

function abilityOf(identify: AtaIdentify): DiskAbilities {
  const {
    model: _model,
    serial: _serial,
    firmware: _firmware,
    wwn: _wwn,
    sectorCount: _sectorCount,
    sizeBytes: _sizeBytes,
    checksumValid: _checksumValid,
    findings: _findings,
    ...ability
  } = identify
  return { ...ability, kind: 'ata' }
}
