import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askNvml, parseNvmlReport } from '../../../agent/nvml/ask.ts'
import { DecodeError } from '../../../protocol/errors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-nvml-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Compiles the stand-in for NVIDIA's library in one of its variants. */
function library(...options: readonly string[]): string {
  const file = join(folder, `libnvidia-ml${options.join('')}.so.1`)
  const source = join(import.meta.dirname, 'fake-nvml.c')
  const flags = ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', file]
  execFileSync('gcc', [...flags, ...options, source])
  return file
}

describe('NVML', () => {
  test('tells a GPU in full, and of one that is lost what failed', async () => {
    const report = await askNvml(library())
    expect(report).toMatchObject({
      driverVersion: '550.54.15',
      nvmlVersion: '12.550.54.15',
      runtimeVersion: '12.4',
    })
    const [gpu, lost] = report.gpus
    expect(gpu).toMatchObject({
      address: '0000:1b:00.0',
      vendorId: '10de',
      deviceId: '2330',
      subsystemVendorId: '10de',
      subsystemDeviceId: '16c1',
    })
    expect(gpu?.management).toMatchObject({
      source: 'nvml',
      name: 'NVIDIA H100 80GB HBM3',
      brand: 'NVIDIA',
      architecture: 'Hopper',
      uuid: 'GPU-0a0b0c0d-1111-2222-3333-444455556666',
      serial: '1653022055555',
      boardId: '0x1b00',
      firmwareVersions: { 'inforom-oem': '2.1', 'inforom-ecc': '7.16', gsp: '550.54.15' },
      memorySizeBytes: 85_520_809_984,
      memoryReservedBytes: 570_000_000,
      visibleMemorySizeBytes: 137_438_953_472,
      computeMode: 'Exclusive_Process',
      persistence: true,
      link: { maxGeneration: 5, maxLaneWidth: 16, replayCount: 3, hostMaxGeneration: null },
      ecc: { enabled: true, pendingEnabled: false },
      eccErrorsVolatile: {
        'total-correctable': 0,
        'total-uncorrectable': 10,
        'sram-correctable': 100,
        'sram-uncorrectable': 110,
      },
      eccErrorsAggregate: { 'total-correctable': 1, 'total-uncorrectable': 11 },
      remappedRows: {
        correctableCount: 2,
        uncorrectableCount: 1,
        pending: true,
        failed: false,
        banks: { max: 2558, high: 2, partial: 0, low: 0, none: 0 },
      },
      retiredPages: { singleBitCount: 4, doubleBitCount: null, pending: null },
      fabric: {
        state: 'completed',
        status: 'Success',
        cliqueId: 7,
        clusterUuid: 'ab000000-0000-0000-0000-000000000000',
      },
      powerLimitsWatts: { limit: 700, min: 200, max: 700 },
      maxClocksHz: { graphics: 1.98e9, mem: 2.619e9 },
      mig: {
        enabled: true,
        devices: [
          {
            index: 0,
            gpuInstanceId: 9,
            computeInstanceId: 0,
            uuid: 'MIG-11111111-2222-3333-4444-555555555555',
            memorySizeBytes: 10_200_547_328,
            multiprocessorCount: 16,
          },
        ],
      },
      readings: {
        powerWatts: 71.234,
        temperaturesCelsius: { gpu: 31 },
        linkLaneWidth: 8,
        utilizationRatio: { gpu: 0.25, memory: 0.5 },
        throttleReasons: ['sw-power-cap', 'hw-thermal-slowdown'],
        memoryUsedBytes: 30_000_000,
        fanRatio: null,
      },
    })
    expect(gpu?.management.nvLinks.map((link) => [link.active, link.remoteKind])).toEqual([
      [true, 'switch'],
      [true, 'switch'],
      [true, 'switch'],
      [false, null],
    ])
    expect(lost).toMatchObject({ address: '0000:43:00.0', management: { name: null, uuid: null } })
    expect(report.failures).toContainEqual({ call: 'nvmlDeviceGetName', code: 15 })
  })

  test('takes what an older driver has where newer calls are missing', async () => {
    const [gpu] = (await askNvml(library('-DOLD'))).gpus
    expect(gpu?.management).toMatchObject({
      memorySizeBytes: 85_520_809_984,
      memoryReservedBytes: null,
      fabric: null,
      readings: { memoryUsedBytes: 600_000_000 },
    })
  })

  test('is given up when the driver hangs', async () => {
    await expect(askNvml(library('-DHANG'), 3_000)).rejects.toThrow('did not answer in time')
  })

  test('costs its own process when the driver crashes', async () => {
    await expect(askNvml(library('-DCRASH'))).rejects.toThrow('Cannot ask NVML')
  })

  test('says so when there is no library', async () => {
    await expect(askNvml(join(folder, 'none.so'))).rejects.toThrow('the library is not there')
  })

  test.each(['', 'NVML', '[]', '{"gpus": 1}'])('report %o is malformed', (text) => {
    expect(() => parseNvmlReport(text)).toThrow(DecodeError)
  })
})
