import type { SecurityFacts } from '../../../protocol/facts/security.ts'
import { parseCpuinfo } from '../decode/cpuinfo.ts'
import type { ForgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'

type Technology = SecurityFacts['confidentialComputing'][number]

/** What each technology is called among the processor's flags, and where the kernel says it is on. */
const technologies = [
  { technology: 'sev', vendor: 'AuthenticAMD', flag: 'sev', switch: 'kvm_amd/parameters/sev' },
  {
    technology: 'sev-es',
    vendor: 'AuthenticAMD',
    flag: 'sev_es',
    switch: 'kvm_amd/parameters/sev_es',
  },
  {
    technology: 'sev-snp',
    vendor: 'AuthenticAMD',
    flag: 'sev_snp',
    switch: 'kvm_amd/parameters/sev_snp',
  },
  {
    technology: 'tdx',
    vendor: 'GenuineIntel',
    flag: 'tdx_host_platform',
    switch: 'kvm_intel/parameters/tdx',
  },
  { technology: 'sgx', vendor: 'GenuineIntel', flag: 'sgx', switch: null },
] as const

/** The technologies of the processor's maker; none on other machines. */
export async function confidentialComputing(
  reader: ForgivingReader,
): Promise<readonly Technology[]> {
  const text = await reader.text(paths.cpuinfo)
  const first = text === null ? undefined : [...parseCpuinfo(text).processors.values()][0]
  const vendor = first?.get('vendor_id')
  const flags = first?.get('flags')?.split(' ') ?? null
  const own = technologies.filter((one) => one.vendor === vendor)
  return all(own, async (one): Promise<Technology> => ({
    technology: one.technology,
    supported: flags?.includes(one.flag) ?? null,
    enabled: one.switch === null ? await hasEnclaves(reader) : await isOn(reader, one.switch),
  }))
}

/** A module's parameter: `Y`, `N`, or a number. */
async function isOn(reader: ForgivingReader, parameter: string): Promise<boolean | null> {
  const value = await reader.text(`/sys/module/${parameter}`)
  return value === null ? null : /^(Y|[1-9]\d*)$/.test(value)
}

/** The SGX driver shows its device only where it found memory for enclaves. */
async function hasEnclaves(reader: ForgivingReader): Promise<boolean | null> {
  const devices = await reader.host.list('/sys/class/misc')
  return devices.length === 0 ? null : devices.includes('sgx_enclave')
}
