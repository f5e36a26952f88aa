import type { Finding } from '../../../protocol/facts/finding.ts'
import type { StorageFacts } from '../../../protocol/facts/storage.ts'

/** Of the writes a disk was made for, the share past which it wants replacing. */
const wornRatio = 0.9

/** What is wrong with disks, arrays and paths, by what they say of themselves. */
export function storageFindings(facts: StorageFacts): readonly Finding[] {
  return [
    ...facts.disks.flatMap((disk) => diskFindings(disk)),
    ...facts.abilities.flatMap(({ disks, ability }) =>
      ability.kind === 'ata' && ability.security?.locked === true
        ? disks.map((name) => finding('storage.locked', 'warning', name, 'Locked by a password'))
        : [],
    ),
    ...facts.contents.flatMap(({ device, partitionTable }) =>
      tableFindings(device, partitionTable),
    ),
    ...facts.arrays.flatMap((array) => arrayFindings(array)),
    ...facts.nvmeControllers
      .filter(({ state }) => state !== null && state !== 'live')
      .map(({ name, state, address }) =>
        finding(
          'storage.nvme-controller-down',
          'warning',
          name,
          `NVMe controller at ${address ?? 'no address'} is ${state}`,
        ),
      ),
  ]
}

function finding(
  code: string,
  severity: Finding['severity'],
  subject: string,
  message: string,
): Finding {
  return { code, severity, subject, message: message.slice(0, 1024) }
}

function diskFindings(disk: StorageFacts['disks'][number]): readonly Finding[] {
  return [...stateFindings(disk), ...healthFindings(disk)]
}

/** Where SCSI has given a disk up; other states pass. */
const goneStates: ReadonlySet<string | null> = new Set(['offline', 'transport-offline'])

function stateFindings({ name, attachment }: StorageFacts['disks'][number]): readonly Finding[] {
  if (attachment?.kind !== 'scsi' || !goneStates.has(attachment.state)) return []
  return [finding('storage.offline', 'error', name, `The kernel has it ${attachment.state}`)]
}

function healthFindings({ name, health }: StorageFacts['disks'][number]): readonly Finding[] {
  if (health === null) return []
  const { healthy, warnings, usedRatio, mediaErrorCount, badSectorCount } = health
  const named = warnings.length === 0 ? '' : `: ${warnings.join(', ')}`
  const found: Finding[] = []
  if (healthy === false) {
    found.push(finding('storage.failing', 'error', name, `Says that it fails${named}`))
  } else if (warnings.length > 0) {
    found.push(finding('storage.health-warning', 'warning', name, `Warns${named}`))
  }
  if (usedRatio !== null && usedRatio >= wornRatio) {
    const percent = Math.round(usedRatio * 100)
    found.push(finding('storage.worn', 'warning', name, `${percent} % of its endurance is used`))
  }
  if (mediaErrorCount !== null && mediaErrorCount > 0) {
    const message = `${mediaErrorCount} errors of its medium that it could not correct`
    found.push(finding('storage.media-errors', 'warning', name, message))
  }
  if (badSectorCount !== null && badSectorCount > 0) {
    const message = `${badSectorCount} sectors are bad or were replaced`
    found.push(finding('storage.bad-sectors', 'info', name, message))
  }
  return found
}

const tableStates: Readonly<Record<string, string>> = {
  'primary-damaged': 'The primary GPT is damaged, its backup is good',
  'backup-damaged': 'The backup GPT is damaged or not at the end of the disk',
  'copies-differ': 'The two copies of the GPT differ',
}

function tableFindings(
  device: string,
  table: StorageFacts['contents'][number]['partitionTable'],
): readonly Finding[] {
  const message = tableStates[table?.state ?? '']
  return message === undefined ? [] : [finding('storage.gpt-damaged', 'warning', device, message)]
}

function arrayFindings(array: StorageFacts['arrays'][number]): readonly Finding[] {
  const { name, degradedCount, members, level } = array
  const faulty = members.filter(({ states }) => states.includes('faulty'))
  const found: Finding[] = []
  if (degradedCount !== null && degradedCount > 0) {
    const message = `${level ?? 'Array'} lacks ${degradedCount} of ${array.deviceCount} members`
    found.push(finding('storage.array-degraded', 'error', name, message))
  }
  if (faulty.length > 0) {
    const names = faulty.map((member) => member.name).join(', ')
    found.push(finding('storage.array-member-faulty', 'error', name, `Faulty members: ${names}`))
  }
  return found
}
