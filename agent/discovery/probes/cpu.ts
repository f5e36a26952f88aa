import type { CpuFacts } from '../../../protocol/facts/cpu.ts'
import type { Host } from '../../host.ts'
import { parseCpuList } from '../decode/cpu-list.ts'
import { type Cpuinfo, type CpuinfoBlock, parseCpuinfo, x86Level } from '../decode/cpuinfo.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import {
  decodeCacheInformation,
  decodeProcessorInformation,
  type ProcessorInformation,
} from '../decode/smbios/processor.ts'
import type { SmbiosStructure } from '../decode/smbios/table.ts'
import { cachesOf } from '../cpu-caches.ts'
import { type CpuPackage, topologyOf } from '../cpu-topology.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { readSmbios } from '../smbios.ts'
import { attribute, countAttribute } from '../sysfs.ts'

/** /proc/cpuinfo, /sys/devices/system/cpu (kernel document cputopology.rst), SMBIOS type 4. */
export const cpuProbe: Probe<'cpu'> = {
  class: 'cpu',
  async read(host) {
    const cpuinfo = parseCpuinfo((await host.text(paths.cpuinfo)) ?? '')
    const online = await cpuList(host, 'online', cpuinfo)
    if (online.length === 0) throw new Error('Cannot find a CPU: none in sysfs, none in cpuinfo')
    const [topology, caches, present, smbios, architecture] = await Promise.all([
      topologyOf(host, online),
      cachesOf(host, online),
      cpuList(host, 'present', cpuinfo),
      readSmbios(host),
      architectureOf(host, cpuinfo),
    ])
    const flags = flagsOf(cpuinfo)
    const facts: CpuFacts = {
      architecture,
      x86Level: architecture === 'x86_64' ? x86Level(new Set(flags)) : null,
      packageCount: topology.length,
      coreCount: topology.reduce((sum, { coreCount }) => sum + coreCount, 0),
      threadCount: online.length,
      presentCount: present.length,
      online,
      packages: await all(topology, async (found) => ({
        ...(await describe(host, found, cpuinfo)),
        caches: caches
          .filter(({ cpu }) => found.cpus.includes(cpu))
          .map(({ cache }) => cache)
          .reduce<readonly Cache[]>(sumUp, []),
      })),
      sockets: socketsOf(smbios.structures),
      flags,
    }
    return { facts, findings: [] }
  },
}

type Cache = CpuFacts['packages'][number]['caches'][number]

/** Counts equal caches together; kept in the order of level and type. */
function sumUp(sums: readonly Cache[], cache: Cache): readonly Cache[] {
  const same = sums.find(
    (sum) =>
      sum.level === cache.level && sum.type === cache.type && sum.sizeBytes === cache.sizeBytes,
  )
  if (same === undefined) return [...sums, cache]
  return sums.map((sum) =>
    sum === same ? { ...sum, instanceCount: sum.instanceCount + cache.instanceCount } : sum,
  )
}

async function cpuList(
  host: Host,
  name: 'online' | 'present',
  cpuinfo: Cpuinfo,
): Promise<readonly number[]> {
  const list = await attribute(host, `${paths.cpu}/${name}`)
  return list === null ? [...cpuinfo.processors.keys()].sort((a, b) => a - b) : parseCpuList(list)
}

async function describe(
  host: Host,
  { id, cpus, coreCount }: CpuPackage,
  cpuinfo: Cpuinfo,
): Promise<Omit<CpuFacts['packages'][number], 'caches'>> {
  const first = cpus[0] ?? 0
  const own = cpuinfo.processors.get(first)
  const field = (...names: string[]) => firstField(names, own, cpuinfo.machine)
  const folder = `${paths.cpu}/cpu${first}`
  const [base, nominal, min, max] = await Promise.all([
    countAttribute(host, `${folder}/cpufreq/base_frequency`),
    countAttribute(host, `${folder}/acpi_cppc/nominal_freq`),
    countAttribute(host, `${folder}/cpufreq/cpuinfo_min_freq`),
    countAttribute(host, `${folder}/cpufreq/cpuinfo_max_freq`),
  ])
  return {
    id,
    vendor: vendorOf(field('vendor_id', 'vendor', 'CPU implementer', 'mvendorid')),
    model: deviceText(field('model name', 'Model Name', 'cpu model', 'cpu', 'uarch', 'machine')),
    family: decimal(field('cpu family')),
    modelNumber: decimal(field('model')),
    stepping: decimal(field('stepping')),
    microcode: deviceText(field('microcode')),
    coreCount,
    threadCount: cpus.length,
    cpus: [...cpus],
    // cpufreq counts in kHz, CPPC in MHz (kernel documents cpufreq.rst and cppc_sysfs.rst).
    baseFrequencyHz: base !== null ? base * 1000 : nominal ? nominal * 1_000_000 : null,
    minFrequencyHz: min === null ? null : min * 1000,
    maxFrequencyHz: max === null ? null : max * 1000,
  }
}

function firstField(names: readonly string[], ...blocks: (CpuinfoBlock | undefined)[]) {
  for (const name of names) {
    for (const block of blocks) {
      const value = block?.get(name)
      if (value !== undefined && value !== '') return value
    }
  }
  return null
}

/** Arm Architecture Reference Manual, MIDR_EL1.Implementer, and the kernel's cputype.h. */
const implementers: ReadonlyMap<string, string> = new Map([
  ['0x41', 'ARM'],
  ['0x42', 'Broadcom'],
  ['0x43', 'Cavium'],
  ['0x46', 'Fujitsu'],
  ['0x48', 'HiSilicon'],
  ['0x4e', 'NVIDIA'],
  ['0x50', 'APM'],
  ['0x51', 'Qualcomm'],
  ['0x53', 'Samsung'],
  ['0x56', 'Marvell'],
  ['0x61', 'Apple'],
  ['0x69', 'Intel'],
  ['0x6d', 'Microsoft'],
  ['0x70', 'Phytium'],
  ['0xc0', 'Ampere'],
])

function vendorOf(text: string | null): string | null {
  return text === null ? null : (implementers.get(text.toLowerCase()) ?? deviceText(text))
}

function decimal(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}

function flagsOf(cpuinfo: Cpuinfo): string[] {
  const first = [...cpuinfo.processors.values()][0]
  const text = firstField(['flags', 'Features', 'features'], first, cpuinfo.machine)
  return text === null ? [] : text.split(/\s+/).filter((flag) => flag !== '')
}

/** Kernels from 6.1 on name it; before, /proc/cpuinfo gives each architecture away. */
async function architectureOf(host: Host, cpuinfo: Cpuinfo): Promise<string | null> {
  const named = deviceText(await attribute(host, paths.kernelArchitecture))
  if (named !== null) return named
  const first = [...cpuinfo.processors.values()][0]
  const flags = first?.get('flags')?.split(' ')
  if (flags !== undefined && first?.has('vendor_id') === true) {
    return flags.includes('lm') ? 'x86_64' : 'i686'
  }
  if (first?.has('CPU implementer') === true) {
    return first.get('CPU architecture') === '8' ? 'aarch64' : 'armv7l'
  }
  return null
}

function socketsOf(structures: readonly SmbiosStructure[]): CpuFacts['sockets'] {
  const caches = structures.filter(({ type }) => type === 7).map(decodeCacheInformation)
  const processors = structures.filter(({ type }) => type === 4).map(decodeProcessorInformation)
  return processors
    .filter(({ type }) => type === 'Central Processor' || type === null)
    .map((processor) => ({
      ...socketOf(processor),
      caches: processor.cacheHandles.flatMap((handle) => {
        const cache = caches.find((candidate) => candidate.handle === handle)
        if (cache === undefined) return []
        const { level, type, errorCorrection, installedSizeBytes } = cache
        return [{ level, type, sizeBytes: installedSizeBytes, errorCorrection }]
      }),
    }))
}

function socketOf(processor: ProcessorInformation): Omit<CpuFacts['sockets'][number], 'caches'> {
  return {
    designation: deviceText(processor.socket),
    populated: processor.populated,
    status: processor.status,
    manufacturer: meaningfulText(processor.manufacturer),
    model: meaningfulText(processor.version),
    coreCount: processor.coreCount,
    enabledCoreCount: processor.enabledCoreCount,
    threadCount: processor.threadCount,
    maxFrequencyHz: processor.maxFrequencyHz,
    bootFrequencyHz: processor.currentFrequencyHz,
    serial: meaningfulText(processor.serial),
    partNumber: meaningfulText(processor.partNumber),
  }
}
