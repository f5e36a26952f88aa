import { z } from 'zod'
import { count, type Frozen } from './fields.ts'
import { finding } from './finding.ts'

const handle = z.string().regex(/^0x[0-9a-f]{4}$/)

/** What a field holds; null: the firmware says that it does not know, or names nothing. */
const value = z.json()

/** One structure of the table (DSP0134 §6.1.2). */
export const smbiosStructure = z.strictObject({
  handle,
  /** 0 to 127 are the standard's, the others their maker's. */
  type: z.int().min(0).max(255),
  /** The standard's or its maker's name of the type; `OEM-specific` and `Unknown` without one. */
  name: z.string().max(64),
  /** Of the formatted area, which tells the version of the structure. */
  lengthBytes: count,
  /**
   * Fields by name, units last. A field that this version of the structure does not have is not
   * there. Null for types that neither the standard nor their maker has described.
   */
  fields: z.record(z.string().max(64), value).nullable(),
  /** The formatted area in hex and the strings after it; null for types of the standard. */
  raw: z
    .strictObject({ bytes: z.string().max(512), strings: z.array(z.string().max(4096)).max(255) })
    .nullable(),
})

/** What `decode smbios` prints: the whole table. */
export const smbiosDump = z.strictObject({
  /** Of the entry point, `3.4`; null for a table without one. */
  version: z.string().max(16).nullable(),
  entryPoint: z.enum(['_SM3_', '_SM_', '_DMI_']).nullable(),
  structures: z.array(smbiosStructure).max(65_536),
  /** What is wrong with the table. */
  findings: z.array(finding),
})

/** See {@link smbiosDump}. */
export type SmbiosDump = Frozen<z.infer<typeof smbiosDump>>

/** One entry of {@link SmbiosDump}. */
export type SmbiosStructureFacts = SmbiosDump['structures'][number]
