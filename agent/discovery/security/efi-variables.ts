import type { Host } from '../../host.ts'
import { paths } from '../paths.ts'
import { binaryAttribute } from '../sysfs.ts'

/** UEFI 2.10 §3.3, the GUID of global variables. */
export const globalVariable = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
/** UEFI 2.10 §32.4, the GUID of the signature databases. */
export const securityDatabase = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f'

const attributesBytes = 4

/**
 * Contents of a variable; null where there is none. efivarfs puts 4 bytes of attributes before them,
 * the older efivars interface does not.
 */
export async function efiVariable(
  host: Host,
  name: string,
  guid: string,
): Promise<Uint8Array | null> {
  const file = await binaryAttribute(host, `${paths.efivars}/${name}-${guid}`)
  if (file !== null) return file.length < attributesBytes ? null : file.subarray(attributesBytes)
  return binaryAttribute(host, `${paths.efiVariables}/${name}-${guid}/data`)
}

/** Names of the global variables, without their GUID. */
export async function globalVariableNames(host: Host): Promise<readonly string[]> {
  const names = await host.list(paths.efivars)
  const all = names.length > 0 ? names : await host.list(paths.efiVariables)
  return all.flatMap((name) =>
    name.endsWith(`-${globalVariable}`) ? [name.slice(0, -globalVariable.length - 1)] : [],
  )
}
