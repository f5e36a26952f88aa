import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DeviceQuestion, answerPath } from '../../../../agent/device-question.ts'
import { neighborsProbe } from '../../../../agent/discovery/probes/neighbors.ts'
import { runProbe } from '../../../../agent/discovery/run-probe.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { pcapOf } from '../../../../agent/neighbors/record.ts'
import { cdpFrame, lldpFrame } from '../../neighbors/frames.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-neighbors-'))
})
afterEach(() => rm(root, { recursive: true }))

async function record(path: string, content: string | Uint8Array) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}

const run = () => runProbe(neighborsProbe, rootedHost(root))

test('probe tells what a recording heard at each interface, the last word counting', async () => {
  await record('sys/class/net/eth0/address', '02:00:00:00:00:02\n')
  const first = lldpFrame({ systemName: 'old' })
  await record('.assay/neighbors/eth0.pcap', pcapOf([first, cdpFrame('core'), lldpFrame()]))
  const gone = lldpFrame({ timeToLiveSeconds: 0 })
  await record('.assay/neighbors/eth1.pcap', pcapOf([lldpFrame(), gone]))
  const { facts, findings } = await run()
  expect(findings).toEqual([])
  expect(facts?.settled).toBe(true)
  expect(facts?.ports.map((port) => [port.interface, port.mac, port.neighbors.length])).toEqual([
    ['eth0', '02:00:00:00:00:02', 2],
    ['eth1', null, 0],
  ])
  expect(facts?.ports[0]?.neighbors.map(({ systemName }) => systemName)).toEqual(['core', 'leaf-1'])
})

test('probe knows nothing of a recording that nobody listened on', async () => {
  await record('sys/class/net/eth0/address', '02:00:00:00:00:02\n')
  expect(await run()).toEqual({ facts: { settled: false, ports: [] }, findings: [] })
})

test('probe loses a broken capture and nothing else', async () => {
  await record('.assay/neighbors/eth0.pcap', new Uint8Array(2))
  await record('.assay/neighbors/eth1.pcap', pcapOf([lldpFrame()]))
  const { facts, findings } = await run()
  expect(facts?.ports.map((port) => port.interface)).toEqual(['eth1'])
  expect(findings).toMatchObject([{ code: 'neighbors.malformed', subject: 'eth0.pcap' }])
})

async function adapter(name: string, driver: string) {
  await mkdir(join(root, `sys/class/net/${name}/device`), { recursive: true })
  await symlink(`/sys/bus/pci/drivers/${driver}`, join(root, `sys/class/net/${name}/device/driver`))
}

/** What `ethtool --show-priv-flags` asks and an adapter with these flags answers. */
async function answerFlags(device: string, flags: Readonly<Record<string, boolean>>) {
  const names = Object.keys(flags)
  const strings = new Uint8Array(12 + 32 * 32)
  new DataView(strings.buffer).setUint32(8, names.length, true)
  for (const [index, name] of names.entries()) {
    strings.set(new TextEncoder().encode(name), 12 + index * 32)
  }
  const bits = Object.values(flags).reduce((sum, isSet, bit) => sum + (isSet ? 2 ** bit : 0), 0)
  const values = new Uint8Array(8)
  new DataView(values.buffer).setUint32(4, bits, true)
  const ask = (request: string, lengthBytes: number): DeviceQuestion => ({
    kind: 'ethtool',
    device,
    request,
    lengthBytes,
  })
  await record(answerPath(ask('1b00000002000000', strings.length)), strings)
  await record(answerPath(ask('27000000', 8)), values)
}

test('probe warns of adapters whose firmware keeps LLDP, and of those that do not say', async () => {
  await adapter('keeps0', 'i40e')
  await answerFlags('keeps0', { 'link-down-on-close': true, 'disable-fw-lldp': false })
  await adapter('gives0', 'i40e')
  await answerFlags('gives0', { MFP: false, 'disable-fw-lldp': true })
  await adapter('keeps1', 'ice')
  await answerFlags('keeps1', { 'fw-lldp-agent': true })
  await adapter('gives1', 'ice')
  await answerFlags('gives1', { 'fw-lldp-agent': false })
  await adapter('silent0', 'ice')
  await adapter('other0', 'mlx5_core')
  const { findings } = await run()
  expect(findings.map(({ code, subject, severity }) => [code, subject, severity])).toEqual([
    ['nic.firmware-lldp', 'keeps0', 'info'],
    ['nic.firmware-lldp', 'keeps1', 'info'],
    ['nic.firmware-lldp', 'silent0', 'info'],
  ])
  expect(findings[0]?.message).toContain('keeps LLDP for itself')
  expect(findings[2]?.message).toContain('may keep LLDP for itself')
})
