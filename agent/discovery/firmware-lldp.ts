import type { Finding } from '../../protocol/facts/finding.ts'
import type { Host } from '../host.ts'
import { attempt } from './attempt.ts'
import { u32le } from './decode/integers.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { linkName } from './sysfs.ts'

/** Drivers of adapters whose firmware may keep LLDP for itself, and the private flag that says so. */
const flagsOf: ReadonlyMap<string, { readonly flag: string; readonly keepsWhen: boolean }> =
  new Map([
    ['i40e', { flag: 'disable-fw-lldp', keepsWhen: false }],
    ['ice', { flag: 'fw-lldp-agent', keepsWhen: true }],
  ])

/** ETHTOOL_GSTRINGS and ETHTOOL_GPFLAGS, ETH_SS_PRIV_FLAGS of include/uapi/linux/ethtool.h. */
const getStrings = '1b000000'
const getFlags = '27000000'
const privateFlags = '02000000'
const nameBytes = 32
const maxFlags = 32

/**
 * Interfaces whose adapter answers LLDP itself and hands none of it on: their neighbours stay unheard
 * however long one listens.
 */
export async function firmwareLldpFindings(host: Host): Promise<readonly Finding[]> {
  const names = await host.list(paths.net)
  const findings = await all(names, async (name) => {
    const driver = await linkName(host, `${paths.net}/${name}/device/driver`)
    const known = flagsOf.get(driver ?? '')
    if (driver === null || known === undefined) return []
    const asked = await attempt('neighbors', name, () => privateFlag(host, name, known.flag))
    // An interface that does not say is as one whose driver does not know the flag.
    const value = asked.kind === 'done' ? asked.value : null
    if (value !== null && value !== known.keepsWhen) return []
    const may = value === null ? 'may keep' : 'keeps'
    return [
      {
        code: 'nic.firmware-lldp',
        severity: 'info' as const,
        subject: name,
        message: `Firmware of the ${driver} adapter ${may} LLDP for itself: ethtool --set-priv-flags ${name} ${known.flag} ${known.keepsWhen ? 'off' : 'on'} lets its neighbour be heard`,
      },
    ]
  })
  return findings.flat()
}

/** A private flag of a driver; null: it has none of that name, or does not say. */
async function privateFlag(host: Host, device: string, flag: string): Promise<boolean | null> {
  const strings = await host.ask({
    kind: 'ethtool',
    device,
    request: getStrings + privateFlags,
    lengthBytes: 12 + maxFlags * nameBytes,
  })
  if (strings === undefined || strings.length < 12) return null
  const count = Math.min(u32le(strings, 8), maxFlags)
  const names = Array.from({ length: count }, (_, index) => {
    const at = 12 + index * nameBytes
    return new TextDecoder().decode(strings.subarray(at, at + nameBytes)).replace(/\0.*$/s, '')
  })
  const bit = names.indexOf(flag)
  if (bit < 0) return null
  const flags = await host.ask({ kind: 'ethtool', device, request: getFlags, lengthBytes: 8 })
  if (flags === undefined || flags.length < 8) return null
  return ((u32le(flags, 4) >>> bit) & 1) === 1
}
