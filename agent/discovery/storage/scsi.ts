import type { ScsiAbilities, ScsiAttachment } from '../../../protocol/facts/scsi.ts'
import type { DiskHealth } from '../../../protocol/facts/storage-health.ts'
import type { Host } from '../../host.ts'
import type { BlockDevice } from '../block-device.ts'
import {
  decodeHealthPages,
  decodeLogPageList,
  healthPages,
  type LogReadings,
} from '../decode/scsi/log-pages.ts'
import { decodeScsiVpdPage } from '../decode/scsi/vpd-page.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { attribute, binaryAttribute, countAttribute, resolveLink } from '../sysfs.ts'
import { logSenseQuestion, vpdQuestion } from './questions.ts'
import { linkSpeed, sasAddressOf } from './sas.ts'

/** Where a SCSI disk is: kernel documents ABI/testing/sysfs-block-device and sysfs-class-enclosure. */
export async function readScsiAttachment(
  host: Host,
  { folder, place }: BlockDevice,
): Promise<ScsiAttachment | null> {
  const device = `${folder}/device`
  const address = place.split('/').findLast((part) => /^\d+:\d+:\d+:\d+$/.test(part))
  const link = await host.link(device)
  const shown =
    address ??
    resolveLink(folder, link ?? '')
      .split('/')
      .at(-1) ??
    ''
  if (!/^\d+:\d+:\d+:\d+$/.test(shown)) return null
  const endDevice = place.split('/').findLast((part) => part.startsWith('end_device-'))
  const sas = endDevice === undefined ? null : `${paths.sasDevices}/${endDevice}`
  const [state, queueDepth, ownAddress, sasAddress, enclosure, bay, speed, slot] =
    await Promise.all([
      attribute(host, `${device}/state`),
      countAttribute(host, `${device}/queue_depth`),
      sasAddressOf(host, `${device}/sas_address`),
      sas === null ? null : sasAddressOf(host, `${sas}/sas_address`),
      sas === null ? null : sasAddressOf(host, `${sas}/enclosure_identifier`),
      sas === null ? null : countAttribute(host, `${sas}/bay_identifier`),
      linkSpeedOf(host, place),
      enclosureSlot(host, device),
    ])
  return {
    kind: 'scsi',
    address: shown,
    state: deviceText(state),
    queueDepth,
    sasAddress: ownAddress ?? sasAddress,
    linkSpeedBitsPerSecond: speed,
    enclosure,
    slot: slot ?? bay,
  }
}

/** The enclosure driver links a disk to the place it is in: `enclosure_device:Slot 01`. */
async function enclosureSlot(host: Host, device: string): Promise<number | null> {
  const entry = (await host.list(device)).find((name) => name.startsWith('enclosure_device:'))
  return entry === undefined ? null : countAttribute(host, `${device}/${entry}/slot`)
}

/** Of the ATA link, or of a phy of the SAS port, that the disk lies behind. */
async function linkSpeedOf(host: Host, place: string): Promise<number | null> {
  const port = /\/ata(\d+)\//.exec(place)?.[1]
  if (port !== undefined) {
    return linkSpeed(await attribute(host, `${paths.ataLink}/link${port}/sata_spd`))
  }
  const folder = /^.*\/port-[\d:]+(?=\/end_device-)/.exec(place)?.[0]
  if (folder === undefined) return null
  const phy = (await host.list(folder)).find((name) => name.startsWith('phy-'))
  return phy === undefined
    ? null
    : linkSpeed(await attribute(host, `${paths.sasPhys}/${phy}/negotiated_linkrate`))
}

/** VPD pages B0h, B1h and B2h, as the kernel read them or by asking; null: the disk has none. */
export async function readScsiAbilities(
  host: Host,
  device: BlockDevice,
  mayAsk: boolean,
): Promise<ScsiAbilities | null> {
  const listed = await readPage(host, device, 0x00, mayAsk)
  const codes = listed?.kind === 'supported-pages' ? listed.codes : []
  const read = async (code: number) => {
    const isListed = codes.includes(code.toString(16))
    return readPage(host, device, code, mayAsk && isListed)
  }
  const [limits, characteristics, provisioning] = [
    await read(0xb0),
    await read(0xb1),
    await read(0xb2),
  ]
  const found: ScsiAbilities = {
    kind: 'scsi',
    limits: limits?.kind === 'block-limits' ? limits : null,
    characteristics: characteristics?.kind === 'block-characteristics' ? characteristics : null,
    provisioning: provisioning?.kind === 'provisioning' ? provisioning : null,
  }
  const isEmpty = [found.limits, found.characteristics, found.provisioning].every(
    (one) => one === null,
  )
  return isEmpty ? null : found
}

async function readPage(host: Host, { name, folder }: BlockDevice, code: number, mayAsk: boolean) {
  const file = `${folder}/device/vpd_pg${code === 0 ? '0' : code.toString(16)}`
  const page =
    (await binaryAttribute(host, file)) ??
    (mayAsk ? await host.ask(vpdQuestion(name, code)) : undefined)
  // A device that does not know a page may give another one.
  if (page === undefined || page.length < 4 || page[1] !== code) return null
  return decodeScsiVpdPage(page).page
}

/** Log pages of a SCSI disk in one reading; null: it keeps none that tell of its health. */
export async function askScsiHealth(host: Host, name: string): Promise<DiskHealth | null> {
  const list = await host.ask(logSenseQuestion(name, 0))
  if (list === undefined) return null
  const known = decodeLogPageList(list)
  const pages = new Map<number, Uint8Array>()
  for (const code of healthPages.filter((page) => known.has(page))) {
    const answer = await host.ask(logSenseQuestion(name, code))
    if (answer !== undefined) pages.set(code, answer)
  }
  return pages.size === 0 ? null : healthOf(decodeHealthPages(pages))
}

function healthOf(readings: LogReadings): DiskHealth {
  const { healthy, startCount, uncorrectedCount, ...rest } = readings
  return {
    source: 'scsi',
    healthy,
    powerCycleCount: startCount,
    spareRatio: null,
    mediaErrorCount: uncorrectedCount,
    badSectorCount: null,
    warnings: healthy === false ? ['failure prediction threshold exceeded'] : [],
    ...rest,
  }
}
