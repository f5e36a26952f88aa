import type { SecurityFacts } from '../../../protocol/facts/security.ts'
import { deviceText } from '../decode/device-text.ts'
import { taintReasons } from '../decode/kernel-taint.ts'
import { type ForgivingReader, forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { confidentialComputing } from '../security/confidential.ts'
import { readSecureBoot } from '../security/secure-boot.ts'

/** Secure Boot from the UEFI variables, the kernel's own protections, IOMMU, what guards guests. */
export const securityProbe: Probe<'security'> = {
  class: 'security',
  async read(host) {
    const reader = forgivingReader(host, 'security')
    const [secureBoot, groups, units, taint, modules, ima] = await Promise.all([
      readSecureBoot(host),
      host.list(paths.iommuGroups),
      host.list(paths.iommu),
      reader.count('/proc/sys/kernel/tainted'),
      reader.text(`${paths.securityFs}/lsm`),
      host.list(`${paths.securityFs}/ima`),
    ])
    const facts: SecurityFacts = {
      ...secureBoot.facts,
      lockdown: lockdownMode(await reader.text(paths.lockdown)),
      securityModules: modules?.split(',').filter((name) => name !== '') ?? null,
      iommu: groups.length > 0,
      iommuGroupCount: groups.length,
      iommuUnits: units,
      confidentialComputing: await confidentialComputing(reader),
      kernelTaint: taint === null ? null : { value: taint, reasons: taintReasons(taint) },
      ima: ima.length > 0,
      managementEngines: await managementEngines(reader),
    }
    return { facts, findings: [...secureBoot.findings, ...reader.findings()] }
  },
}

const lockdownModes = ['none', 'integrity', 'confidentiality'] as const

/** The mode in force stands in brackets: `none [integrity] confidentiality`. */
function lockdownMode(text: string | null): SecurityFacts['lockdown'] {
  const mode = /\[(\w+)\]/.exec(text ?? '')?.[1]
  return lockdownModes.find((known) => known === mode) ?? null
}

/** Kernel document sysfs-class-mei. */
async function managementEngines(
  reader: ForgivingReader,
): Promise<SecurityFacts['managementEngines']> {
  const names = (await reader.host.list(paths.mei)).filter((name) => /^mei\d+$/.test(name))
  return all(names, async (name) => {
    const [kind, versions, state] = await Promise.all(
      ['kind', 'fw_ver', 'dev_state'].map((file) => reader.text(`${paths.mei}/${name}/${file}`)),
    )
    const lines = (versions ?? '').split('\n').flatMap((line) => deviceText(line) ?? [])
    return {
      name,
      kind: deviceText(kind),
      firmwareVersions: lines.slice(0, 8),
      state: deviceText(state),
    }
  })
}
