import type { SecurityFacts } from '../../../protocol/facts/security.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { taintReasons } from '../decode/kernel-taint.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { confidentialComputing } from '../security/confidential.ts'
import { readSecureBoot } from '../security/secure-boot.ts'
import { attribute, countAttribute } from '../sysfs.ts'

/** Secure Boot from the UEFI variables, the kernel's own protections, IOMMU, what guards guests. */
export const securityProbe: Probe<'security'> = {
  class: 'security',
  async read(host) {
    const [secureBoot, groups, units, taint, modules, ima] = await Promise.all([
      readSecureBoot(host),
      host.list(paths.iommuGroups),
      host.list(paths.iommu),
      countAttribute(host, '/proc/sys/kernel/tainted'),
      attribute(host, `${paths.securityFs}/lsm`),
      host.list(`${paths.securityFs}/ima`),
    ])
    const facts: SecurityFacts = {
      ...secureBoot.facts,
      lockdown: lockdownMode(await attribute(host, paths.lockdown)),
      securityModules: modules?.split(',').filter((name) => name !== '') ?? null,
      iommu: groups.length > 0,
      iommuGroupCount: groups.length,
      iommuUnits: units,
      confidentialComputing: await confidentialComputing(host),
      kernelTaint: taint === null ? null : { value: taint, reasons: taintReasons(taint) },
      ima: ima.length > 0,
      managementEngines: await managementEngines(host),
    }
    return { facts, findings: secureBoot.findings }
  },
}

const lockdownModes = ['none', 'integrity', 'confidentiality'] as const

/** The mode in force stands in brackets: `none [integrity] confidentiality`. */
function lockdownMode(text: string | null): SecurityFacts['lockdown'] {
  const mode = /\[(\w+)\]/.exec(text ?? '')?.[1]
  return lockdownModes.find((known) => known === mode) ?? null
}

/** Kernel document sysfs-class-mei. */
async function managementEngines(host: Host): Promise<SecurityFacts['managementEngines']> {
  const names = (await host.list(paths.mei)).filter((name) => /^mei\d+$/.test(name))
  return all(names, async (name) => {
    const [kind, versions, state] = await Promise.all(
      ['kind', 'fw_ver', 'dev_state'].map((file) =>
        attribute(host, `${paths.mei}/${name}/${file}`),
      ),
    )
    const lines = (versions ?? '').split('\n').flatMap((line) => deviceText(line) ?? [])
    return {
      name,
      kind: kind ?? null,
      firmwareVersions: lines.slice(0, 8),
      state: deviceText(state),
    }
  })
}
