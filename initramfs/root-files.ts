import type { CpioEntry } from './cpio.ts'

/** The files of /etc, as text: few enough to be read here, and the same on every machine. */
export function rootFiles(): readonly CpioEntry[] {
  return [
    file('etc/passwd', 'root:x:0:0:root:/:/bin/sh\n'),
    file('etc/group', 'root:x:0:\n'),
    file('etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    file('etc/os-release', 'ID=assay\nNAME=Assay\nPRETTY_NAME="Assay boot agent"\n'),
    file('etc/profile', "export PS1='assay:\\w# '\n"),
    { ...file('etc/udhcpc/default.script', udhcpcScript), mode: 0o755 },
  ]
}

/**
 * Called by busybox udhcpc with the event as its argument and the lease in its environment. Applies
 * the lease, then prints one line that `agent/network/dhcp.ts` reads. `ASSAY_METRIC` ranks the
 * interfaces' default routes. A router outside the subnet (a /32 lease) is reached by `onlink`.
 */
const udhcpcScript = `#!/bin/sh
set -u
resolv=/run/assay/resolv.conf.d

clear() {
  ip -4 address flush dev "$interface" 2>/dev/null
  rm -f "$resolv/$interface"
}

commas() {
  echo "$*" | tr ' ' ','
}

write_resolv() {
  mkdir -p "$resolv"
  {
    [ -n "\${domain:-}" ] && echo "search $domain"
    for server in \${dns:-}; do echo "nameserver $server"; done
  } > "$resolv/$interface"
  cat "$resolv"/* > /etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf
}

case "\${1:-}" in
  deconfig)
    clear
    ip link set dev "$interface" up
    echo "assay-dhcp deconfig"
    ;;
  bound | renew)
    ip -4 address replace "$ip/\${mask:-24}" dev "$interface"
    ip -4 route flush default dev "$interface" 2>/dev/null
    for gateway in \${router:-}; do
      ip -4 route add default via "$gateway" dev "$interface" metric "\${ASSAY_METRIC:-100}" onlink
      break
    done
    write_resolv
    echo "assay-dhcp $1 address=$ip/\${mask:-24} router=$(commas \${router:-})" \\
      "dns=$(commas \${dns:-}) server=\${serverid:-}"
    ;;
  leasefail | nak)
    echo "assay-dhcp $1"
    ;;
esac
exit 0
`

function file(path: string, text: string) {
  const bytes = new TextEncoder().encode(text)
  return { kind: 'file', path, mode: 0o644, bytes } as const satisfies CpioEntry
}
