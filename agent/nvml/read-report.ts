import { emptyManagement } from '../../protocol/facts/gpu-management.ts'
import { NvmlBinding, nvmlSuccess } from './binding.ts'
import { readHealth } from './health.ts'
import { readIdentity } from './identity.ts'
import { readMig, readNvLinks } from './parts.ts'
import { readReadings } from './readings.ts'
import type { NvmlReport } from './report.ts'

/** As many as `gpus` of the facts. */
const maxGpus = 256

/**
 * All that NVML of this library tells. Runs in a process of its own (`assay-agent nvml`), for a call
 * into a driver that has lost its GPU may never return. Throws when NVML does not start.
 */
export function readNvmlReport(library: string): NvmlReport {
  const nvml = new NvmlBinding(library)
  const code = nvml.call('nvmlInit_v2')
  if (code !== nvmlSuccess) {
    const reason = code === null ? 'the library is not there' : `nvmlInit_v2 returned ${code}`
    throw new Error(`Cannot start NVML of ${library}: ${reason}`)
  }
  const count = Math.min(nvml.number('nvmlDeviceGetCount_v2') ?? 0, maxGpus)
  const gpus = Array.from({ length: count }, (_, index) => gpuAt(nvml, index))
  const cuda = nvml.number('nvmlSystemGetCudaDriverVersion_v2')
  const report = {
    driverVersion: nvml.text('nvmlSystemGetDriverVersion'),
    nvmlVersion: nvml.text('nvmlSystemGetNVMLVersion'),
    // 12040 is CUDA 12.4.
    runtimeVersion:
      cuda === null ? null : `${Math.floor(cuda / 1000)}.${Math.floor((cuda % 1000) / 10)}`,
    gpus: gpus.filter((gpu) => gpu !== null),
    links: [],
    failures: [...nvml.failures],
  }
  nvml.call('nvmlShutdown')
  return report
}

/** Null for a GPU that NVML counts and cannot open; the failure is kept. */
function gpuAt(nvml: NvmlBinding, index: number): NvmlReport['gpus'][number] | null {
  const device = nvml.handle('nvmlDeviceGetHandleByIndex_v2', index)
  if (device === null) return null
  const { place, ...identity } = readIdentity(nvml, device)
  return {
    ...place,
    management: {
      ...emptyManagement('nvml'),
      index,
      ...identity,
      ...readHealth(nvml, device),
      nvLinks: readNvLinks(nvml, device),
      mig: readMig(nvml, device),
      readings: readReadings(nvml, device),
    },
  }
}
