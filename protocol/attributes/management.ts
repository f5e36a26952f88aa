import type { BmcFacts } from '../facts/bmc.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  type MachineRecord,
  of,
  set,
  string,
  version,
} from './definition.ts'

const security = { source: 'security', nature: 'state' } as const
const tpm = { source: 'tpm', nature: 'state' } as const
const bmc = { source: 'bmc', nature: 'state' } as const

/** Protections of the boot, the TPM, and the BMC: firmware settings decide on all of them. */
export const managementAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  bool(
    'security.secureBoot',
    { ...security, description: 'UEFI Secure Boot is on' },
    of('security', (facts) => facts.secureBoot),
  ),
  bool(
    'security.setupMode',
    { ...security, description: 'No platform key is enrolled: whoever boots may enrol one' },
    of('security', (facts) => facts.setupMode),
  ),
  string(
    'security.lockdown',
    { ...security, description: 'Kernel lockdown: none, integrity, confidentiality' },
    of('security', (facts) => facts.lockdown),
  ),
  bool(
    'security.attested',
    {
      ...security,
      description:
        'Its boot was attested: its event log agrees with what its TPM quotes. Not known until ' +
        'somebody attests; the agent cannot attest itself',
    },
    () => undefined,
  ),
  bool(
    'security.iommu',
    { ...security, description: 'The kernel uses an IOMMU' },
    of('security', (facts) => facts.iommu),
  ),
  set(
    'security.confidential',
    { ...security, description: 'Guests it can start encrypted: sev, sev-snp, tdx, sgx' },
    of('security', ({ confidentialComputing }) =>
      confidentialComputing.flatMap((one) => (one.enabled === true ? one.technology : [])),
    ),
  ),
  string(
    'security.bootDigest',
    { ...security, description: 'SHA-256 over the UEFI variables that decide on the boot' },
    of('security', (facts) => facts.bootVariablesDigest),
  ),
  version(
    'tpm.version',
    { ...tpm, description: 'Version of the TPM, 1.2 or 2.0' },
    of('tpm', ({ tpms }) => (tpms[0] === undefined ? null : (tpms[0].version ?? undefined))),
  ),
  string(
    'tpm.manufacturer',
    { ...tpm, description: 'Maker of the TPM' },
    of('tpm', ({ tpms }) => (tpms[0] === undefined ? null : (tpms[0].manufacturer ?? undefined))),
  ),
  version(
    'tpm.firmwareVersion',
    { ...tpm, description: 'Firmware version of the TPM' },
    of('tpm', ({ tpms }) =>
      tpms[0] === undefined ? null : (tpms[0].firmwareVersion ?? undefined),
    ),
  ),
  bool(
    'tpm.endorsed',
    { ...tpm, description: 'The TPM holds a certificate of its endorsement key' },
    of('tpm', ({ tpms }) => {
      const certificates = tpms[0]?.endorsementCertificates
      return certificates === null || certificates === undefined
        ? undefined
        : certificates.length > 0
    }),
  ),
  bool(
    'tpm.logAgrees',
    { ...tpm, description: "The boot's event log gives what the registers hold, in every bank" },
    of('tpm', ({ tpms }) => {
      const banks = Object.values(tpms[0]?.eventLog?.agrees ?? {})
      return banks.length === 0 ? undefined : banks.every((agrees) => agrees)
    }),
  ),
  int(
    'bmc.count',
    { ...bmc, description: 'Management controllers that answer' },
    of('bmc', ({ controllers }) => controllers.length),
  ),
  string(
    'bmc.manufacturer',
    { ...bmc, description: 'Maker of the BMC' },
    of('bmc', (facts) => ofFirst(facts, ({ id }) => id.manufacturer)),
  ),
  version(
    'bmc.firmwareVersion',
    { ...bmc, description: 'Firmware version of the BMC' },
    of('bmc', (facts) => ofFirst(facts, ({ id }) => id.firmwareVersion)),
  ),
  set(
    'bmc.addresses',
    { ...bmc, nature: 'identity', description: 'IP addresses of the BMC' },
    of('bmc', (facts) =>
      ofFirst(facts, ({ channels }) =>
        channels.flatMap(({ lan }) => [
          ...(lan.address === null ? [] : [lan.address]),
          ...lan.ipv6.map(({ address }) => address),
        ]),
      ),
    ),
  ),
  set(
    'bmc.macs',
    { ...bmc, nature: 'identity', description: 'Hardware addresses of the BMC' },
    of('bmc', (facts) =>
      ofFirst(facts, ({ channels }) => channels.flatMap(({ lan }) => lan.mac ?? [])),
    ),
  ),
]

/** Null where no controller answers. */
function ofFirst<T>(
  { controllers }: BmcFacts,
  read: (controller: BmcFacts['controllers'][number]) => T | null,
): T | null | undefined {
  const [first] = controllers
  return first === undefined ? null : (read(first) ?? undefined)
}
