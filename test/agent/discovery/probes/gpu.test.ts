import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { gpuProbe } from '../../../../agent/discovery/probes/gpu.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { emptyManagement } from '../../../../protocol/facts/gpu-management.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'

const roots: string[] = []
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string>>

/** A recorded machine of these files; `devices`: PCI functions by their path below /sys/devices. */
async function machine(devices: Readonly<Record<string, Files>>, files: Files = {}) {
  const root = await mkdtemp(join(tmpdir(), 'assay-gpu-'))
  roots.push(root)
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await mkdir(join(root, 'sys/bus/pci/devices'), { recursive: true })
  for (const [path, attributes] of Object.entries(devices)) {
    await mkdir(join(root, 'sys/devices', path), { recursive: true })
    for (const [name, text] of Object.entries(attributes)) {
      if (name === 'driver') {
        await symlink(`../../../bus/pci/drivers/${text}`, join(root, 'sys/devices', path, name))
      } else await write(`sys/devices/${path}/${name}`, text)
    }
    const address = path.split('/').at(-1) ?? ''
    await symlink(`../../../devices/${path}`, join(root, 'sys/bus/pci/devices', address))
  }
  for (const [path, text] of Object.entries(files)) await write(path, text)
  const { facts, findings } = await gpuProbe.read(rootedHost(root))
  return { facts: parseFacts('gpu', facts), findings }
}

function pci(ids: string, classCode: string, more: Files = {}): Files {
  const [vendor, device] = ids.split(':')
  return {
    vendor: `0x${vendor}\n`,
    device: `0x${device}\n`,
    class: `0x${classCode}\n`,
    numa_node: '0\n',
    ...more,
  }
}

const bridge = pci('8086:352a', '060400')

describe('the GPU probe', () => {
  test('knows an HGX board by its eight GPUs and four NVSwitches', async () => {
    const devices: Record<string, Files> = {}
    for (let index = 0; index < 8; index++) {
      const port = `pci0000:${index}0/0000:${index}0:01.0`
      devices[port] = bridge
      devices[`${port}/0000:${index}1:00.0`] = pci('10de:2330', '030200')
    }
    devices['pci0000:f0/0000:f0:01.0'] = bridge
    for (let index = 1; index <= 4; index++) {
      devices[`pci0000:f0/0000:f0:01.0/0000:f${index}:00.0`] = pci('10de:22a3', '068000')
    }
    const { facts, findings } = await machine(devices)
    expect(facts.gpus).toHaveLength(8)
    expect(facts.gpus[0]).toMatchObject({
      model: 'NVIDIA H100 SXM5 80GB',
      formFactor: 'sxm',
      memorySizeBytes: 80 * 2 ** 30,
      memorySource: 'model',
      management: null,
    })
    expect(facts.switches).toHaveLength(4)
    expect(facts.baseBoard).toEqual({ model: 'HGX H100 8-GPU', gpuCount: 8 })
    expect(facts.paths?.pairs).toBe('N'.repeat(28))
    expect(findings).toEqual([])
  })

  test('tells an Instinct by what amdgpu shows', async () => {
    const gpu = pci('1002:74a1', '120000', {
      mem_info_vram_total: '206141652992\n',
      mem_info_vram_used: '297795584\n',
      mem_info_vram_vendor: 'hynix\n',
      unique_id: '68d4e0c4c8a0b0c1\n',
      serial_number: '692348000101\n',
      product_name: 'AMD Instinct MI300X OAM\n',
      vbios_version: '113-M3000100-102\n',
      current_compute_partition: 'CPX\n',
      current_memory_partition: 'NPS4\n',
      pcie_replay_count: '0\n',
      gpu_busy_percent: '25\n',
      'fw_version/mec_fw_version': '0x000000a0\n',
      'fw_version/vcn_fw_version': '0x00000000\n',
      'ras/umc_err_count': 'ue: 2\nce: 5\n',
      'hwmon/hwmon5/temp2_input': '41000\n',
      'hwmon/hwmon5/temp2_label': 'junction\n',
      'hwmon/hwmon5/temp2_crit': '100000\n',
      'hwmon/hwmon5/power1_cap': '750000000\n',
      'hwmon/hwmon5/power1_input': '141000000\n',
      resource:
        '0x0000020000000000 0x0000023fffffffff 0x000000000014220c\n0x0 0x0 0x0\n' +
        '0x0000024000000000 0x00000240001fffff 0x000000000014220c\n',
      driver: 'amdgpu',
    })
    const { facts, findings } = await machine({ 'pci0000:00/0000:00:01.0': gpu })
    expect(facts.gpus[0]).toMatchObject({
      kind: 'accelerator',
      model: 'AMD Instinct MI300X OAM',
      memorySizeBytes: 206_141_652_992,
      memorySource: 'driver',
      largestBarBytes: 2 ** 38,
      formFactor: 'oam',
      management: {
        source: 'amdgpu',
        uuid: '68d4e0c4c8a0b0c1',
        serial: '692348000101',
        memoryVendor: 'hynix',
        firmwareVersions: { mec: '0x000000a0' },
        partition: { compute: 'CPX', memory: 'NPS4' },
        eccErrorsVolatile: { 'umc.uncorrectable': 2, 'umc.correctable': 5 },
        powerLimitsWatts: { limit: 750 },
        temperatureLimitsCelsius: { junction: 100 },
        readings: {
          temperaturesCelsius: { junction: 41 },
          instantPowerWatts: 141,
          utilizationRatio: { gpu: 0.25 },
          memoryUsedBytes: 297_795_584,
        },
      },
    })
    expect(findings.map(({ code }) => code)).toEqual(['gpu.ecc-uncorrected'])
  })

  test('finds accelerators that do not call themselves so, and no more', async () => {
    const { facts } = await machine({
      'pci0000:00/0000:00:1e.0': pci('1d0f:7264', '088000'),
      'pci0000:00/0000:00:1f.0': pci('1d0f:8061', '088000'),
      'pci0000:00/0000:00:02.0': pci('8086:3e92', '030000'),
      'pci0000:00/0000:00:03.0': pci('1a03:2000', '030000'),
    })
    expect(facts.gpus.map(({ kind, model, formFactor }) => [kind, model, formFactor])).toEqual([
      ['gpu', null, 'integrated'],
      ['console', null, null],
      ['accelerator', 'AWS Inferentia2', null],
    ])
  })

  test('tells GPUs that are unlike their siblings', async () => {
    const amd = (id: string, vbios: string) =>
      pci(id, '120000', { vbios_version: vbios, mem_info_vram_total: '64\n', driver: 'amdgpu' })
    const { findings } = await machine({
      'pci0000:00/0000:00:01.0': amd('1002:740f', 'A'),
      'pci0000:00/0000:00:02.0': amd('1002:740f', 'B'),
      'pci0000:00/0000:00:03.0': amd('1002:738c', 'A'),
    })
    expect(findings.map(({ code }) => code)).toEqual(['gpu.mixed-models', 'gpu.mixed-vbios'])
  })

  test('reads the topology of AMD compute with its hives', async () => {
    const node = 'sys/class/kfd/kfd/topology/nodes'
    const gpu = (location: number) =>
      `cpu_cores_count 0\nsimd_count 416\nsimd_per_cu 4\ngfx_target_version 90010\n` +
      `vendor_id 4098\ndevice_id 29711\nlocation_id ${location}\ndomain 0\n` +
      `hive_id 12609507387757274807\n`
    const { facts } = await machine(
      {},
      {
        [`${node}/0/properties`]: 'cpu_cores_count 64\nsimd_count 0\n',
        [`${node}/1/properties`]: gpu(0x6300),
        [`${node}/1/io_links/0/properties`]:
          'type 11\nnode_from 1\nnode_to 2\nweight 15\nmax_bandwidth 50000\n',
        [`${node}/1/mem_banks/0/properties`]:
          'heap_type 1\nsize_in_bytes 68702699520\nflags 0\nwidth 4096\n',
        [`${node}/2/properties`]: gpu(0x4300),
      },
    )
    expect(facts.kfd).toMatchObject({
      nodes: [
        { id: 0, kind: 'cpu', cpuCoreCount: 64, address: null },
        {
          kind: 'gpu',
          address: '0000:63:00.0',
          gfxTarget: 'gfx90a',
          computeUnitCount: 104,
          memoryBanks: [{ kind: 'public', sizeBytes: 68_702_699_520, widthBits: 4096 }],
          links: [{ from: 1, to: [2], kind: 'xgmi', maxBandwidthBytesPerSecond: 50e9 }],
        },
        { kind: 'gpu' },
      ],
      hives: [{ id: 'aefdf8293fefa6b7', nodes: [1, 2] }],
    })
  })
})

describe("NVIDIA's driver", () => {
  const address = '0000:00:05.0'
  const devices = { [`pci0000:00/${address}`]: pci('10de:27b8', '030200', { driver: 'nvidia' }) }
  const files = {
    'proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023\n',
    [`proc/driver/nvidia/gpus/${address}/information`]:
      'Model: \t\t NVIDIA L4\nIRQ:   \t\t 57\n' +
      'GPU UUID: \t GPU-????????-????-????-????-????????????\n' +
      'Video BIOS: \t 95.04.29.00.06\nDevice Minor: \t 0\nGPU Firmware: \t 535.54.03\n',
  }
  const recording = '.assay/answers/nvml/report.json'

  test('tells by /proc what it knows without its library', async () => {
    const { facts } = await machine(devices, files)
    expect(facts).toMatchObject({
      driverVersion: '535.54.03',
      gpus: [
        {
          model: 'NVIDIA L4',
          memorySource: 'model',
          management: {
            source: 'nvidia-procfs',
            uuid: null,
            vbiosVersion: '95.04.29.00.06',
            firmwareVersions: { gsp: '535.54.03' },
          },
        },
      ],
    })
  })

  test('tells by NVML the rest, and findings say what is wrong', async () => {
    const management = {
      ...emptyManagement('nvml'),
      name: 'NVIDIA L4',
      memorySizeBytes: 23_580_639_232,
      remappedRows: {
        correctableCount: 0,
        uncorrectableCount: 1,
        pending: true,
        failed: true,
        banks: {},
      },
      fabric: { state: 'not-started', status: null, cliqueId: null, clusterUuid: null },
    }
    const gpu = {
      address,
      vendorId: '10de',
      deviceId: '27b8',
      subsystemVendorId: null,
      subsystemDeviceId: null,
      revision: null,
      numaNode: null,
      management,
    }
    const report = {
      driverVersion: '550.54.15',
      runtimeVersion: '12.4',
      nvmlVersion: '12.550.54.15',
      links: [],
      gpus: [gpu],
      failures: [{ call: 'nvmlDeviceGetSerial', code: 15 }],
    }
    const { facts, findings } = await machine(devices, {
      ...files,
      [recording]: JSON.stringify(report),
    })
    expect(facts).toMatchObject({
      driverVersion: '550.54.15',
      runtimeVersion: '12.4',
      gpus: [{ memorySizeBytes: 23_580_639_232, memorySource: 'driver' }],
    })
    expect(findings.map(({ code }) => code)).toEqual([
      'gpu.nvml-incomplete',
      'gpu.row-remap-failed',
      'gpu.row-remap-pending',
      'gpu.fabric-not-ready',
    ])
  })

  test('is told by /proc alone when the report of NVML is broken', async () => {
    const { facts, findings } = await machine(devices, { ...files, [recording]: '{' })
    expect(facts.driverVersion).toBe('535.54.03')
    expect(findings.map(({ code }) => code)).toEqual(['gpu.nvml-failed'])
  })
})
