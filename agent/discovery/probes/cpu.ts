import type { CpuFacts } from '../../../protocol/facts/cpu.ts'
import { parseCpuList } from '../decode/cpu-list.ts'
import { type Cpuinfo, parseCpuinfo, x86Level } from '../decode/cpuinfo.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import {
  decodeCacheInformation,
  decodeProcessorInformation,
  type ProcessorInformation,
} from '../decode/smbios/processor.ts'
import type { SmbiosStructure } from '../decode/smbios/table.ts'
import { cacheInstances, cachesOf, packageCaches } from '../cpu-caches.ts'
import { cpuEvents, eventFindings } from '../cpu-events.ts'
import { cpuKinds, frequencyHz } from '../cpu-kinds.ts'
import { cpuArchitecture, cpuFlags, cpuName, cpuRevision, firstField } from '../cpu-names.ts'
import { type CpuPackage, topologyOf } from '../cpu-topology.ts'
import { type ForgivingReader, forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { readSmbios } from '../smbios.ts'

/** /proc/cpuinfo, /sys/devices/system/cpu (kernel document cputopology.rst), SMBIOS type 4. */
export const cpuProbe: Probe<'cpu'> = {
  class: 'cpu',
  async read(host) {
    const reader = forgivingReader(host, 'cpu')
    const cpuinfo = parseCpuinfo((await reader.text(paths.cpuinfo)) ?? '')
    const online = await cpuList(reader, 'online', cpuinfo)
    if (online.length === 0) throw new Error('Cannot find a CPU: none in sysfs, none in cpuinfo')
    const [topology, caches, present, smbios, architecture] = await Promise.all([
      topologyOf(reader, online, cpuinfo),
      cachesOf(reader, online, cpuinfo),
      cpuList(reader, 'present', cpuinfo),
      readSmbios(host),
      architectureOf(reader, cpuinfo),
    ])
    const flags = cpuFlags(cpuinfo)
    const { packages, places } = topology
    const facts: CpuFacts = {
      events: await cpuEvents(reader, online),
      architecture,
      x86Level: architecture === 'x86_64' ? x86Level(new Set(flags)) : null,
      packageCount: packages.length,
      coreCount: packages.reduce((sum, { coreCount }) => sum + coreCount, 0),
      threadCount: online.length,
      presentCount: present.length,
      online,
      offline: present.filter((cpu) => !online.includes(cpu)),
      topology: places,
      cacheInstances: cacheInstances(caches),
      kinds: [...(await cpuKinds(reader, online, cpuinfo))],
      ...(await protections(reader)),
      ...virtualizationOf(flags, cpuinfo),
      frequencyBoost: await boostOf(reader),
      packages: await all(packages, async (found) => ({
        ...(await describe(reader, found, cpuinfo)),
        caches: packageCaches(caches, found.cpus),
      })),
      sockets: socketsOf(smbios.structures),
      flags: [...flags],
    }
    return { facts, findings: [...reader.findings(), ...eventFindings(facts.events)] }
  },
}

/** What the kernel does against weaknesses of the processor, and about sibling threads. */
async function protections(
  reader: ForgivingReader,
): Promise<Pick<CpuFacts, 'vulnerabilities' | 'smtControl' | 'smtActive'>> {
  const folder = `${paths.cpu}/vulnerabilities`
  const names = (await reader.host.list(folder)).filter((name) => name.length <= 64)
  const states = await all(names.slice(0, 128), async (name) => ({
    name,
    state: (await reader.text(`${folder}/${name}`))?.slice(0, 256) ?? null,
  }))
  return {
    vulnerabilities: states.flatMap(({ name, state }) => (state === null ? [] : [{ name, state }])),
    smtControl: deviceText(await reader.text(`${paths.cpu}/smt/control`)),
    smtActive: await reader.flag(`${paths.cpu}/smt/active`),
  }
}

function virtualizationOf(
  flags: readonly string[],
  cpuinfo: Cpuinfo,
): Pick<CpuFacts, 'virtualization' | 'physicalAddressBits' | 'virtualAddressBits'> {
  const [first] = cpuinfo.processors.values()
  const sizes = first?.get('address sizes') ?? first?.get('Address Sizes') ?? ''
  const [, physical, virtual] = /(\d+) bits physical, (\d+) bits virtual/.exec(sizes) ?? []
  return {
    virtualization: flags.includes('vmx') ? 'VT-x' : flags.includes('svm') ? 'AMD-V' : null,
    physicalAddressBits: physical === undefined ? null : Number(physical),
    virtualAddressBits: virtual === undefined ? null : Number(virtual),
  }
}

/** Intel's driver says what is forbidden, the others what is allowed; where both do, both must. */
async function boostOf(reader: ForgivingReader): Promise<boolean | null> {
  const [forbidden, allowed] = await Promise.all([
    reader.flag(`${paths.cpu}/intel_pstate/no_turbo`),
    reader.flag(`${paths.cpu}/cpufreq/boost`),
  ])
  if (forbidden === true || allowed === false) return false
  return forbidden === null && allowed === null ? null : true
}

/** By /proc/cpuinfo and the folders of the CPUs where there is no such file, as on old kernels. */
async function cpuList(
  reader: ForgivingReader,
  name: 'online' | 'present',
  cpuinfo: Cpuinfo,
): Promise<readonly number[]> {
  const list = await reader.decoded(`${paths.cpu}/${name}`, parseCpuList)
  if (list !== null) return list
  const told = [...cpuinfo.processors.keys()]
  if (name === 'online' && told.length > 0) return told.sort((a, b) => a - b)
  const folders = (await reader.host.list(paths.cpu)).flatMap(
    (entry) => /^cpu(\d{1,5})$/.exec(entry)?.[1] ?? [],
  )
  const states = await all(folders, async (digits) => ({
    cpu: Number(digits),
    isOn: (await reader.flag(`${paths.cpu}/cpu${digits}/online`)) !== false,
  }))
  const shown = states.filter(({ isOn }) => isOn || name === 'present').map(({ cpu }) => cpu)
  return [...new Set([...shown, ...told])].sort((a, b) => a - b)
}

async function describe(
  reader: ForgivingReader,
  { id, cpus, coreCount }: CpuPackage,
  cpuinfo: Cpuinfo,
): Promise<Omit<CpuFacts['packages'][number], 'caches'>> {
  const first = cpus[0] ?? 0
  const own = cpuinfo.processors.get(first)
  const field = (...names: string[]) => firstField(names, own, cpuinfo.machine)
  const folder = `${paths.cpu}/cpu${first}`
  const [base, nominal, min, max] = await Promise.all([
    frequencyHz(reader, `${folder}/cpufreq/base_frequency`, kilo),
    frequencyHz(reader, `${folder}/acpi_cppc/nominal_freq`, mega),
    frequencyHz(reader, `${folder}/cpufreq/cpuinfo_min_freq`, kilo),
    frequencyHz(reader, `${folder}/cpufreq/cpuinfo_max_freq`, kilo),
  ])
  // s390 has it in cpuinfo. A driver that does not know it gives 0.
  const told = decimal(field('cpu MHz static'))
  return {
    id,
    ...cpuName(own, cpuinfo.machine),
    family: decimal(field('cpu family')),
    modelNumber: decimal(field('model')),
    stepping: decimal(field('stepping')),
    revision: cpuRevision(own, cpuinfo.machine),
    microcode: deviceText(field('microcode')),
    coreCount,
    threadCount: cpus.length,
    cpus: [...cpus],
    baseFrequencyHz: (base ?? nominal ?? (told === null ? null : told * mega)) || null,
    minFrequencyHz: min,
    maxFrequencyHz: max,
  }
}

/** cpufreq counts in kHz, CPPC in MHz (kernel documents cpufreq.rst and cppc_sysfs.rst). */
const kilo = 1e3
const mega = 1e6

function decimal(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** Kernels from 6.1 on name it; before, /proc/cpuinfo gives most architectures away. */
async function architectureOf(reader: ForgivingReader, cpuinfo: Cpuinfo): Promise<string | null> {
  return deviceText(await reader.text(paths.kernelArchitecture)) ?? cpuArchitecture(cpuinfo)
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
