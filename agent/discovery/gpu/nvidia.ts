import type { Finding } from '../../../protocol/facts/finding.ts'
import type { GpuManagement } from '../../../protocol/facts/gpu-management.ts'
import type { Host } from '../../host.ts'
import { askNvml, parseNvmlReport } from '../../nvml/ask.ts'
import type { NvmlReport } from '../../nvml/report.ts'
import { attempt } from '../attempt.ts'
import { decodeNvidiaInformation, nvidiaDriverVersion } from '../decode/gpu/nvidia-procfs.ts'
import { paths } from '../paths.ts'
import { attribute } from '../sysfs.ts'

/** What NVIDIA's driver tells of all its GPUs, by PCI address. */
export interface NvidiaDriver {
  readonly driverVersion: string | null
  readonly runtimeVersion: string | null
  readonly managements: ReadonlyMap<string, GpuManagement>
  readonly findings: readonly Finding[]
}

/** Where distributions put the library. */
const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/nvidia/lib64',
  '/run/opengl-driver/lib',
]
const libraryName = 'libnvidia-ml.so.1'

/** Where a recorded machine keeps what `assay-agent nvml` printed on it. */
export const nvmlRecording = '/.assay/answers/nvml/report.json'

/** Asks the driver through /proc, and NVML where its library is. */
export async function readNvidiaDriver(host: Host): Promise<NvidiaDriver> {
  const fromProc = await readProc(host)
  const asked = await attempt('gpu', libraryName, () => readNvml(host))
  if (asked.kind === 'failed') {
    return { ...fromProc, findings: [{ ...asked.finding, code: 'gpu.nvml-failed' }] }
  }
  const report = asked.value
  if (report === null) return { ...fromProc, findings: [] }
  const told = report.gpus.flatMap(({ address, management }) =>
    address === null ? [] : [[address, management] as const],
  )
  return {
    driverVersion: report.driverVersion ?? fromProc.driverVersion,
    runtimeVersion: report.runtimeVersion,
    managements: new Map([...fromProc.managements, ...told]),
    findings: failuresOf(report),
  }
}

async function readNvml(host: Host): Promise<NvmlReport | null> {
  if (!host.live) {
    const text = await host.text(nvmlRecording)
    return text === undefined ? null : parseNvmlReport(text)
  }
  const library = await nvmlLibrary(host)
  return library === null ? null : askNvml(library)
}

/** Where the machine has NVIDIA's management library; null when it has none. */
export async function nvmlLibrary(host: Host): Promise<string | null> {
  for (const folder of libraryFolders) {
    if ((await host.list(folder)).includes(libraryName)) return `${folder}/${libraryName}`
  }
  return null
}

function failuresOf({ failures }: NvmlReport): readonly Finding[] {
  if (failures.length === 0) return []
  const calls = [...new Set(failures.map(({ call, code }) => `${call} (${code})`))]
  const message = `NVML could not tell all: ${calls.join(', ')}`.slice(0, 1024)
  return [{ code: 'gpu.nvml-incomplete', severity: 'warning', subject: libraryName, message }]
}

async function readProc(host: Host): Promise<Omit<NvidiaDriver, 'findings'>> {
  const version = await attribute(host, `${paths.nvidia}/version`)
  const managements = new Map<string, GpuManagement>()
  for (const address of await host.list(`${paths.nvidia}/gpus`)) {
    const text = await attribute(host, `${paths.nvidia}/gpus/${address}/information`)
    if (text !== null) managements.set(address, decodeNvidiaInformation(text))
  }
  return {
    driverVersion: version === null ? null : nvidiaDriverVersion(`${version}\n`),
    runtimeVersion: null,
    managements,
  }
}
