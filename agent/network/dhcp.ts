import type { Processes, RunningProcess } from './processes.ts'

/** What a DHCP server gave to an interface. */
export interface DhcpLease {
  /** `10.77.1.20/24` */
  readonly address: string
  /** Null where the server names none. */
  readonly router: string | null
  readonly dnsServers: readonly string[]
  /** The server's own address; null where it keeps it to itself. */
  readonly server: string | null
}

/** What happened to an interface's lease. */
export type DhcpEvent =
  | { readonly kind: 'bound'; readonly lease: DhcpLease }
  /** The address is gone from the interface: at the start, and when a lease ran out. */
  | { readonly kind: 'unbound' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'no-answer' }

/** The interface a client serves. The lowest metric of all interfaces gets the traffic. */
export interface DhcpTarget {
  readonly interfaceName: string
  readonly metric: number
}

/**
 * busybox udhcpc in the foreground: it sends four requests two seconds apart, says so when nobody
 * answers, tries again three seconds later, and renews its lease for as long as it runs.
 */
export function startDhcp(
  processes: Processes,
  target: DhcpTarget,
  onEvent: (event: DhcpEvent) => void,
): RunningProcess {
  const command = ['/bin/busybox', 'udhcpc', '-f', '-i', target.interfaceName]
  const pace = ['-t', '4', '-T', '2', '-A', '3']
  const identity = ['-V', 'assay-agent', '-s', '/etc/udhcpc/default.script']
  const environment = { PATH: '/bin:/sbin', ASSAY_METRIC: String(target.metric) }
  return processes.start([...command, ...pace, ...identity], environment, (line) => {
    const event = parseDhcpLine(line)
    if (event !== null) onEvent(event)
  })
}

/** A line of the script that udhcpc calls (`initramfs/root-files.ts`); null for any other line. */
export function parseDhcpLine(line: string): DhcpEvent | null {
  const [mark, event, ...fields] = line.trim().split(' ')
  if (mark !== 'assay-dhcp') return null
  if (event === 'deconfig') return { kind: 'unbound' }
  if (event === 'leasefail') return { kind: 'no-answer' }
  if (event === 'nak') return { kind: 'refused' }
  if (event !== 'bound' && event !== 'renew') return null
  const values = new Map(fields.map((field) => splitAtEquals(field)))
  const address = values.get('address') ?? ''
  if (address === '') return null
  const lease: DhcpLease = {
    address,
    router: listOf(values.get('router'))[0] ?? null,
    dnsServers: listOf(values.get('dns')),
    server: listOf(values.get('server'))[0] ?? null,
  }
  return { kind: 'bound', lease }
}

function splitAtEquals(field: string): [string, string] {
  const at = field.indexOf('=')
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)]
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').filter((item) => item !== '')
}
