import { z } from 'zod'
import type { TpmFacts } from '../../../protocol/facts/tpm.ts'
import { meaningfulText } from '../decode/device-text.ts'
import { decodeStructure } from '../decode/smbios/decoded.ts'
import type { MachineSmbios } from '../smbios.ts'

const textish = z.string().nullish()
const announcedFields = z.object({
  vendorId: textish,
  specificationVersion: textish,
  firmwareVersion: textish,
  description: textish,
})

/** SMBIOS type 43, DSP0134 §7.44. */
export function announcedTpms({ structures, version }: MachineSmbios): TpmFacts['announced'] {
  if (version === null) return []
  return structures
    .filter(({ type }) => type === 43)
    .map((structure) => {
      const fields = announcedFields.parse(decodeStructure(structure, version).fields)
      return {
        vendor: meaningfulText(fields.vendorId),
        specificationVersion: meaningfulText(fields.specificationVersion),
        firmwareVersion: meaningfulText(fields.firmwareVersion),
        description: meaningfulText(fields.description),
      }
    })
}
