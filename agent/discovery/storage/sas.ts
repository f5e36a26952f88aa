import type { SasExpander, StorageAdapter } from '../../../protocol/facts/storage-adapters.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute } from '../sysfs.ts'

type SasPhy = StorageAdapter['hosts'][number]['sasPhys'][number]

/** `12.0 Gbit`, `6.0 Gbps`; null for `Unknown`, `Phy disabled` and the like. */
export function linkSpeed(text: string | null): number | null {
  const gigabits = /^(\d{1,4}(?:\.\d{1,3})?) Gb(?:it|ps)$/.exec(text ?? '')?.[1]
  return gigabits === undefined ? null : Math.round(Number(gigabits) * 1e9)
}

/** `0x500304801234567f` as its digits; null for none and for 0. */
export async function sasAddressOf(host: Host, path: string): Promise<string | null> {
  const digits = /^0x([0-9a-f]{16})$/i.exec((await attribute(host, path)) ?? '')?.[1]
  return digits === undefined || /^0+$/.test(digits) ? null : digits.toLowerCase()
}

/** Phys of a host or an expander, by their names there. */
export function readPhys(host: Host, names: readonly string[]): Promise<SasPhy[]> {
  return all(names, async (name): Promise<SasPhy> => {
    const folder = `${paths.sasPhys}/${name}`
    const count = (file: string) => countAttribute(host, `${folder}/${file}`)
    return {
      name,
      sasAddress: await sasAddressOf(host, `${folder}/sas_address`),
      linkSpeedBitsPerSecond: linkSpeed(await attribute(host, `${folder}/negotiated_linkrate`)),
      maximumSpeedBitsPerSecond: linkSpeed(await attribute(host, `${folder}/maximum_linkrate`)),
      invalidDwordCount: await count('invalid_dword_count'),
      disparityErrorCount: await count('running_disparity_error_count'),
      syncLossCount: await count('loss_of_dword_sync_count'),
      resetProblemCount: await count('phy_reset_problem_count'),
    }
  })
}

/** `phy-11:10` of host 11, `phy-11:0:4` of its expander 0. */
export async function physBelow(host: Host, id: string): Promise<readonly string[]> {
  const own = new RegExp(`^phy-${id}:(\\d+)$`)
  return (await host.list(paths.sasPhys))
    .filter((name) => own.test(name))
    .toSorted((a, b) => Number(own.exec(a)?.[1]) - Number(own.exec(b)?.[1]))
}

/** An expander, `expander-11:0`. */
export async function readExpander(host: Host, name: string): Promise<SasExpander> {
  const folder = `${paths.sasExpanders}/${name}`
  const of = async (file: string) => deviceText(await attribute(host, `${folder}/${file}`))
  const phys = await physBelow(host, name.replace('expander-', ''))
  return {
    name,
    sasAddress: await sasAddressOf(host, `${paths.sasDevices}/${name}/sas_address`),
    vendor: await of('vendor_id'),
    product: await of('product_id'),
    revision: await of('product_rev'),
    level: await countAttribute(host, `${folder}/level`),
    phys: await readPhys(host, phys),
  }
}
