import type { FirmwareFacts } from '../../../protocol/facts/firmware.ts'
import type { Host } from '../../host.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import { decodeFirmwareInformation } from '../decode/smbios/platform.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { firmwareInventory, readResources } from '../firmware-inventory.ts'
import { readSmbios } from '../smbios.ts'
import { attribute } from '../sysfs.ts'

/** SMBIOS type 0, the boot mode, the kernel. */
export const firmwareProbe: Probe<'firmware'> = {
  class: 'firmware',
  async read(host) {
    const resources = await readResources(host)
    const facts: FirmwareFacts = {
      ...(await platformFirmware(host)),
      ...(await bootMode(host)),
      inventory: firmwareInventory(await readSmbios(host)),
      resources: resources.found,
      kernel: await kernelOf(host),
    }
    return { facts, findings: resources.findings }
  },
}

async function platformFirmware(
  host: Host,
): Promise<
  Omit<FirmwareFacts, 'bootMode' | 'uefiWidthBits' | 'inventory' | 'resources' | 'kernel'>
> {
  const smbios = await readSmbios(host)
  const structure = smbios.structures.find(({ type }) => type === 0)
  if (structure === undefined) {
    return {
      vendor: meaningfulText(await attribute(host, `${paths.dmiId}/bios_vendor`)),
      version: meaningfulText(await attribute(host, `${paths.dmiId}/bios_version`)),
      releaseDate: isoDate(await attribute(host, `${paths.dmiId}/bios_date`)),
      revision: deviceText(await attribute(host, `${paths.dmiId}/bios_release`)),
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

async function bootMode(host: Host): Promise<Pick<FirmwareFacts, 'bootMode' | 'uefiWidthBits'>> {
  const efi = await host.list(paths.efi)
  if (efi.length > 0) {
    const width = await attribute(host, `${paths.efi}/fw_platform_size`)
    return { bootMode: 'uefi', uefiWidthBits: width === '64' ? 64 : width === '32' ? 32 : null }
  }
  // Only a PC has a BIOS: a machine without UEFI and without DMI data boots by device tree.
  const dmi = (await host.list(paths.dmiId)).length > 0 || (await host.bytes(paths.dmiTable))
  return { bootMode: dmi ? 'bios' : null, uefiWidthBits: null }
}

async function kernelOf(host: Host): Promise<FirmwareFacts['kernel']> {
  const version = deviceText(await attribute(host, paths.kernelVersion))
  const release =
    deviceText(await attribute(host, paths.kernelRelease)) ??
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
