import { z } from 'zod'
import type { Frozen } from './fields.ts'

/** State of the machine's boot protections. */
export const securityFacts = z.strictObject({
  /** UEFI `SecureBoot` variable; null without UEFI or without the variable. */
  secureBoot: z.boolean().nullable(),
  /** UEFI `SetupMode` variable: true when no platform key is enrolled. */
  setupMode: z.boolean().nullable(),
  /** Kernel lockdown (/sys/kernel/security/lockdown); null where the kernel has none. */
  lockdown: z.enum(['none', 'integrity', 'confidentiality']).nullable(),
  /** True when the kernel has put devices into IOMMU groups. */
  iommu: z.boolean(),
})

/** See {@link securityFacts}. */
export type SecurityFacts = Frozen<z.infer<typeof securityFacts>>
