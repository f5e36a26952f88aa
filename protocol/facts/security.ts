import { z } from 'zod'
import { count, type Frozen, hex, kernelName, text, textOrNull } from './fields.ts'

/** A UEFI signature database (UEFI 2.10 §32.4.1). */
const signatureDatabase = z.strictObject({
  /** SHA-256 of the variable's contents. */
  digest: hex(64),
  /** Signatures in it: certificates and hashes. Null where its lists are malformed. */
  entryCount: count.nullable(),
  certificateCount: count.nullable(),
})

/** State of the machine's boot protections. */
export const securityFacts = z.strictObject({
  /** UEFI `SecureBoot` variable; null without UEFI or without the variable. */
  secureBoot: z.boolean().nullable(),
  /** UEFI `SetupMode` variable: true when no platform key is enrolled. */
  setupMode: z.boolean().nullable(),
  /** UEFI `AuditMode` and `DeployedMode` (UEFI 2.10 §32.3); null where firmware is older. */
  auditMode: z.boolean().nullable(),
  deployedMode: z.boolean().nullable(),
  /** Keys that Secure Boot goes by; null for one that is not there. */
  keys: z.strictObject({
    platformKey: signatureDatabase.nullable(),
    keyExchangeKeys: signatureDatabase.nullable(),
    allowed: signatureDatabase.nullable(),
    forbidden: signatureDatabase.nullable(),
  }),
  /**
   * One SHA-256 over what decides how the machine boots: the variables `SecureBoot`, `SetupMode`,
   * `AuditMode`, `DeployedMode`, `PK`, `KEK`, `db`, `dbx`, `BootOrder` and all `Boot####` in it. The
   * digest of a line each, `name sha256(contents)`, sorted by name. Null without UEFI variables.
   */
  bootVariablesDigest: hex(64).nullable(),
  /** Kernel lockdown (/sys/kernel/security/lockdown); null where the kernel has none. */
  lockdown: z.enum(['none', 'integrity', 'confidentiality']).nullable(),
  /** Security modules in force, `capability`, `landlock`; null where the kernel does not say. */
  securityModules: z.array(kernelName).max(32).nullable(),
  /** True when the kernel has put devices into IOMMU groups. */
  iommu: z.boolean(),
  iommuGroupCount: count,
  /** IOMMUs of the machine as the kernel names them, `dmar0`, `ivhd0`. */
  iommuUnits: z.array(kernelName).max(256),
  /** Confidential computing the processor can do, and whether the kernel can start such guests. */
  confidentialComputing: z
    .array(
      z.strictObject({
        technology: z.enum(['sev', 'sev-es', 'sev-snp', 'tdx', 'sgx']),
        /** Of the processor; null where its flags could not be read. */
        supported: z.boolean().nullable(),
        /** Of KVM or the SGX driver of this kernel; null where it does not tell. */
        enabled: z.boolean().nullable(),
      }),
    )
    .max(8),
  /** Why the kernel is tainted, letters of /proc/sys/kernel/tainted; null where it is not told. */
  kernelTaint: z
    .strictObject({
      value: count,
      reasons: z.array(text).max(32),
    })
    .nullable(),
  /** Integrity measurement (IMA) keeps a list. */
  ima: z.boolean(),
  /** Intel management engines and AMD's like behind the MEI driver. */
  managementEngines: z
    .array(
      z.strictObject({
        name: kernelName,
        kind: kernelName.nullable(),
        /** Versions of its parts, the running one first: `0:16.1.25.1932`. */
        firmwareVersions: z.array(text).max(8),
        state: textOrNull,
      }),
    )
    .max(8),
})

/** See {@link securityFacts}. */
export type SecurityFacts = Frozen<z.infer<typeof securityFacts>>
