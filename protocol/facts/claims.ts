import { z } from 'zod'
import { type Frozen, macAddress, textOrNull, uuidText } from './fields.ts'

/** What a machine says of its identity in its hello, before discovery. Claims, not proof. */
export const identityClaims = z.strictObject({
  /** Null when absent, or one of the values that vendors ship on many machines. */
  smbiosUuid: uuidText.nullable(),
  systemSerial: textOrNull,
  baseboardSerial: textOrNull,
  /** Sorted, without duplicates: burnt-in addresses of Ethernet and InfiniBand devices. */
  macs: z.array(macAddress).max(256),
})

/** See {@link identityClaims}. */
export type IdentityClaims = Frozen<z.infer<typeof identityClaims>>
