import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { baseLayer } from '../../initramfs/base-layer.ts'
import { agentThreads, compileNative, compileProgram } from '../../initramfs/compile.ts'
import { type CpioEntry, writeCpio } from '../../initramfs/cpio.ts'
import { driversLayer } from '../../initramfs/drivers-layer.ts'
import { writeLayer } from '../../initramfs/layer-file.ts'
import { buildSiteLayer } from '../../initramfs/site-layer.ts'

const root = join(import.meta.dirname, '../..')
const kernelFolder = join(root, '.cache/kernel')
const currentKernelSchema = z.object({
  version: z.string(),
  vmlinuz: z.string(),
  modules: z.string(),
})

/** Well below the least machine we promise, so that growth shows; see the command line below. */
const memoryMebibytes = 320

describe('boot media', () => {
  const work = mkdtempSync(join(tmpdir(), 'assay-boot-media-'))
  const kernel = currentKernelSchema.parse(
    JSON.parse(readFileSync(join(kernelFolder, 'current.json'), 'utf8')),
  )
  beforeAll(async () => {
    const entry = 'test/system/boot-media-agent.ts'
    await compileProgram(root, entry, join(work, 'agent'), 'x64', agentThreads)
  })
  afterAll(() => rmSync(work, { recursive: true }))

  /** The layers as a build in a fresh folder makes them, with a stand-in for the agent. */
  async function buildIn(folder: string) {
    mkdirSync(folder)
    cpSync(join(root, 'agent/native'), join(folder, 'agent/native'), { recursive: true })
    await compileNative(folder, 'native')
    const base = await baseLayer({
      init: join(folder, 'native/assay-init'),
      kernels: join(folder, 'native/assay-kernels'),
      agent: join(work, 'agent'),
      busybox: '/bin/busybox',
    })
    const modules = join(kernelFolder, kernel.modules)
    const drivers = await driversLayer(
      { version: kernel.version, modules },
      join(folder, 'temporary'),
    )
    return { base, drivers }
  }

  test('are the same bytes when they are built twice', async () => {
    const first = await buildIn(join(work, 'first'))
    const second = await buildIn(join(work, 'second'))
    expect(digest(second.base)).toBe(digest(first.base))
    expect(digest(second.drivers)).toBe(digest(first.drivers))
  })

  test('start the agent again after its death, with network and disks, in little memory', async () => {
    const { base, drivers } = await buildIn(join(work, 'boot'))
    const folders = { output: work, cache: join(work, 'cache') }
    const layers = [
      readFileSync(join(work, (await writeLayer('base', base, 3, folders)).file)),
      readFileSync(join(work, (await writeLayer('drivers', drivers, 3, folders)).file)),
      buildSiteLayer({
        servers: ['10.0.2.2:7443'],
        serverName: 'assay',
        caPem: 'none',
        commandKeys: ['0'.repeat(64)],
        imageKeys: [],
      }),
    ]
    writeFileSync(join(work, 'initrd'), Buffer.concat(layers))
    writeFileSync(join(work, 'disk'), new Uint8Array(1 << 20))
    const output = await bootUntilOff(work, join(kernelFolder, kernel.vmlinuz))

    const phases = [...output.matchAll(/assay-init: (\d+\.\d{3}) (\w+)/g)]
    expect(phases.map(([, , phase]) => phase)).toEqual(
      expect.arrayContaining(['start', 'mounted', 'modules', 'agent', 'settled']),
    )
    const seconds = phases.map(([, time]) => Number(time))
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b))
    expect(output).toContain('agent was killed by signal 9')
    const found = /boot-media-agent: found (\{.*\})/.exec(output)?.[1]
    expect(found, output).toBeDefined()
    expect(JSON.parse(found ?? '')).toEqual({
      settled: true,
      addresses: [['eth0', '10.0.2.15/24']],
      disks: ['nvme0n1', 'sda', 'sdb'],
      site: true,
      environment: ['CBOR_NATIVE_ACCELERATION_DISABLED', 'HOME', 'PATH', 'TERM', 'TMPDIR'],
      arguments: ['run'],
      answers: {
        nvme: { serial: 'BOOTMEDIA0', healthBytes: 512, thresholdBytes: 4 },
        // Which of them is first is the drivers' race.
        disks: expect.arrayContaining([
          // An emulated ATA disk passes its SMART: LBA mid and high are 4f and c2 still.
          { vendor: 'ATA', identifyBytes: 512, smartStatus: expect.stringMatching(/4f00c2/) },
          expect.objectContaining({ vendor: 'QEMU' }),
        ]),
        interfaceDriver: 'virtio_net',
        bmc: expect.stringMatching(/^00/),
        formatUnit: 'refused',
      },
    })
  })
})

function digest(entries: readonly CpioEntry[]): string {
  return createHash('sha256').update(writeCpio(entries)).digest('hex')
}

/**
 * The serial console of a virtual machine until it switches itself off. `rootfstype=ramfs`: the
 * default is a tmpfs of half the memory, which a small machine fills before it has unpacked the
 * drivers, and then boots without them.
 */
async function bootUntilOff(work: string, vmlinuz: string): Promise<string> {
  const commandLine = 'console=ttyS0 quiet panic=-1 rootfstype=ramfs assay.restart'
  const drive = (id: string) => `if=none,id=${id},format=raw,readonly=on,file=${join(work, 'disk')}`
  const machine = spawn(
    'qemu-system-x86_64',
    [
      ['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2'],
      ['-m', `${memoryMebibytes}`, '-display', 'none', '-serial', 'stdio', '-monitor', 'none'],
      ['-no-reboot', '-nodefaults'],
      ['-kernel', vmlinuz, '-initrd', join(work, 'initrd'), '-append', commandLine],
      ['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0,romfile='],
      ['-drive', drive('d0'), '-device', 'nvme,drive=d0,serial=BOOTMEDIA0'],
      ['-drive', drive('d1'), '-device', 'qemu-xhci', '-device', 'usb-storage,drive=d1'],
      // An ATA disk cannot be read-only.
      [
        '-drive',
        drive('d2').replace('readonly', 'snapshot'),
        '-device',
        'ide-hd,drive=d2,bus=ide.0,serial=BOOTMEDIA2',
      ],
      ['-device', 'ipmi-bmc-sim,id=bmc', '-device', 'isa-ipmi-kcs,bmc=bmc'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [machine.stdout, machine.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const timer = setTimeout(() => machine.kill('SIGKILL'), 240_000)
  await new Promise((resolve) => {
    machine.once('close', resolve)
  })
  clearTimeout(timer)
  return output
}
