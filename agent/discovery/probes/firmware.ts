import type { FirmwareFacts } from '../../../protocol/facts/firmware.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import { decodeFirmwareInformation } from '../decode/smbios/platform.ts'
import { type ForgivingReader, forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { firmwareInventory, readResources } from '../firmware-inventory.ts'
import { type MachineSmbios, readSmbios } from '../smbios.ts'

/** SMBIOS type 0, the boot mode, the kernel. */
export const firmwareProbe: Probe<'firmware'> = {
  class: 'firmware',
  async read(host) {
    const reader = forgivingReader(host, 'firmware')
    const [resources, smbios] = await Promise.all([readResources(host), readSmbios(host)])
    const facts: FirmwareFacts = {
      ...(await platformFirmware(reader, smbios)),
      ...(await bootMode(reader)),
      inventory: firmwareInventory(smbios),
      resources: resources.found,
      kernel: await kernelOf(reader),
    }
    return { facts, findings: [...resources.findings, ...reader.findings()] }
  },
}

async function platformFirmware(
  reader: ForgivingReader,
  smbios: MachineSmbios,
): Promise<
  Omit<FirmwareFacts, 'bootMode' | 'uefiWidthBits' | 'inventory' | 'resources' | 'kernel'>
> {
  const structure = smbios.structures.find(({ type }) => type === 0)
  if (structure === undefined) {
    return {
      vendor: meaningfulText(await reader.text(`${paths.dmiId}/bios_vendor`)),
      version: meaningfulText(await reader.text(`${paths.dmiId}/bios_version`)),
      releaseDate: isoDate(await reader.text(`${paths.dmiId}/bios_date`)),
      revision: deviceText(await reader.text(`${paths.dmiId}/bios_release`)),
      embeddedControllerRevision: null,
      romSizeBytes: null,
    }
  }
  const information = decodeFirmwareInformation(structure)
  return {
    vendor: meaningfulText(information.vendor),
    version: meaningfulText(information.version),
    releaseDate: isoDate(information.releaseDate),
    revision: information.revision,
    embeddedControllerRevision: information.embeddedControllerRevision,
    romSizeBytes: information.romSizeBytes,
  }
}

async function bootMode(
  reader: ForgivingReader,
): Promise<Pick<FirmwareFacts, 'bootMode' | 'uefiWidthBits'>> {
  const efi = await reader.host.list(paths.efi)
  if (efi.length > 0) {
    const width = await reader.text(`${paths.efi}/fw_platform_size`)
    return { bootMode: 'uefi', uefiWidthBits: width === '64' ? 64 : width === '32' ? 32 : null }
  }
  // Only a PC has a BIOS: a machine without UEFI and without DMI data boots by device tree.
  const dmi =
    (await reader.host.list(paths.dmiId)).length > 0 ||
    (await reader.host.list(paths.dmiTables)).length > 0
  return { bootMode: dmi ? 'bios' : null, uefiWidthBits: null }
}

async function kernelOf(reader: ForgivingReader): Promise<FirmwareFacts['kernel']> {
  const version = deviceText(await reader.text(paths.kernelVersion))
  const release =
    deviceText(await reader.text(paths.kernelRelease)) ??
    /^Linux version (\S+)/.exec(version ?? '')?.[1]
  return release === undefined ? null : { release, version }
}

/** DSP0134 §7.1: `mm/dd/yy` (19yy) or `mm/dd/yyyy`; null for anything that is no such day. */
export function isoDate(text: string | null): string | null {
  const match = /^(\d{2})\/(\d{2})\/(\d{2}|\d{4})$/.exec(text?.trim() ?? '')
  const [, month, day, year] = match ?? []
  if (month === undefined || day === undefined || year === undefined) return null
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return null
  return `${year.length === 2 ? `19${year}` : year}-${month}-${day}`
}
