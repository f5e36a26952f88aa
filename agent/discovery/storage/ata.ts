import type { AtaIdentify, AtaSmart } from '../../../protocol/facts/ata.ts'
import type { DiskHealth } from '../../../protocol/facts/storage-health.ts'
import type { Host } from '../../host.ts'
import { decodeAtaIdentify } from '../decode/ata/identify.ts'
import {
  decodeDeviceStatistics,
  decodeStatisticsList,
  type DeviceStatistics,
  statisticsPages,
} from '../decode/ata/device-statistics.ts'
import { decodeAtaSmart } from '../decode/ata/smart.ts'
import { decodeSmartStatus } from '../decode/ata/smart-status.ts'
import { askSector, ataQuestions } from './questions.ts'

/** What an ATA disk says of itself by IDENTIFY DEVICE; null: it was not to be asked. */
export async function askIdentify(host: Host, name: string): Promise<AtaIdentify | null> {
  const data = await askSector(host, ataQuestions.identify(name))
  return data === undefined || isEmpty(data) ? null : decodeAtaIdentify(data)
}

function isEmpty(data: Uint8Array): boolean {
  return data.every((byte) => byte === 0) || data.every((byte) => byte === 0xff)
}

/** SMART attributes and device statistics of an ATA disk in one reading; null: it keeps neither. */
export async function askAtaHealth(
  host: Host,
  name: string,
  identify: AtaIdentify,
): Promise<DiskHealth | null> {
  const { smart, deviceStatistics } = identify.features
  const table = smart.supported && smart.enabled ? await askSmart(host, name, identify) : null
  const statistics = deviceStatistics.supported ? await askStatistics(host, name) : null
  if (table === null && statistics === null) return null
  return healthOf(table, statistics, identify.logicalSectorSizeBytes)
}

async function askSmart(host: Host, name: string, identify: AtaIdentify): Promise<AtaSmart | null> {
  const data = await askSector(host, ataQuestions.smartData(name))
  if (data === undefined) return null
  const thresholds = await askSector(host, ataQuestions.smartThresholds(name))
  const sense = await host.ask(ataQuestions.smartStatus(name))
  const healthy = sense === undefined ? null : decodeSmartStatus(sense)
  return decodeAtaSmart(data, thresholds ?? null, identify, healthy)
}

async function askStatistics(host: Host, name: string): Promise<DeviceStatistics | null> {
  const list = await askSector(host, ataQuestions.statistics(name, 0))
  if (list === undefined) return null
  const pages = new Map<number, Uint8Array>()
  const known = decodeStatisticsList(list)
  for (const page of statisticsPages.filter((number) => known.includes(number))) {
    const answer = await askSector(host, ataQuestions.statistics(name, page))
    if (answer !== undefined) pages.set(page, answer)
  }
  return pages.size === 0 ? null : decodeDeviceStatistics(pages)
}

/** The statistics are standard and go first; attributes are a convention among makers. */
function healthOf(
  smart: AtaSmart | null,
  statistics: DeviceStatistics | null,
  sectorBytes: number,
): DiskHealth {
  const reading = (name: string) =>
    smart?.attributes.find((one) => one.name === name)?.reading?.amount ?? null
  const share = (name: string) => {
    const value = smart?.attributes.find((one) => one.name === name)?.value ?? null
    return value === null || value > 100 ? null : value / 100
  }
  const left = share('endurance-remaining') ?? share('media-wearout-indicator')
  const bytes = (sectors: number | null | undefined) =>
    sectors === null || sectors === undefined ? null : sectors * sectorBytes
  return {
    source: 'ata',
    healthy: smart?.healthy ?? null,
    temperatureCelsius: statistics?.temperatureCelsius ?? smart?.temperatureCelsius ?? null,
    powerOnHours: statistics?.powerOnHours ?? smart?.powerOnHours ?? null,
    powerCycleCount: statistics?.powerCycleCount ?? smart?.powerCycleCount ?? null,
    usedRatio: statistics?.usedRatio ?? (left === null ? null : Math.round((1 - left) * 100) / 100),
    spareRatio: share('available-reserved-space'),
    readBytes: bytes(statistics?.readSectors),
    writtenBytes: bytes(statistics?.writtenSectors),
    mediaErrorCount:
      statistics?.uncorrectableErrorCount ??
      reading('reported-uncorrect') ??
      reading('offline-uncorrectable'),
    badSectorCount: smart?.badSectorCount ?? null,
    warnings: (smart?.attributes ?? [])
      .filter(({ good, prefailure }) => good === false && prefailure)
      .map(({ name }) => name),
  }
}
