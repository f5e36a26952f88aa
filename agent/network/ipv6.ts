import { DecodeError } from '../../protocol/errors.ts'

/** An address that the kernel made from a router advertisement or that was given to it. */
export interface Ipv6Address {
  readonly interfaceName: string
  /** Full form, eight groups of four digits. */
  readonly address: string
  readonly prefixLength: number
}

/** `IFA_F_TENTATIVE` and `IFA_F_DADFAILED` of `linux/if_addr.h`: not usable, or not yet. */
const unusableFlags = 0x40 | 0x08

const line = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) +(\S+)$/

/**
 * The usable global addresses in `/proc/net/if_inet6`: address, interface index, prefix length,
 * scope (zero is global) and flags in hexadecimal, then the interface. Throws {@link DecodeError}.
 */
export function decodeIfInet6(text: string): readonly Ipv6Address[] {
  const found: Ipv6Address[] = []
  for (const row of text.split('\n')) {
    if (row === '') continue
    const [, digits, prefix, scope, flags, interfaceName] = line.exec(row) ?? []
    if (digits === undefined || flags === undefined || interfaceName === undefined) {
      throw new DecodeError(`/proc/net/if_inet6 holds "${row.slice(0, 100)}"`)
    }
    if (Number.parseInt(scope ?? '', 16) !== 0) continue
    if ((Number.parseInt(flags, 16) & unusableFlags) !== 0) continue
    found.push({
      interfaceName,
      address: (digits.match(/.{4}/g) ?? []).join(':'),
      prefixLength: Number.parseInt(prefix ?? '', 16),
    })
  }
  return found
}
