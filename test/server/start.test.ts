import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../protocol/client.ts'
import { sha256Hex } from '../../protocol/canonical.ts'
import { systemClock, systemRandom } from '../../protocol/system-effects.ts'
import { readConfig } from '../../server/config.ts'
import { silentLogger } from '../../server/log.ts'
import { startProcess } from '../../server/netboot/child-process.ts'
import { startServer } from '../../server/start.ts'
import type { RunningServer } from '../../server/start.ts'

let dir: string
const running: RunningServer[] = []

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'assay-start-'))
  const bootDir = path.join(dir, 'boot/x64')
  await mkdir(bootDir, { recursive: true })
  const entry = async (file: string) => {
    await writeFile(path.join(bootDir, file), 'abcd')
    return { file, sizeBytes: 4, sha256: sha256Hex(new TextEncoder().encode('abcd')) }
  }
  const manifest = {
    kernel: await entry('vmlinuz'),
    layers: [
      { name: 'base', ...(await entry('base.cpio.zst')) },
      { name: 'drivers', ...(await entry('drivers.cpio.zst')) },
    ],
    kernelVersion: '6.1',
    agentVersion: '0.1.0',
  }
  await writeFile(path.join(bootDir, 'manifest.json'), JSON.stringify(manifest))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
  await rm(dir, { recursive: true })
})

async function start(settings: readonly string[] = [], dataDir = path.join(dir, 'data')) {
  const config = await readConfig({
    file: null,
    settings: [
      `dataDir=${dataDir}`,
      `bootDir=${path.join(dir, 'boot')}`,
      'api.port=0',
      'netboot={port: 0, host: 127.0.0.1}',
      'agent={port: 0, host: 127.0.0.1}',
      ...settings,
    ],
  })
  const world = { clock: systemClock, random: systemRandom, log: silentLogger, startProcess }
  const server = await startServer(config, world)
  running.push(server)
  return server
}

test('the server serves its three ports, and its token works over a restart', async () => {
  const first = await start()
  const { apiUrl, netbootUrl, operatorTokenFile, dataDir } = first.addresses
  expect((await stat(dataDir)).mode & 0o077).toBe(0)
  const token = (await readFile(operatorTokenFile, 'utf8')).trim()
  expect(await createClient({ baseUrl: apiUrl, token }).session()).toMatchObject({
    role: 'operator',
  })
  expect(await (await fetch(`${netbootUrl}/boot.ipxe`)).text()).toContain(`${netbootUrl}/script?`)
  const script = await (await fetch(`${netbootUrl}/script?uuid=a&arch=x86_64`)).text()
  expect(script).toContain(`assay.server=${first.addresses.agentAddress} `)
  const site = await (await fetch(`${netbootUrl}/boot/x64/site`)).text()
  expect(site).toContain('BEGIN CERTIFICATE')
  await first.close()
  await expect(fetch(`${netbootUrl}/boot.ipxe`)).rejects.toThrow()
  const second = await start()
  const client = createClient({ baseUrl: second.addresses.apiUrl, token })
  expect(await client.machines.list()).toEqual([])
  const again = await (await fetch(`${second.addresses.netbootUrl}/boot/x64/site`)).text()
  const pin = /-----BEGIN CERTIFICATE-----[^-]+/
  expect(pin.exec(again)?.[0]).toBe(pin.exec(site)?.[0])
})

test.each(['api', 'netboot', 'agent'] as const)(
  'a port of %s that is in use is told with what to do, and nothing is left running',
  async (name) => {
    using taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    await expect(start([`${name}.port=${taken.port}`])).rejects.toThrow(
      new RegExp(`port ${taken.port} on .* in use \\(${name}\\).*--set ${name}\\.port`),
    )
    // The folder is free again.
    await start()
  },
)

test('a data folder has one server', async () => {
  const first = await start()
  await expect(start()).rejects.toThrow(/another server uses data folder/)
  await first.close()
  await start()
})

test('a data folder that cannot be one is told with what to do', async () => {
  await writeFile(path.join(dir, 'file'), '')
  await expect(start([], path.join(dir, 'file'))).rejects.toThrow(/--data-dir/)
  await expect(start([], path.join(dir, 'file/data'))).rejects.toThrow(/--data-dir/)
})

test('boot files that were not built are told with what to do', async () => {
  await expect(start([`bootDir=${path.join(dir, 'none')}`])).rejects.toThrow(/npm run build/)
})

test('dnsmasq that does not come up ends the start', async () => {
  const dnsmasq = 'dnsmasq={interface: assay-none0, mode: dhcp, range: "10.9.9.2,10.9.9.9"}'
  await mkdir(path.join(dir, 'ipxe'))
  for (const name of ['undionly.kpxe', 'snponly.efi']) {
    await writeFile(path.join(dir, 'ipxe', name), name)
  }
  await expect(start([dnsmasq, `ipxeDir=${path.join(dir, 'ipxe')}`])).rejects.toThrow(
    /dnsmasq ended at its start|cannot start 'dnsmasq'/,
  )
})
