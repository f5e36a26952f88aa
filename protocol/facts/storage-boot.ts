import { z } from 'zod'
import { count, type Frozen, hex, textOrNull, uuidText } from './fields.ts'

/** A load option, UEFI 2.10 §3.1.3: what the firmware can boot. */
export const efiLoadOption = z.strictObject({
  active: z.boolean(),
  hidden: z.boolean(),
  /** An application that is only started when asked for; false: it boots. */
  application: z.boolean(),
  description: textOrNull,
  /** Device path in the text form of UEFI 2.10 §10.6; several are joined by commas. */
  path: z.string().max(1024),
  /** GUID of the GPT partition it starts from; null: it does not name one. */
  partitionId: uuidText.nullable(),
  /** Bytes of data behind the path. */
  optionalDataBytes: count,
})

/** The boot manager's variables. Numbers as in `Boot0001`. */
export const efiBoot = z.strictObject({
  /** Null: this boot came from none of the entries. */
  current: hex(4).nullable(),
  /** For the next boot only; null: none. */
  next: hex(4).nullable(),
  order: z.array(hex(4)).max(512),
  timeoutSeconds: count.nullable(),
  entries: z.array(efiLoadOption.extend({ number: hex(4) })).max(512),
})

/** See {@link efiLoadOption}. */
export type EfiLoadOption = Frozen<z.infer<typeof efiLoadOption>>
/** See {@link efiBoot}. */
export type EfiBoot = Frozen<z.infer<typeof efiBoot>>
