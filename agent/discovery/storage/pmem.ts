import type { PmemAttachment } from '../../../protocol/facts/scsi.ts'
import type { Host } from '../../host.ts'
import type { BlockDevice } from '../block-device.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute } from '../sysfs.ts'

/** What claims a namespace gives its mode: a page frame device, a block translation table, nothing. */
const modes: readonly (readonly [RegExp, PmemAttachment['mode']])[] = [
  [/\/pfn\d+\.\d+\//, 'fsdax'],
  [/\/btt\d+\.\d+\//, 'sector'],
]

/** Kernel document driver-api/nvdimm/nvdimm.rst. */
export async function readPmemAttachment(
  host: Host,
  { folder, place }: BlockDevice,
): Promise<PmemAttachment> {
  const region = /\/(region\d+)\//.exec(place)?.[1] ?? null
  const regionFolder = `${paths.nvdimm}/${region}`
  const files = region === null ? [] : await host.list(regionFolder)
  const mappings = await all(
    files.filter((file) => /^mapping\d+$/.test(file)),
    (file) => attribute(host, `${regionFolder}/${file}`),
  )
  return {
    kind: 'pmem',
    mode: modes.find(([pattern]) => pattern.test(place))?.[1] ?? 'raw',
    uuid: deviceText(await attribute(host, `${folder}/device/uuid`)),
    region,
    persistenceDomain:
      region === null
        ? null
        : deviceText(await attribute(host, `${regionFolder}/persistence_domain`)),
    // `nmem0,0,137438953472,0`: module, offset, size, position.
    modules: mappings.flatMap((text) => /^(nmem\d+),/.exec(text ?? '')?.[1] ?? []),
  }
}
