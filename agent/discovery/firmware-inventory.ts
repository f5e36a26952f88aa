import { z } from 'zod'
import { DecodeError } from '../../protocol/errors.ts'
import type { FirmwareFacts } from '../../protocol/facts/firmware.ts'
import type { Host } from '../host.ts'
import { attemptEach } from './attempt.ts'
import { meaningfulText } from './decode/device-text.ts'
import { decodeStructure } from './decode/smbios/decoded.ts'
import { paths } from './paths.ts'
import type { MachineSmbios } from './smbios.ts'
import { attribute, countAttribute } from './sysfs.ts'

type Resource = FirmwareFacts['resources'][number]

const textish = z.string().nullish()
const entryFields = z.object({
  componentName: textish,
  version: textish,
  firmwareId: textish,
  releaseDate: textish,
  manufacturer: textish,
  lowestSupportedVersion: textish,
  imageSizeBytes: z.number().nullish(),
  state: textish,
})

/** SMBIOS type 45, DSP0134 §7.46. */
export function firmwareInventory({
  structures,
  version,
}: MachineSmbios): FirmwareFacts['inventory'] {
  if (version === null) return []
  return structures
    .filter(({ type }) => type === 45)
    .map((structure) => {
      const fields = entryFields.parse(decodeStructure(structure, version).fields)
      return {
        component: meaningfulText(fields.componentName),
        version: meaningfulText(fields.version),
        firmwareId: meaningfulText(fields.firmwareId),
        releaseDate: meaningfulText(fields.releaseDate),
        manufacturer: meaningfulText(fields.manufacturer),
        lowestSupportedVersion: meaningfulText(fields.lowestSupportedVersion),
        imageSizeBytes: fields.imageSizeBytes ?? null,
        state: meaningfulText(fields.state),
      }
    })
}

/** Kernel document sysfs-firmware-efi-esrt. */
export async function readResources(host: Host) {
  const folder = `${paths.esrt}/entries`
  const names = (await host.list(folder)).filter((name) => /^entry\d+$/.test(name))
  return attemptEach('firmware', names, (name) => readResource(host, folder, name))
}

const types = [null, 'system', 'device', 'driver'] as const

async function readResource(host: Host, folder: string, name: string): Promise<Resource> {
  const number = (file: string) => countAttribute(host, `${folder}/${name}/${file}`)
  const [guid, type, version, lowest, attemptVersion, attemptStatus] = await Promise.all([
    attribute(host, `${folder}/${name}/fw_class`),
    number('fw_type'),
    number('fw_version'),
    number('lowest_supported_fw_version'),
    number('last_attempt_version'),
    number('last_attempt_status'),
  ])
  if (guid === null || version === null) {
    throw new DecodeError(`Cannot read ${name} of the system resource table: no class or version`)
  }
  return {
    name,
    class: guid.toLowerCase(),
    type: types[type ?? 0] ?? null,
    version,
    lowestSupportedVersion: lowest,
    lastAttemptVersion: attemptVersion,
    lastAttemptStatus: attemptStatus,
  }
}
