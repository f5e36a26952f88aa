import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { baseLayer } from '../../initramfs/base-layer.ts'
import { agentThreads, compileNative, compileProgram } from '../../initramfs/compile.ts'
import { driversLayer } from '../../initramfs/drivers-layer.ts'
import { writeLayer } from '../../initramfs/layer-file.ts'
import { finding } from '../../protocol/facts/finding.ts'
import { storageFacts } from '../../protocol/facts/storage.ts'

const root = join(import.meta.dirname, '../..')
const kernelFolder = join(root, '.cache/kernel')
const mib = 1024 * 1024

const answer = z.object({ facts: storageFacts, findings: z.array(finding) })

describe('storage of a booted machine', () => {
  const work = mkdtempSync(join(tmpdir(), 'assay-storage-system-'))
  let found: z.infer<typeof answer> | null = null

  beforeAll(async () => {
    makeDisks(work)
    const vmlinuz = await buildInitrd(work)
    found = answer.parse(JSON.parse(await boot(work, vmlinuz)))
  })
  afterAll(() => rmSync(work, { recursive: true }))

  test('is told whole: every disk of the command line, with its health as it answered', () => {
    const disks = found?.facts.disks ?? []
    const byName = Object.fromEntries(disks.map((disk) => [disk.serial ?? disk.name, disk]))
    expect(Object.keys(byName).toSorted()).toEqual([
      'NVMEDISK',
      'SASDISK',
      'SATADISK',
      'SCSIDISK',
      'VIRTDISK',
    ])
    expect(byName['NVMEDISK']).toMatchObject({
      transport: 'nvme',
      sizeBytes: 64 * mib,
      logicalBlockSizeBytes: 4096,
      attachment: {
        kind: 'nvme',
        namespaceId: 1,
        // Linux takes no names of namespaces from QEMU (NVME_QUIRK_BOGUS_NID).
        uuid: null,
        usedBytes: expect.any(Number),
        paths: [{ controller: 'nvme0' }, { controller: 'nvme1' }],
      },
      health: {
        source: 'nvme',
        healthy: true,
        temperatureCelsius: 50,
        usedRatio: 0,
        mediaErrorCount: 0,
      },
    })
    expect(byName['SATADISK']).toMatchObject({
      transport: 'sata',
      wwn: '5000c500aabbccdd',
      attachment: { kind: 'scsi', linkSpeedBitsPerSecond: 1_500_000_000 },
      health: { source: 'ata', healthy: true, temperatureCelsius: 31, badSectorCount: 0 },
    })
    expect(byName['SCSIDISK']).toMatchObject({ transport: 'scsi', attachment: { kind: 'scsi' } })
    expect(byName['SASDISK']).toMatchObject({
      transport: 'sas',
      attachment: { kind: 'scsi', sasAddress: expect.stringMatching(/^[0-9a-f]{16}$/) },
    })
    expect(byName['VIRTDISK']).toMatchObject({
      transport: 'virtio',
      attachment: null,
      health: null,
    })
  })

  test('names what models can do', () => {
    const abilities = found?.facts.abilities.map(({ ability }) => ability) ?? []
    expect(abilities).toContainEqual(
      expect.objectContaining({ kind: 'ata', rotationRpm: 7200, queueDepth: 32 }),
    )
    expect(abilities).toContainEqual(
      expect.objectContaining({
        kind: 'nvme',
        vendorId: '1b36',
        namespace: expect.objectContaining({ formats: expect.any(Array) }),
      }),
    )
    expect(abilities).toContainEqual(
      expect.objectContaining({
        kind: 'scsi',
        characteristics: expect.objectContaining({ rotationRpm: 10_000 }),
      }),
    )
  })

  test('shows the subsystem of NVMe and the adapters of the others', () => {
    const { nvmeSubsystems = [], nvmeControllers = [], adapters = [] } = found?.facts ?? {}
    expect(nvmeSubsystems).toMatchObject([
      {
        controllers: ['nvme0', 'nvme1'],
        namespaces: [expect.stringMatching(/^nvme[01]n1$/)],
        ioPolicy: 'numa',
      },
    ])
    expect(nvmeControllers.map(({ state, transport }) => `${state} ${transport}`)).toEqual([
      'live pcie',
      'live pcie',
    ])
    const drivers = adapters.map(({ driver }) => driver ?? '')
    expect(drivers.toSorted()).toEqual(['ahci', 'mptsas', 'virtio-pci'])
    const sas = adapters.find(({ driver }) => driver === 'mptsas')
    expect(sas?.hosts).toMatchObject([
      { driver: 'mptsas', attributes: { version_fw: expect.any(String) } },
    ])
    const speeds = sas?.hosts[0]?.sasPhys.map((phy) => phy.linkSpeedBitsPerSecond) ?? []
    expect(speeds).toContain(3_000_000_000)
  })

  test('tells what disks and partitions hold, and that a GPT is damaged', () => {
    const contents = found?.facts.contents ?? []
    const of = (pattern: RegExp) => contents.find(({ device }) => pattern.test(device))
    expect(of(/^vda$/)?.partitionTable).toMatchObject({
      kind: 'gpt',
      state: 'good',
      partitions: [
        { number: 1, typeName: 'EFI system', name: 'boot' },
        { number: 2, typeName: 'Linux file system', name: 'root' },
      ],
    })
    expect(of(/^vda2$/)?.signatures).toMatchObject([{ name: 'ext4', label: 'rootfs' }])
    // Adapters are probed at the same time: which disk is sda is not the same at every boot.
    const sata = found?.facts.disks.find(({ serial }) => serial === 'SATADISK')?.name
    expect(found?.findings).toMatchObject([{ code: 'storage.gpt-damaged', subject: sata }])
  })
})

function run(tool: string, options: readonly string[], input = ''): void {
  execFileSync(tool, options, { stdio: ['pipe', 'pipe', 'pipe'], input })
}

/** A GPT of two partitions with a file system in the second; the backup of another is cut off. */
function makeDisks(work: string): void {
  for (const name of ['nvme', 'sata', 'scsi', 'sas', 'virtio']) {
    writeFileSync(join(work, name), '')
    truncateSync(join(work, name), 64 * mib)
  }
  const table = 'label: gpt\nsize=8MiB, type=uefi, name=boot\nname=root\n'
  run('sfdisk', ['-q', join(work, 'virtio')], table)
  run('mkfs.ext4', ['-q', '-L', 'rootfs', '-E', `offset=${9 * mib}`, join(work, 'virtio'), '48m'])
  run('sfdisk', ['-q', join(work, 'sata')], table)
  truncateSync(join(work, 'sata'), 96 * mib)
}

async function buildInitrd(work: string): Promise<string> {
  const kernel = z
    .object({ version: z.string(), vmlinuz: z.string(), modules: z.string() })
    .parse(JSON.parse(readFileSync(join(kernelFolder, 'current.json'), 'utf8')))
  await compileProgram(
    root,
    'test/system/storage-agent.ts',
    join(work, 'storage-agent'),
    'x64',
    agentThreads,
  )
  cpSync(join(root, 'agent/native'), join(work, 'agent/native'), { recursive: true })
  await compileNative(work, 'native')
  const base = await baseLayer({
    init: join(work, 'native/assay-init'),
    kernels: join(work, 'native/assay-kernels'),
    agent: join(work, 'storage-agent'),
    busybox: '/bin/busybox',
  })
  const drivers = await driversLayer(
    { version: kernel.version, modules: join(kernelFolder, kernel.modules) },
    join(work, 'temporary'),
  )
  const folders = { output: work, cache: join(work, 'cache') }
  const layers = [
    readFileSync(join(work, (await writeLayer('base', base, 3, folders)).file)),
    readFileSync(join(work, (await writeLayer('drivers', drivers, 3, folders)).file)),
  ]
  writeFileSync(join(work, 'initrd'), Buffer.concat(layers))
  return join(kernelFolder, kernel.vmlinuz)
}

/** What the stand-in for the agent printed. */
async function boot(work: string, vmlinuz: string): Promise<string> {
  const drive = (name: string) => [
    '-drive',
    `if=none,id=${name},format=raw,snapshot=on,file=${join(work, name)}`,
  ]
  const names = ['nvme', 'sata', 'scsi', 'sas', 'virtio']
  const machine = spawn(
    'qemu-system-x86_64',
    [
      ['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '768'],
      ['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-no-reboot', '-nodefaults'],
      ['-kernel', vmlinuz, '-initrd', join(work, 'initrd')],
      ['-append', 'console=ttyS0 quiet panic=-1 rootfstype=ramfs assay.restart'],
      ...names.map((name) => drive(name)),
      ['-device', 'nvme-subsys,id=subsystem,nqn=assay'],
      ['-device', 'nvme,id=c0,serial=NVMEDISK,subsys=subsystem'],
      ['-device', 'nvme,id=c1,serial=NVMEDISK,subsys=subsystem'],
      [
        '-device',
        'nvme-ns,drive=nvme,bus=c0,nsid=1,shared=on,logical_block_size=4096,' +
          'physical_block_size=4096,uuid=12345678-1234-5678-1234-567812345678',
      ],
      [
        '-device',
        'ide-hd,drive=sata,bus=ide.0,serial=SATADISK,wwn=0x5000c500aabbccdd,rotation_rate=7200',
      ],
      ['-device', 'virtio-scsi-pci,id=scsi0'],
      ['-device', 'scsi-hd,drive=scsi,bus=scsi0.0,serial=SCSIDISK,rotation_rate=10000'],
      ['-device', 'mptsas1068,id=sas0'],
      ['-device', 'scsi-hd,drive=sas,bus=sas0.0,serial=SASDISK,wwn=0x5000c50011112222'],
      ['-device', 'virtio-blk-pci,drive=virtio,serial=VIRTDISK'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [machine.stdout, machine.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const timer = setTimeout(() => machine.kill('SIGKILL'), 300_000)
  await new Promise((resolve) => {
    machine.once('close', resolve)
  })
  clearTimeout(timer)
  const lines = [...output.matchAll(/storage-agent: (.*?)\r?\n/g)].map(([, text = '']) => text)
  if (lines.at(-1) !== 'end') throw new Error(`The machine did not tell its storage:\n${output}`)
  return lines.slice(0, -1).join('')
}
