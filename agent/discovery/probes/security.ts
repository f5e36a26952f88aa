import type { SecurityFacts } from '../../../protocol/facts/security.ts'
import type { Host } from '../../host.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { attribute, binaryAttribute } from '../sysfs.ts'

/** Secure Boot from the UEFI variables, kernel lockdown, IOMMU. */
export const securityProbe: Probe<'security'> = {
  class: 'security',
  async read(host) {
    const facts = {
      secureBoot: await booleanVariable(host, 'SecureBoot'),
      setupMode: await booleanVariable(host, 'SetupMode'),
      lockdown: lockdownMode(await attribute(host, paths.lockdown)),
      iommu: (await host.list(paths.iommuGroups)).length > 0,
    }
    return { facts, findings: [] }
  },
}

/** UEFI 2.10 §3.3, the GUID of global variables. */
const globalVariable = '8be4df61-93ca-11d2-aa0d-00e098032b8c'

/** efivarfs puts 4 bytes of attributes before the value; the older efivars interface does not. */
async function booleanVariable(host: Host, name: string): Promise<boolean | null> {
  const variable = `${name}-${globalVariable}`
  const file = await binaryAttribute(host, `${paths.efi}/efivars/${variable}`)
  if (file !== null) return file.length === 5 ? file[4] === 1 : null
  const data = await binaryAttribute(host, `${paths.efi}/vars/${variable}/data`)
  return data?.length === 1 ? data[0] === 1 : null
}

const lockdownModes = ['none', 'integrity', 'confidentiality'] as const

/** The mode in force stands in brackets: `none [integrity] confidentiality`. */
function lockdownMode(text: string | null): SecurityFacts['lockdown'] {
  const mode = /\[(\w+)\]/.exec(text ?? '')?.[1]
  return lockdownModes.find((known) => known === mode) ?? null
}
