/** DHCP and TFTP for one provisioning network. */
export interface DnsmasqOptions {
  /** The interface that faces the machines. */
  readonly interface: string
  /**
   * `dhcp`: this is the network's DHCP server. `proxy`: another one gives the addresses, ours adds
   * only what to boot (PXE 2.1 §2.2.3, proxyDHCP).
   */
  readonly mode: 'dhcp' | 'proxy'
  /** `dhcp`: first and last address. `proxy`: the network's own address, `10.77.0.0`. */
  readonly range: string
  /** Given out as the default route; null: machines get none. */
  readonly router: string | null
  /** `http://host:port` of the netboot listener, as machines reach it. */
  readonly serverUrl: string
  /** Holds the files of {@link ipxeBinaries}; every user can read it. */
  readonly tftpDir: string
  readonly leaseFile: string
}

/** iPXE for each firmware; Debian's names. */
export const ipxeBinaries = {
  bios: 'undionly.kpxe',
  efiX64: 'snponly.efi',
  efiArm64: 'ipxe-arm64.efi',
} as const

/** Client architectures (RFC 4578 §2.1, as assigned by IANA), by how the machine boots. */
const architectures = {
  'http-x64': [16],
  'http-arm64': [19],
  'efi-x64': [7, 9],
  'efi-arm64': [11],
  bios: [0],
} as const

/**
 * The configuration of dnsmasq 2.86 or later. iPXE says who it is by its user class, and only it is
 * told the script: a firmware that got the script would not know what to do with it, and an iPXE
 * that got iPXE would load itself for ever.
 */
export function dnsmasqConfig(options: DnsmasqOptions): string {
  const network = options.mode === 'dhcp' ? dhcpLines(options) : proxyLines(options)
  return [
    '# Written by Assay at each start; changes here are lost.',
    'port=0',
    `interface=${word('interface', options.interface)}`,
    'except-interface=lo',
    'bind-interfaces',
    'no-hosts',
    'no-resolv',
    'pid-file=',
    'log-dhcp',
    `dhcp-leasefile=${word('leaseFile', options.leaseFile)}`,
    'enable-tftp',
    `tftp-root=${word('tftpDir', options.tftpDir)}`,
    '',
    '# iPXE, whatever firmware it runs on.',
    'dhcp-userclass=set:ipxe,iPXE',
    'dhcp-match=set:ipxe,175',
    '',
    ...network,
    '',
  ].join('\n')
}

function dhcpLines(options: DnsmasqOptions): readonly string[] {
  const url = word('serverUrl', options.serverUrl)
  const boot = (tag: string, file: string) => `dhcp-boot=tag:!ipxe,tag:${tag},${file}`
  return [
    ...Object.entries(architectures).flatMap(([tag, numbers]) =>
      numbers.map((number) => `dhcp-match=set:${tag},option:client-arch,${number}`),
    ),
    '',
    `dhcp-range=${range(options.range)},1h`,
    'dhcp-authoritative',
    options.router === null
      ? 'dhcp-option=option:router'
      : `dhcp-option=option:router,${word('router', options.router)}`,
    '',
    `dhcp-boot=tag:ipxe,${url}/boot.ipxe`,
    boot('bios', ipxeBinaries.bios),
    boot('efi-x64', ipxeBinaries.efiX64),
    boot('efi-arm64', ipxeBinaries.efiArm64),
    '# UEFI HTTP boot (UEFI 2.10 §24.7) wants its own vendor class back.',
    'dhcp-option-force=tag:!ipxe,tag:http-x64,60,HTTPClient',
    'dhcp-option-force=tag:!ipxe,tag:http-arm64,60,HTTPClient',
    boot('http-x64', `${url}/ipxe/${ipxeBinaries.efiX64}`),
    boot('http-arm64', `${url}/ipxe/${ipxeBinaries.efiArm64}`),
  ]
}

function proxyLines(options: DnsmasqOptions): readonly string[] {
  const url = word('serverUrl', options.serverUrl)
  const service = (tag: string, architecture: string, file: string) =>
    `pxe-service=tag:${tag},${architecture},"Assay",${file}`
  return [
    `dhcp-range=${range(options.range)},proxy`,
    '',
    // iPXE on BIOS takes the file from the PXE menu, on EFI from the proxy's offer.
    service('ipxe', 'x86PC', `${url}/boot.ipxe`),
    `dhcp-boot=tag:ipxe,${url}/boot.ipxe`,
    service('!ipxe', 'x86PC', ipxeBinaries.bios),
    service('!ipxe', 'BC_EFI', ipxeBinaries.efiX64),
    service('!ipxe', 'X86-64_EFI', ipxeBinaries.efiX64),
    service('!ipxe', 'ARM64_EFI', ipxeBinaries.efiArm64),
  ]
}

/** A comma separates the fields of a line, so a value with one would become two. */
function word(name: string, value: string): string {
  if (/^[A-Za-z0-9._:/[\]-]+$/.test(value)) return value
  throw new Error(`dnsmasq.${name} '${value}' has signs that dnsmasq's configuration cannot hold`)
}

function range(value: string): string {
  return value
    .split(',')
    .map((address) => word('range', address.trim()))
    .join(',')
}
