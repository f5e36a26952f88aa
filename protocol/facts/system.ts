import { z } from 'zod'
import { type Frozen, textOrNull, uuidText } from './fields.ts'

/** What the maker says the machine is: SMBIOS types 1, 2 and 3 (DSP0134 §7.2 to §7.4). */
export const systemFacts = z.strictObject({
  /** Version of the SMBIOS table, `3.4`; null when the machine has none. */
  smbiosVersion: textOrNull,
  /** SMBIOS system UUID; null when not set (all zeros or all ones) or there is no table. */
  uuid: uuidText.nullable(),
  manufacturer: textOrNull,
  product: textOrNull,
  version: textOrNull,
  serial: textOrNull,
  sku: textOrNull,
  family: textOrNull,
  /** The motherboard; null when SMBIOS has no type 2. */
  baseboard: z
    .strictObject({
      manufacturer: textOrNull,
      product: textOrNull,
      version: textOrNull,
      serial: textOrNull,
      assetTag: textOrNull,
    })
    .nullable(),
  /** Null when SMBIOS has no type 3. */
  chassis: z
    .strictObject({
      /** Name of DSP0134 table 17 (`Rack Mount Chassis`), or `0x2a` for a value it does not name. */
      type: textOrNull,
      manufacturer: textOrNull,
      version: textOrNull,
      serial: textOrNull,
      assetTag: textOrNull,
      sku: textOrNull,
    })
    .nullable(),
  /**
   * The hypervisor this "machine" runs under; null on bare metal. Its name (`qemu`, `vmware`) is
   * null where only the processor says that there is one.
   */
  hypervisor: z
    .strictObject({
      name: textOrNull,
      /**
       * `full`: it sees a machine; `para`: it knows of the hypervisor and works with it; `container`:
       * it shares a kernel. Null: it drives the machine for the hypervisor, or nothing tells.
       */
      virtualization: z.enum(['full', 'para', 'container']).nullable(),
      /** `4.17.1`, `6.1.0`; null where the hypervisor does not tell. */
      version: textOrNull,
    })
    .nullable(),
})

/** See {@link systemFacts}. */
export type SystemFacts = Frozen<z.infer<typeof systemFacts>>
