import { expect, test } from 'vitest'
import { parseDhcpLine } from '../../../agent/network/dhcp.ts'

test('parseDhcpLine reads a lease', () => {
  const line =
    'assay-dhcp bound address=10.77.1.20/24 router=10.77.1.1,10.77.1.254 dns=10.0.0.1,10.0.0.2 server=10.77.1.2'
  expect(parseDhcpLine(line)).toEqual({
    kind: 'bound',
    lease: {
      address: '10.77.1.20/24',
      router: '10.77.1.1',
      dnsServers: ['10.0.0.1', '10.0.0.2'],
      server: '10.77.1.2',
    },
  })
})

test('parseDhcpLine has null and nothing where the server gave nothing', () => {
  expect(parseDhcpLine('assay-dhcp renew address=10.0.0.5/8 router= dns= server=')).toEqual({
    kind: 'bound',
    lease: { address: '10.0.0.5/8', router: null, dnsServers: [], server: null },
  })
})

test.each([
  ['assay-dhcp leasefail', { kind: 'no-answer' }],
  ['assay-dhcp nak', { kind: 'refused' }],
  ['assay-dhcp deconfig', { kind: 'unbound' }],
  ['assay-dhcp bound router=10.0.0.1', null],
  ['assay-dhcp ', null],
  ['udhcpc: sending discover', null],
  ['', null],
])('parseDhcpLine takes %j as %j', (line, event) => {
  expect(parseDhcpLine(line)).toEqual(event)
})
