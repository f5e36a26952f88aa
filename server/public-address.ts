import type { NetworkInterfaceInfo } from 'node:os'

export type NetworkInterfaces = Readonly<
  Record<string, readonly NetworkInterfaceInfo[] | undefined>
>

/**
 * The IPv4 address that machines most likely reach this server at: the one it listens on; else the
 * first of the interface that faces the machines; else the first that is not the machine's own.
 */
export function publicAddress(
  interfaces: NetworkInterfaces,
  listenHost: string,
  facing: string | null,
): string {
  if (listenHost !== '0.0.0.0' && listenHost !== '::') return bracketed(listenHost)
  const addressesOf = (list: readonly NetworkInterfaceInfo[] | undefined) =>
    (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal)
  const [first] = [
    ...(facing === null ? [] : addressesOf(interfaces[facing])),
    ...Object.values(interfaces).flatMap(addressesOf),
  ]
  return first?.address ?? '127.0.0.1'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
