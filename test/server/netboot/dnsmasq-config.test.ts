import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { dnsmasqConfig } from '../../../server/netboot/dnsmasq-config.ts'
import type { DnsmasqOptions } from '../../../server/netboot/dnsmasq-config.ts'

const dhcp: DnsmasqOptions = {
  interface: 'br0',
  mode: 'dhcp',
  range: '10.77.0.100,10.77.0.200',
  router: null,
  serverUrl: 'http://10.77.0.1:7081',
  tftpDir: '/tmp/tftp',
  leaseFile: '/tmp/leases',
}
const proxy: DnsmasqOptions = { ...dhcp, mode: 'proxy', range: '10.77.0.0' }

const head = `# Written by Assay at each start; changes here are lost.
port=0
interface=br0
except-interface=lo
bind-interfaces
no-hosts
no-resolv
pid-file=
log-dhcp
dhcp-leasefile=/tmp/leases
enable-tftp
tftp-root=/tmp/tftp

# iPXE, whatever firmware it runs on.
dhcp-userclass=set:ipxe,iPXE
dhcp-match=set:ipxe,175
`

describe('the configuration of dnsmasq', () => {
  test('as DHCP server tells every firmware its iPXE, and iPXE the script', () => {
    expect(dnsmasqConfig(dhcp)).toBe(`${head}
dhcp-match=set:http-x64,option:client-arch,16
dhcp-match=set:http-arm64,option:client-arch,19
dhcp-match=set:efi-x64,option:client-arch,7
dhcp-match=set:efi-x64,option:client-arch,9
dhcp-match=set:efi-arm64,option:client-arch,11
dhcp-match=set:bios,option:client-arch,0

dhcp-range=10.77.0.100,10.77.0.200,1h
dhcp-authoritative
dhcp-option=option:router

dhcp-boot=tag:ipxe,http://10.77.0.1:7081/boot.ipxe
dhcp-boot=tag:!ipxe,tag:bios,undionly.kpxe
dhcp-boot=tag:!ipxe,tag:efi-x64,snponly.efi
dhcp-boot=tag:!ipxe,tag:efi-arm64,ipxe-arm64.efi
# UEFI HTTP boot (UEFI 2.10 §24.7) wants its own vendor class back.
dhcp-option-force=tag:!ipxe,tag:http-x64,60,HTTPClient
dhcp-option-force=tag:!ipxe,tag:http-arm64,60,HTTPClient
dhcp-boot=tag:!ipxe,tag:http-x64,http://10.77.0.1:7081/ipxe/snponly.efi
dhcp-boot=tag:!ipxe,tag:http-arm64,http://10.77.0.1:7081/ipxe/ipxe-arm64.efi
`)
  })

  test('beside another DHCP server adds only what to boot', () => {
    expect(dnsmasqConfig(proxy)).toBe(`${head}
dhcp-range=10.77.0.0,proxy

pxe-service=tag:ipxe,x86PC,"Assay",http://10.77.0.1:7081/boot.ipxe
dhcp-boot=tag:ipxe,http://10.77.0.1:7081/boot.ipxe
pxe-service=tag:!ipxe,x86PC,"Assay",undionly.kpxe
pxe-service=tag:!ipxe,BC_EFI,"Assay",snponly.efi
pxe-service=tag:!ipxe,X86-64_EFI,"Assay",snponly.efi
pxe-service=tag:!ipxe,ARM64_EFI,"Assay",ipxe-arm64.efi
`)
  })

  test('names a router where there is one', () => {
    expect(dnsmasqConfig({ ...dhcp, router: '10.77.0.254' })).toContain(
      'dhcp-option=option:router,10.77.0.254\n',
    )
  })

  test('refuses values that would become other lines or fields', () => {
    for (const changes of [
      { interface: 'br0\ndhcp-script=/bin/sh' },
      { range: '10.0.0.1,10.0.0.9,\nuser=root' },
      { router: '10.0.0.1,evil' },
      { tftpDir: '/tmp/a b' },
    ]) {
      expect(() => dnsmasqConfig({ ...dhcp, ...changes })).toThrow(/cannot hold/)
    }
  })

  test.each([dhcp, proxy, { ...dhcp, router: '10.77.0.254' }])(
    'is one that dnsmasq takes (%#)',
    async (options) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'assay-dnsmasq-test-'))
      try {
        const file = path.join(dir, 'dnsmasq.conf')
        const leaseFile = path.join(dir, 'leases')
        await writeFile(file, dnsmasqConfig({ ...options, tftpDir: dir, leaseFile }))
        const check = Bun.spawn(['dnsmasq', '--test', `--conf-file=${file}`], { stderr: 'pipe' })
        expect(await new Response(check.stderr).text()).toContain('syntax check OK')
      } finally {
        await rm(dir, { recursive: true })
      }
    },
  )
})
