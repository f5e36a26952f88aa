import type { FactsOf } from './facts/inventory.ts'
import type { Disk, StorageFacts } from './facts/storage.ts'
import { amountText } from './human-text.ts'

/** `good, 4 % used, 41 °C`; null where the disk was not asked. */
export function diskHealthText({ health }: Pick<Disk, 'health'>): string | null {
  if (health === null) return null
  const { healthy, usedRatio, mediaErrorCount, badSectorCount, temperatureCelsius } = health
  const words = [
    healthy === null ? null : healthy ? 'good' : 'failing',
    ...health.warnings,
    usedRatio === null ? null : `${Math.round(usedRatio * 100)} % used`,
    (mediaErrorCount ?? 0) > 0 ? `${mediaErrorCount} media errors` : null,
    (badSectorCount ?? 0) > 0 ? `${badSectorCount} bad sectors` : null,
    temperatureCelsius === null ? null : `${Math.round(temperatureCelsius)} °C`,
  ]
  const known = words.filter((word) => word !== null)
  return known.length === 0 ? null : known.join(', ')
}

/** `gpt: sda1 536 MB ext4 'boot', sda2 ...`; null where nothing that we know is on it. */
export function diskContentsText(
  disk: Pick<Disk, 'name' | 'partitions'>,
  { contents }: Pick<StorageFacts, 'contents'>,
): string | null {
  const formats = (name: string) => {
    const found = contents.find(({ device }) => device === name)
    return (found?.signatures ?? []).map(({ name: format, label }) =>
      label === null ? format : `${format} '${label}'`,
    )
  }
  const table = contents.find(({ device }) => device === disk.name)?.partitionTable ?? null
  const parts = [
    ...formats(disk.name),
    ...disk.partitions.map(({ name, sizeBytes }) =>
      [name, amountText(sizeBytes, 'B'), ...formats(name)].join(' '),
    ),
  ]
  if (table === null) return parts.length === 0 ? null : parts.join(', ')
  const isWhole = table.state === 'good' || table.state === 'not-kept-twice'
  const head = isWhole ? table.kind : `${table.kind} (${table.state})`
  return parts.length === 0 ? head : `${head}: ${parts.join(', ')}`
}

/** `leaf-3 Ethernet1/7`, as the other ends of the cable say it; null where nobody spoke. */
export function neighborText(neighbors: FactsOf<'neighbors'> | null, name: string): string | null {
  const found = neighbors?.ports.find((port) => port.interface === name)?.neighbors ?? []
  const texts = found.map(({ systemName, chassisId, portId, portDescription }) =>
    [systemName ?? chassisId, portId ?? portDescription].filter((word) => word !== null).join(' '),
  )
  return texts.length === 0 ? null : [...new Set(texts)].join(', ')
}
