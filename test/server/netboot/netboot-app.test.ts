import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ImageReport } from '../../../protocol/api.ts'
import { sha256Hex } from '../../../protocol/canonical.ts'
import { AppError } from '../../../protocol/errors.ts'
import { openHttpListener } from '../../../server/http-listener.ts'
import type { HttpListener } from '../../../server/http-listener.ts'
import { ImageStore } from '../../../server/images/image-store.ts'
import { silentLogger } from '../../../server/log.ts'
import { openBootFiles } from '../../../server/netboot/boot-files.ts'
import { createNetbootApp } from '../../../server/netboot/netboot-app.ts'
import { readTemplates } from '../../../server/netboot/script-set.ts'
import type { BootDecision, BootRequest } from '../../../server/service.ts'

let dir: string
let listener: HttpListener
let url: string
let decision: BootDecision
let asked: BootRequest[]
let reports: ImageReport[]

const base = new Uint8Array(4096).map((_, at) => at % 251)
const site = new Uint8Array(8).fill(7)

async function writeBootFiles(bootDir: string, baseBytes: Uint8Array): Promise<void> {
  const home = path.join(bootDir, 'x64')
  await mkdir(home, { recursive: true })
  const file = async (name: string, bytes: Uint8Array) => {
    await writeFile(path.join(home, name), bytes)
    return { file: name, sizeBytes: bytes.length, sha256: sha256Hex(bytes) }
  }
  const manifest = {
    kernel: await file('vmlinuz', new Uint8Array(5).fill(1)),
    layers: [
      { name: 'base', ...(await file('base.cpio.zst', baseBytes)) },
      { name: 'drivers', ...(await file('drivers.cpio.zst', new Uint8Array(12))) },
    ],
    kernelVersion: '6.1',
    agentVersion: '0.1.0',
  }
  await writeFile(path.join(home, 'manifest.json'), JSON.stringify(manifest))
}

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'assay-netboot-'))
  asked = []
  reports = []
  decision = { kind: 'agent', bootId: 'boot-1', reason: 'new' }
  await writeBootFiles(path.join(dir, 'boot'), base)
  await mkdir(path.join(dir, 'images/lab/1'), { recursive: true })
  await writeFile(path.join(dir, 'images/lab/1/blob.zst'), base)
  await writeFile(path.join(dir, 'images/lab/1/index.json'), '{}')
  await writeFile(path.join(dir, 'snponly.efi'), base)
  await writeFile(path.join(dir, 'secret.efi.txt'), 'no')
  const app = createNetbootApp({
    service: {
      bootDecision: async (request) => {
        asked.push(request)
        return decision
      },
      reportRunning: async (report) => {
        if (report.token !== 'right') throw new AppError('forbidden', 'the token is not right')
        reports.push(report)
      },
    },
    images: new ImageStore(path.join(dir, 'images')),
    files: await openBootFiles(path.join(dir, 'boot'), site),
    ipxeDir: dir,
    templates: await readTemplates(path.join(import.meta.dirname, '../../../ipxe-scripts')),
    site: { serverUrl: 'http://10.0.0.1:7081', agentAddress: '10.0.0.1:7443', kernelArguments: [] },
    log: silentLogger,
  })
  listener = openHttpListener({ host: '127.0.0.1', port: 0, idleSeconds: 10 })
  listener.handle((request, address) => app.fetch(request, { address }))
  url = `http://127.0.0.1:${listener.port}`
})
afterEach(async () => {
  await listener.close()
  await rm(dir, { recursive: true })
})

describe('the netboot listener', () => {
  test('gives the chain entry, and the file iPXE looks for by itself that leads there', async () => {
    const entry = await (await fetch(`${url}/boot.ipxe`)).text()
    expect(entry).toContain('http://10.0.0.1:7081/script?uuid=')
    const autoexec = await (await fetch(`${url}/ipxe/autoexec.ipxe`)).text()
    expect(autoexec).toMatch(/^dhcp .*\nchain .*http:\/\/10\.0\.0\.1:7081\/boot\.ipxe/m)
  })

  test('asks the service about the machine and gives the script of its decision', async () => {
    const query = 'uuid=AB&serial=S1&platform=efi&arch=x86_64&mac=52:54:00:00:00:01&mac='
    const agent = await fetch(`${url}/script?${query}`)
    expect(agent.headers.get('cache-control')).toBe('no-store')
    expect(await agent.text()).toContain('assay.boot=boot-1 ')
    expect(asked).toEqual([
      {
        uuid: 'ab',
        serial: 'S1',
        macs: ['52:54:00:00:00:01'],
        platform: 'efi',
        architecture: 'x64',
        address: '127.0.0.1',
      },
    ])
    decision = { kind: 'disk', reason: 'active' }
    expect(await (await fetch(`${url}/script?${query}`)).text()).toContain('sanboot')
    decision = { kind: 'hold', reason: 'maintenance' }
    expect(await (await fetch(`${url}/script?${query}`)).text()).toContain('sleep 30')
  })

  test('tells a machine it has no agent for, and does not ask the service', async () => {
    expect(await (await fetch(`${url}/script?arch=arm64`)).text()).toContain('built for arm64')
    expect(asked).toEqual([])
  })

  test('answers a script request that fails with an error status, so that iPXE asks again', async () => {
    decision = { kind: 'agent', bootId: 'not a word', reason: '' }
    expect((await fetch(`${url}/script`)).ok).toBe(false)
  })

  test('gives kernel and layers whole, by range, by tag and by head', async () => {
    const whole = await fetch(`${url}/boot/x64/base`)
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(base)
    const etag = whole.headers.get('etag') ?? ''
    expect(etag).toBe(`"${sha256Hex(base)}"`)
    const part = await fetch(`${url}/boot/x64/base`, { headers: { range: 'bytes=100-199' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe('bytes 100-199/4096')
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(base.subarray(100, 200))
    const past = await fetch(`${url}/boot/x64/base`, { headers: { range: 'bytes=5000-' } })
    expect(past.status).toBe(416)
    const same = await fetch(`${url}/boot/x64/base`, { headers: { 'if-none-match': etag } })
    expect(same.status).toBe(304)
    const head = await fetch(`${url}/boot/x64/base`, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('4096')
    expect((await (await fetch(`${url}/boot/x64/vmlinuz`)).arrayBuffer()).byteLength).toBe(5)
    const layer = await (await fetch(`${url}/boot/x64/site`)).arrayBuffer()
    expect(new Uint8Array(layer)).toEqual(site)
  })

  test('gives images by range', async () => {
    const part = await fetch(`${url}/images/lab/1/blob.zst`, { headers: { range: 'bytes=4-7' } })
    expect(part.status).toBe(206)
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(base.subarray(4, 8))
    expect(await (await fetch(`${url}/images/lab/1/index.json`)).text()).toBe('{}')
  })

  test('gives iPXE itself, and nothing beside it', async () => {
    expect((await fetch(`${url}/ipxe/snponly.efi`)).status).toBe(200)
    for (const where of [
      '/ipxe/missing.efi',
      '/ipxe/secret.efi.txt',
      '/ipxe/..%2Fboot.efi',
      '/boot/x64/other',
      '/boot/x64/..%2F..%2Fsecret.efi.txt',
      '/images/lab/2/blob.zst',
      '/images/lab/1/other',
      '/',
    ]) {
      expect((await fetch(`${url}${where}`)).status).toBe(404)
    }
    expect((await fetch(`${url}/images/..%2F..%2Fetc/1/blob.zst`)).status).toBe(400)
  })

  test('passes the report of a written system on, whatever type it calls itself', async () => {
    const report = {
      machineId: 'm1',
      token: 'right',
      hostname: 'm1',
      kernel: '6.1',
      bootMode: 'bios',
      uptimeSeconds: 3.5,
    }
    const post = (body: string) =>
      fetch(`${url}/report`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    expect((await post(JSON.stringify(report))).status).toBe(204)
    expect(reports).toEqual([report])
    expect((await post(JSON.stringify({ ...report, token: 'wrong' }))).status).toBe(403)
    expect((await post(JSON.stringify({ ...report, bootMode: 'amiga' }))).status).toBe(422)
    expect((await post('{')).status).toBe(400)
    expect((await post('x'.repeat(17_000))).status).toBe(413)
    expect(reports).toHaveLength(1)
  })
})

describe('boot files are refused', () => {
  const open = (where: string) => openBootFiles(path.join(dir, where), site)

  test('when they were not built', async () => {
    await expect(open('nowhere')).rejects.toThrow(/npm run build/)
  })

  test('when one is missing or is not what its manifest says', async () => {
    await rm(path.join(dir, 'boot/x64/drivers.cpio.zst'))
    await expect(open('boot')).rejects.toThrow(/drivers.*missing.*npm run build/)
    await writeFile(path.join(dir, 'boot/x64/drivers.cpio.zst'), 'short')
    await expect(open('boot')).rejects.toThrow(/has 5 bytes, its manifest says 12/)
    await writeFile(path.join(dir, 'boot/x64/manifest.json'), '{}')
    await expect(open('boot')).rejects.toThrow(/no manifest of a build/)
  })

  test('when a layer is not padded to 4 bytes', async () => {
    await writeBootFiles(path.join(dir, 'odd'), base.subarray(0, 4095))
    await expect(open('odd')).rejects.toThrow(/layer 'base' has 4095 bytes, wanted a multiple of 4/)
    await expect(openBootFiles(path.join(dir, 'boot'), new Uint8Array(6))).rejects.toThrow(/'site'/)
  })
})
