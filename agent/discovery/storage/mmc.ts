import type { MmcAttachment } from '../../../protocol/facts/scsi.ts'
import type { DiskHealth } from '../../../protocol/facts/storage-health.ts'
import type { Host } from '../../host.ts'
import type { BlockDevice } from '../block-device.ts'
import { deviceText } from '../decode/device-text.ts'
import { attribute, countAttribute } from '../sysfs.ts'

const types = ['SD', 'MMC', 'SDIO', 'SDcombo'] as const

/** Kernel document driver-api/mmc/mmc-dev-attrs.rst. */
export async function readMmcAttachment(
  host: Host,
  { folder }: BlockDevice,
): Promise<MmcAttachment> {
  const of = (file: string) => attribute(host, `${folder}/device/${file}`)
  const type = await of('type')
  return {
    kind: 'mmc',
    type: types.find((one) => one === type) ?? null,
    manufacturerId: digitsOf(await of('manfid'), 6),
    oemId: digitsOf(await of('oemid'), 4),
    date: deviceText(await of('date')),
    hardwareRevision: deviceText(await of('hwrev')),
    preferredEraseSizeBytes: await countAttribute(host, `${folder}/device/preferred_erase_size`),
  }
}

function digitsOf(text: string | null, digits: number): string | null {
  const found = /^0x([0-9a-f]{1,8})$/i
    .exec(text ?? '')?.[1]
    ?.toLowerCase()
    .padStart(digits, '0')
  return found?.length === digits ? found : null
}

/** Life time and pre-EOL of JESD84-B51 §7.4; null on cards, which have none. */
export async function readMmcHealth(
  host: Host,
  { folder }: BlockDevice,
): Promise<DiskHealth | null> {
  const lives = hexNumbers(await attribute(host, `${folder}/device/life_time`))
  const preEol = hexNumbers(await attribute(host, `${folder}/device/pre_eol_info`))[0] ?? 0
  // 1 to 10: that many tenths at most; 11: over. 0: not told.
  const used = Math.max(0, ...lives.filter((life) => life >= 1 && life <= 11))
  if (used === 0 && preEol === 0) return null
  return {
    source: 'mmc',
    healthy: preEol === 0 ? null : preEol < 3,
    temperatureCelsius: null,
    powerOnHours: null,
    powerCycleCount: null,
    usedRatio: used === 0 ? null : used / 10,
    spareRatio: null,
    readBytes: null,
    writtenBytes: null,
    mediaErrorCount: null,
    badSectorCount: null,
    warnings: preEol === 2 ? ['spare-low'] : preEol === 3 ? ['spare-urgent'] : [],
  }
}

/** `0x01 0x02` */
function hexNumbers(text: string | null): readonly number[] {
  return [...(text ?? '').matchAll(/0x([0-9a-f]{1,2})\b/gi)].map(([, digits = '']) =>
    Number.parseInt(digits, 16),
  )
}
