import { existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildFatVolume } from '../../agent/imaging/fat-volume.ts'
import { buildLabImage } from '../../lab/image/build.ts'
import { hostLinkName, planBridgeNetwork, type RackNetwork } from '../../lab/network.ts'
import { planMachine } from '../../lab/plan.ts'
import { markProcess } from '../../lab/process-mark.ts'
import { createRack, debianFirmware, type Rack } from '../../lab/rack.ts'
import { removeDeadRuns } from '../../lab/run-record.ts'
import { machineShapes } from '../../lab/shapes.ts'
import { systemCommands } from '../../lab/system-commands.ts'
import { decodeGpt } from '../../protocol/gpt.ts'
import { systemClock } from '../../protocol/system-effects.ts'

const cache = join(import.meta.dirname, '../../.cache')
const roms = join(cache, 'ipxe/qemu-roms')
const firmware = { ...debianFirmware, romDirectory: existsSync(roms) ? roms : null }
const effects = { commands: systemCommands, clock: systemClock }
const bootPatienceMs = 300_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-rack-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a rack', () => {
  test('boots the lab image from a SATA disk under BIOS, and the image reports', async () => {
    const plans = [planMachine(1, machineShapes.storage, 'bios')]
    const rack = await createRack({
      directory: join(folder, 'image'),
      plans,
      network: { kind: 'bridge' },
      firmware,
      ...effects,
    })
    const reports = Promise.withResolvers<unknown>()
    const done = new AbortController()
    await using _ = rack
    const [machine] = rack.machines
    if (machine === undefined || rack.network.kind !== 'bridge') throw new Error('no such rack')
    const host = rack.network.serverAddress
    const server = Bun.serve({
      hostname: host,
      port: 0,
      async fetch(request) {
        if (request.method === 'GET') return new Response(bootDisk)
        reports.resolve({ type: request.headers.get('content-type'), body: await request.json() })
        return Response.json({})
      },
    })
    try {
      const url = `http://${host}:${server.port}`
      await startDhcp(rack.network, `${url}/boot.ipxe`)
      await writeImage(join(folder, 'image', 'm1.disk0.raw'), {
        'instance-id': '0198c0de-0000-7000-8000-000000000001',
        'local-hostname': 'node7',
        'assay-report-url': `${url}/running`,
        'assay-report-token': 'a-token_1',
      })
      await machine.powerOn()
      const late = systemClock.sleep(bootPatienceMs, done.signal).then(async () => {
        throw new Error(`no report; the console ends with:\n${await machine.consoleTail(30)}`)
      })
      expect(await Promise.race([reports.promise, late])).toEqual({
        type: 'application/json',
        body: {
          machineId: '0198c0de-0000-7000-8000-000000000001',
          token: 'a-token_1',
          hostname: 'node7',
          kernel: expect.stringMatching(/^\d+\.\d+/),
          bootMode: 'bios',
          uptimeSeconds: expect.any(Number),
        },
      })
      await machine.waitForConsole('assay-image: running', AbortSignal.timeout(10_000))
    } finally {
      done.abort()
      await server.stop(true)
    }
    await expectNothingLeft(rack)
  })

  test('powers a machine on and off, resets it, and says why QEMU refuses', async () => {
    const plans = [planMachine(1, machineShapes.small)]
    const network = {
      kind: 'user',
      serverAddress: '10.0.2.2',
      bootUrl: 'http://10.0.2.2/',
    } as const
    const directory = join(folder, 'power')
    await using rack = await createRack({ directory, plans, network, firmware, ...effects })
    const [machine] = rack.machines
    if (machine === undefined) throw new Error('the rack has no machine')
    await machine.powerOn()
    await expect(machine.powerOn()).rejects.toThrow("Cannot power on 'm1': it is on")
    await machine.reset()
    const { exited } = machine
    await machine.powerOff()
    await exited
    await expect(machine.reset()).rejects.toThrow("machine 'm1' is off")
    await machine.powerOn()
    expect(machine.isOn).toBe(true)
    await machine.powerOff()
    await rm(join(directory, 'm1.disk0.raw'))
    await expect(machine.powerOn()).rejects.toThrow('m1.disk0.raw')
    expect(machine.isOn).toBe(false)
  })

  test('has a network of its own beside another rack', async () => {
    const racks = await Promise.all(['first', 'second'].map((name) => emptyRack(name)))
    const numbers = racks.map(({ network }) => (network.kind === 'bridge' ? network.number : null))
    expect(new Set(numbers).size).toBe(2)
    for (const rack of racks) await expectNothingLeft(rack)
  })

  test('is removed by the next run when its owner was killed', async () => {
    const directory = join(folder, 'runs', 'killed')
    const owner = Bun.spawn([process.execPath, '-e', ownerProgram(directory)], { stdout: 'pipe' })
    const { value } = await owner.stdout.getReader().read()
    const text = new TextDecoder().decode(value)
    const { number, pid } = z
      .object({ number: z.int(), pid: z.int() })
      .parse(JSON.parse(text === '' ? 'null' : text))
    const network = planBridgeNetwork(number)
    expect(await removeDead()).toEqual([])
    expect(await linksAndNamespaces()).toContain(network.namespace)
    owner.kill('SIGKILL')
    await owner.exited
    expect(await removeDead()).toEqual([directory])
    const left = await linksAndNamespaces()
    expect(left).not.toContain(network.namespace)
    expect(left).not.toContain(hostLinkName(network))
    expect(await markProcess(pid)).toBe(null)
  })
})

const bootDisk = '#!ipxe\nsanboot --no-describe --drive 0x80\n'

function removeDead(): Promise<readonly string[]> {
  return removeDeadRuns(join(folder, 'runs'), systemCommands, systemClock)
}

function emptyRack(name: string): Promise<Rack> {
  const directory = join(folder, name)
  return createRack({ directory, plans: [], network: { kind: 'bridge' }, firmware, ...effects })
}

/** Closes the rack and looks for what it may have forgotten. */
async function expectNothingLeft(rack: Rack): Promise<void> {
  await rack.close()
  const { network } = rack
  if (network.kind !== 'bridge') return
  const left = await linksAndNamespaces()
  expect(left).not.toContain(network.namespace)
  expect(left).not.toContain(hostLinkName(network))
}

async function linksAndNamespaces(): Promise<readonly string[]> {
  const links = await systemCommands.run(['ip', '-oneline', 'link', 'show'])
  const namespaces = await systemCommands.run(['ip', 'netns', 'list'])
  return `${links}\n${namespaces}`.split(/[\s:@]+/)
}

async function startDhcp(network: RackNetwork, scriptUrl: string): Promise<void> {
  if (network.kind !== 'bridge') return
  const file = join(folder, 'dnsmasq.conf')
  const { first, last } = network.dhcpRange
  const lines = [
    'port=0',
    'bind-interfaces',
    `interface=${network.bridge}`,
    'no-ping',
    'leasefile-ro',
    `dhcp-range=${first},${last},1h`,
    `dhcp-boot=${scriptUrl}`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const argv = [...network.commandPrefix, 'dnsmasq', '--keep-in-foreground', '-C', file]
  systemCommands.start(argv, join(folder, 'dnsmasq.log'))
}

/** The lab image on a larger disk, with a seed in the partition it keeps for it. */
async function writeImage(disk: string, metaData: Readonly<Record<string, string>>): Promise<void> {
  const kernels = join(cache, 'kernel')
  const kernel = z
    .object({ version: z.string(), vmlinuz: z.string(), modules: z.string() })
    .parse(JSON.parse(await readFile(join(kernels, 'current.json'), 'utf8')))
  const image = await buildLabImage({
    cacheDirectory: cache,
    commands: systemCommands,
    kernel: {
      version: kernel.version,
      vmlinuz: join(kernels, kernel.vmlinuz),
      modules: join(kernels, kernel.modules),
    },
    busybox: '/bin/busybox',
  })
  const bytes = await readFile(image.file)
  const partition = decodeGpt(bytes, 512)?.facts.partitions.find(({ name }) => name === 'CIDATA')
  if (partition === undefined) throw new Error('the image has no partition for a seed')
  const text = Object.entries(metaData).map(([name, value]) => `${name}: ${value}\n`)
  const seed = buildFatVolume(
    { 'meta-data': new TextEncoder().encode(text.join('')) },
    {
      sizeBytes: (partition.lastLba - partition.firstLba + 1) * 512,
      sectorSizeBytes: 512,
      label: 'CIDATA',
      volumeId: 1,
      hiddenSectors: partition.firstLba,
    },
  )
  const handle = await open(disk, 'r+')
  try {
    await handle.write(bytes, 0, bytes.length, 0)
    await handle.write(seed, 0, seed.length, partition.firstLba * 512)
  } finally {
    await handle.close()
  }
}

/** Makes a rack with a running machine, says its network and its QEMU's id, and waits. */
function ownerProgram(directory: string): string {
  const lab = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../lab', name))
  return `
    import { readFileSync } from 'node:fs'
    import { planMachine } from ${lab('plan.ts')}
    import { createRack, debianFirmware } from ${lab('rack.ts')}
    import { machineShapes } from ${lab('shapes.ts')}
    import { systemCommands as commands } from ${lab('system-commands.ts')}
    import { systemClock as clock } from ${lab('../protocol/system-effects.ts')}
    const directory = ${JSON.stringify(directory)}
    const plans = [planMachine(1, machineShapes.small)]
    const network = { kind: 'bridge' }
    const options = { directory, plans, network, firmware: debianFirmware, commands, clock }
    const rack = await createRack(options)
    await rack.machines[0].powerOn()
    const record = JSON.parse(readFileSync(directory + '/rack.json', 'utf8'))
    console.log(JSON.stringify({ number: rack.network.number, pid: record.processes[0].pid }))
    await Bun.sleep(600_000)
  `
}
