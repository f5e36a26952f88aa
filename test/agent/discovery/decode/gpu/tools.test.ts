import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { corpusPath } from '../../../../../bench/score/corpus.ts'
import { decodeAmdSmi } from '../../../../../agent/discovery/decode/gpu/amd-smi.ts'
import { decodeNcclTopology } from '../../../../../agent/discovery/decode/gpu/nccl-topo.ts'
import { decodeNvidiaSmi } from '../../../../../agent/discovery/decode/gpu/nvidia-smi.ts'
import { decodeNvidiaSmiTopo } from '../../../../../agent/discovery/decode/gpu/nvidia-smi-topo.ts'
import { decodeRocmSmi } from '../../../../../agent/discovery/decode/gpu/rocm-smi.ts'
import { parseXml } from '../../../../../agent/discovery/decode/gpu/xml.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { gpuImport } from '../../../../../protocol/facts/gpu-import.ts'
import { describeCorpus } from '../../corpora.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('XML', () => {
  test('is read with comments, CDATA, entities and attributes', () => {
    const root = parseXml(
      '<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd"><!-- no --><a b=\'1&amp;2\'>x &lt;<c/><![CDATA[<y>]]></a>',
    )
    expect(root).toMatchObject({ name: 'a', text: 'x <<y>', children: [{ name: 'c' }] })
    expect(root.attributes.get('b')).toBe('1&2')
  })

  test.each([
    '',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a b=c/>',
    '<!-- ',
    '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
    '<a>'.repeat(100) + '</a>'.repeat(100),
    `<a>${'<b/>'.repeat(100_001)}</a>`,
  ])('is refused when it is %#', (text) => {
    expect(() => parseXml(text)).toThrow(DecodeError)
  })
})

/** What telegraf's own tests assert of these files. */
describeCorpus('telegraf', 'GPUs that telegraf tests with', () => {
  const smi = async (name: string) => {
    const path = corpusPath('telegraf/nvidia_smi/testdata', `${name}.xml`)
    const { gpus, ...driver } = decodeNvidiaSmi(new Uint8Array(await readFile(path)))
    return { ...driver, ...gpus[0] }
  }

  test('GTX 1070 Ti is as telegraf asserts', async () => {
    expect(await smi('gtx-1070-ti')).toMatchObject({
      management: {
        name: 'GeForce GTX 1070 Ti',
        uuid: 'GPU-f9ba66fc-a7f5-94c5-da19-019ef2f9c665',
        computeMode: 'Default',
        memorySizeBytes: 4096 * 2 ** 20,
        readings: {
          performanceState: 'P8',
          fanRatio: 1,
          clocksHz: { graphics: 135e6, mem: 405e6, sm: 135e6, video: 405e6 },
          temperaturesCelsius: { gpu: 39 },
          linkGeneration: 1,
          linkLaneWidth: 16,
        },
      },
    })
  })

  test('A10G is as telegraf asserts', async () => {
    expect(await smi('a10g')).toMatchObject({
      driverVersion: '515.105.01',
      runtimeVersion: '11.7',
      management: {
        name: 'NVIDIA A10G',
        memorySizeBytes: 23_028 * 2 ** 20,
        memoryReservedBytes: 435 * 2 ** 20,
        remappedRows: { correctableCount: 0, uncorrectableCount: 0, pending: false, failed: false },
        readings: { powerWatts: 25.58, memoryFreeBytes: 22_569 * 2 ** 20, linkLaneWidth: 8 },
      },
    })
  })

  test('Tesla T4 is as telegraf asserts', async () => {
    expect(await smi('tesla-t4')).toMatchObject({
      management: {
        retiredPages: { singleBitCount: 0, doubleBitCount: 0, pending: false },
        readings: { powerWatts: 26.78, clocksHz: { mem: 5e9 }, linkGeneration: 3 },
      },
    })
  })

  test('Vega 10 and 20 are as telegraf asserts', async () => {
    const card = async (name: string) => {
      const path = corpusPath('telegraf/amd_rocm_smi/testdata', `${name}.json`)
      return decodeRocmSmi(new Uint8Array(await readFile(path)))
    }
    expect(await card('vega-10-XT')).toMatchObject({
      driverVersion: '5.9.25',
      gpus: [
        {
          deviceId: '6861',
          management: {
            uuid: '02150e7d042a1124',
            memorySizeBytes: 17_163_091_968,
            readings: {
              fanRatio: 0.13,
              memoryUsedBytes: 17_776_640,
              temperaturesCelsius: { edge: 39, junction: 40, memory: 92 },
              clocksHz: { sclk: 1269e6, mclk: 167e6 },
              powerWatts: 15,
            },
          },
        },
      ],
    })
    expect(await card('vega-20-WKS-GL-XE')).toMatchObject({
      gpus: [
        {
          deviceId: '66a1',
          management: {
            uuid: '02f048617326b1ea',
            serial: '692024000810',
            memorySizeBytes: 34_342_961_152,
            readings: { powerWatts: 26, utilizationRatio: { gpu: 0, memory: 0 } },
          },
        },
      ],
    })
  })
})

describe('nvidia-smi', () => {
  test('gives what is broken: rows that wait, a fabric that did not start, MIG that is on', () => {
    const gpu = decodeNvidiaSmi(
      bytes(`<nvidia_smi_log><gpu id="00000001:C1:00.0">
        <mig_mode><current_mig>Enabled</current_mig><pending_mig>Disabled</pending_mig></mig_mode>
        <remapped_rows><remapped_row_corr>1</remapped_row_corr><remapped_row_unc>2</remapped_row_unc>
          <remapped_row_pending>Yes</remapped_row_pending><remapped_row_failure>Yes</remapped_row_failure>
        </remapped_rows>
        <ecc_errors><volatile><single_bit><device_memory>3</device_memory></single_bit></volatile></ecc_errors>
        <fabric><state>In Progress</state><status>N/A</status></fabric>
        <gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>
      </gpu></nvidia_smi_log>`),
    ).gpus[0]
    expect(gpu).toMatchObject({
      address: '0001:c1:00.0',
      management: {
        mig: { enabled: true, pendingEnabled: false, devices: [] },
        remappedRows: { pending: true, failed: true },
        eccErrorsVolatile: { 'single-bit.device-memory': 3 },
        fabric: { state: 'in-progress', status: null },
        resetRequired: true,
      },
    })
  })

  test.each(['<other/>', 'no XML', `<nvidia_smi_log>${'<gpu/>'.repeat(257)}</nvidia_smi_log>`])(
    'refuses %#',
    (text) => {
      expect(() => decodeNvidiaSmi(bytes(text))).toThrow(DecodeError)
    },
  )
})

describe('nvidia-smi topo -m', () => {
  const table = [
    '\t\u{1b}[4mGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\u{1b}[0m',
    'GPU0\t X \tNV18\tPIX\t0-55,112-167\t0\t\tN/A',
    'GPU1\tNV18\t X \tSYS\t56-111\t1\t\tN/A',
    'NIC0\tPIX\tSYS\t X \t\t\t\t',
    '',
    'Legend:',
    '  X    = Self',
    'NIC Legend:',
    '  NIC0: mlx5_0',
  ].join('\n')

  test('gives the matrix, affinities and names of NICs', () => {
    expect(decodeNvidiaSmiTopo(bytes(table))).toEqual({
      devices: [
        { name: 'GPU0', legend: null, cpuAffinity: '0-55,112-167', numaAffinity: '0' },
        { name: 'GPU1', legend: null, cpuAffinity: '56-111', numaAffinity: '1' },
        { name: 'NIC0', legend: 'mlx5_0', cpuAffinity: null, numaAffinity: null },
      ],
      paths: [
        ['X', 'NV18', 'PIX'],
        ['NV18', 'X', 'SYS'],
        ['PIX', 'SYS', 'X'],
      ],
    })
  })

  test('refuses a table with a cell or a row missing', () => {
    expect(() => decodeNvidiaSmiTopo(bytes(table.replace('NV18\t X \tSYS', '')))).toThrow(
      DecodeError,
    )
    expect(() => decodeNvidiaSmiTopo(bytes(table.replace('\nGPU1', '\nother')))).toThrow(
      DecodeError,
    )
  })
})

describe('amd-smi', () => {
  test('gives the static facts of an MI300X', () => {
    const found = decodeAmdSmi(
      bytes(
        JSON.stringify([
          {
            gpu: 0,
            asic: {
              market_name: 'AMD Instinct MI300X',
              vendor_id: '0x1002',
              device_id: '0x74a1',
              subvendor_id: '0x1002',
              subsystem_id: '0x74a1',
              rev_id: '0x00',
              asic_serial: '0x68D4E0C4C8A0B0C1',
              oam_id: 4,
              target_graphics_version: 'gfx942',
            },
            bus: {
              bdf: '0000:05:00.0',
              max_pcie_width: 16,
              max_pcie_speed: { value: 32, unit: 'GT/s' },
              pcie_interface_version: 'Gen 5',
            },
            vbios: { part_number: '113-M3000100-102', version: '022.040' },
            board: { product_serial: '692348000101', product_name: 'N/A', fru_id: '113-AMDG' },
            limit: {
              max_power: { value: 750, unit: 'W' },
              slowdown_hotspot_temperature: { value: 100, unit: 'C' },
            },
            driver: { name: 'amdgpu', version: '6.10.5' },
            vram: { type: 'HBM', vendor: 'N/A', size: { value: 196_592, unit: 'MB' } },
            partition: { compute_partition: 'SPX', memory_partition: 'NPS1' },
            numa: { node: 0, affinity: 0 },
          },
        ]),
      ),
    )
    expect(gpuImport.parse(found)).toMatchObject({
      driverVersion: '6.10.5',
      gpus: [
        {
          address: '0000:05:00.0',
          vendorId: '1002',
          deviceId: '74a1',
          revision: '00',
          numaNode: 0,
          management: {
            name: 'AMD Instinct MI300X',
            architecture: 'gfx942',
            uuid: '68d4e0c4c8a0b0c1',
            serial: '692348000101',
            moduleId: 4,
            vbiosVersion: '113-M3000100-102',
            memorySizeBytes: 196_592 * 2 ** 20,
            link: { maxGeneration: 5, maxLaneWidth: 16 },
            partition: { compute: 'SPX', memory: 'NPS1' },
            powerLimitsWatts: { max: 750 },
            temperatureLimitsCelsius: { 'slowdown-hotspot': 100 },
          },
        },
      ],
    })
  })

  test('gives the readings of metric, wrapped as newer versions do', () => {
    const { gpus } = decodeAmdSmi(
      bytes(
        `WARNING: User is missing groups\n${JSON.stringify({
          gpu_data: [
            {
              gpu: 1,
              usage: { gfx_activity: { value: 50, unit: '%' }, umc_activity: 'N/A' },
              power: { socket_power: { value: 141, unit: 'W' } },
              clock: {
                gfx_0: { clk: { value: 132, unit: 'MHz' }, max_clk: { value: 2100, unit: 'MHz' } },
              },
              temperature: { edge: 'N/A', hotspot: { value: 41, unit: 'C' } },
              pcie: { width: 16, replay_count: 0 },
              ecc: { total_correctable_count: 2, total_uncorrectable_count: 1 },
              mem_usage: {
                total_vram: { value: 1024, unit: 'MB' },
                used_vram: { value: 1, unit: 'MB' },
              },
            },
          ],
        })}`,
      ),
    )
    expect(gpus).toMatchObject([
      {
        management: {
          index: 1,
          memorySizeBytes: 2 ** 30,
          eccErrorsVolatile: { 'total-correctable': 2, 'total-uncorrectable': 1 },
          maxClocksHz: { 'gfx-0': 2.1e9 },
          readings: {
            powerWatts: 141,
            linkLaneWidth: 16,
            clocksHz: { 'gfx-0': 132e6 },
            temperaturesCelsius: { hotspot: 41 },
            utilizationRatio: { gpu: 0.5 },
          },
        },
      },
    ])
  })

  test.each(['', '{}', '[]', '[{}]', '{"gpu_data": 1}'])('refuses %o', (text) => {
    expect(() => decodeAmdSmi(bytes(text))).toThrow(DecodeError)
  })
})

describe('NCCL topology', () => {
  test('takes switches below switches for several, siblings for one', () => {
    const { pairs, devices } = decodeNcclTopology(
      bytes(`<system version="1"><cpu numaid="0"><pci busid="0000:01:00.0">
        <pci busid="0000:02:00.0"/><pci busid="0000:03:00.0"/>
        <pci busid="0000:04:00.0"><pci busid="0000:05:00.0"/></pci></pci></cpu></system>`),
    )
    expect(devices.map(({ address }) => address.slice(5, 7))).toEqual(['02', '03', '05'])
    expect(pairs).toBe('IBB')
  })
})
