import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseArguments, usage } from '../../server/arguments.ts'
import { readConfig } from '../../server/config.ts'
import { publicAddress } from '../../server/public-address.ts'
import type { NetworkInterfaces } from '../../server/public-address.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'assay-config-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function read(text: string, settings: readonly string[] = []) {
  const file = path.join(dir, 'assay.yaml')
  await writeFile(file, text)
  return readConfig({ file, settings })
}

describe('the configuration', () => {
  test('is complete without a file', async () => {
    const config = await readConfig({ file: null, settings: [] })
    expect(config).toMatchObject({
      api: { host: '127.0.0.1', port: 7080 },
      netboot: { host: '0.0.0.0', port: 7081, publicUrl: null },
      agent: { host: '0.0.0.0', port: 7443, publicAddress: null },
      policy: { kind: 'manual' },
      dnsmasq: null,
      webhooks: { origins: [] },
    })
    const { bootDir, webDir, idDir, ipxeDir, dataDir } = config
    for (const folder of [bootDir, webDir, idDir, ipxeDir, dataDir]) {
      expect(path.isAbsolute(folder)).toBe(true)
    }
    expect(config.bootDir).toBe(path.join(import.meta.dirname, '../../dist/boot'))
  })

  test('is read from YAML and JSON; a setting wins over the file', async () => {
    const yaml = 'api: {port: 1}\npolicy: {kind: all, name: lab}\n'
    expect(await read(yaml, ['api.port=2', 'netboot.publicUrl=http://10.0.0.1:1'])).toMatchObject({
      api: { host: '127.0.0.1', port: 2 },
      policy: { kind: 'all', name: 'lab' },
      netboot: { publicUrl: 'http://10.0.0.1:1' },
    })
    expect((await read('{"agent":{"port":5}}')).agent.port).toBe(5)
    expect((await read('')).api.port).toBe(7080)
    const dnsmasq = 'dnsmasq={interface: br0, mode: proxy, range: 10.0.0.0}'
    expect((await read('', [dnsmasq])).dnsmasq).toEqual({
      interface: 'br0',
      mode: 'proxy',
      range: '10.0.0.0',
      router: null,
      commandPrefix: [],
    })
  })

  test.each([
    ['netboot: {prot: 1}', /no key 'netboot\.prot', did you mean 'port'/],
    ['datadir: /x', /no key 'datadir', did you mean 'dataDir'/],
    ['zzzzzzzz: 1', /no key 'zzzzzzzz'$/],
    ['api: {port: 70000}', /'api\.port'/],
    ['api: {port: "80"}', /'api\.port'/],
    ['netboot: {publicUrl: "http://a/"}', /wanted http:\/\/host:port/],
    ['agent: {publicAddress: host}', /wanted host:port/],
    ['policy: {kind: some}', /'policy\.kind'/],
    ['[1]', /the file/],
    ['a: [', /neither YAML nor JSON/],
  ])('is refused when it says %s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  test('takes origins of webhooks, and nothing that is more or less than one', async () => {
    const read1 = (origin: string) => read('', [`webhooks.origins=['${origin}']`])
    expect((await read1('https://hooks.test:8443')).webhooks.origins).toEqual([
      'https://hooks.test:8443',
    ])
    for (const wrong of ['hooks.test', 'https://hooks.test/path', 'ftp://x', 'https://a@b']) {
      await expect(read1(wrong)).rejects.toThrow('wanted scheme://host')
    }
  })

  test('is refused when its file or a setting is none', async () => {
    await expect(readConfig({ file: path.join(dir, 'none'), settings: [] })).rejects.toThrow(
      /cannot read configuration/,
    )
    await expect(read('', ['api.port'])).rejects.toThrow(/key=value/)
    await expect(read('', ['__proto__.x=1'])).rejects.toThrow(/no key '__proto__'/)
  })
})

describe('the command line', () => {
  test('is read, and what it does not know is refused', () => {
    const args = ['--config', 'a.yaml', '--data-dir', '/x y', '--set', 'api.port=0', '--json-ready']
    expect(parseArguments(args)).toEqual({
      kind: 'run',
      file: 'a.yaml',
      settings: ['api.port=0', 'dataDir="/x y"'],
      readyFile: null,
      jsonReady: true,
    })
    expect(parseArguments(['-h'])).toEqual({ kind: 'help' })
    expect(() => parseArguments(['--prot'])).toThrow(/--prot/)
    expect(() => parseArguments(['extra'])).toThrow(/extra/)
    for (const option of ['--config', '--data-dir', '--set', '--ready-file', '--json-ready']) {
      expect(usage).toContain(option)
    }
  })
})

describe('the public address', () => {
  const info = (address: string, internal = false) => ({
    address,
    internal,
    family: 'IPv4' as const,
    netmask: '255.255.255.0',
    mac: '00:00:00:00:00:00',
    cidr: `${address}/24`,
  })
  const interfaces: NetworkInterfaces = {
    lo: [info('127.0.0.1', true)],
    eth0: [info('192.0.2.5')],
    br0: [info('10.77.0.1')],
  }

  test('is the one listened on, else of the facing interface, else the first outside', () => {
    expect(publicAddress(interfaces, '198.51.100.7', null)).toBe('198.51.100.7')
    expect(publicAddress(interfaces, 'fd00::1', null)).toBe('[fd00::1]')
    expect(publicAddress(interfaces, '0.0.0.0', 'br0')).toBe('10.77.0.1')
    expect(publicAddress(interfaces, '::', 'none')).toBe('192.0.2.5')
    expect(publicAddress({}, '0.0.0.0', null)).toBe('127.0.0.1')
  })
})
