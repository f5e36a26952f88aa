import type { CpuFacts } from '../../../protocol/facts/cpu.ts'
import type { Host } from '../../host.ts'
import { armImplementerName, armPartName } from '../decode/arm-parts.ts'
import { cpuListText, parseCpuList } from '../decode/cpu-list.ts'
import { type Cpuinfo, type CpuinfoBlock, parseCpuinfo, x86Level } from '../decode/cpuinfo.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import {
  decodeCacheInformation,
  decodeProcessorInformation,
  type ProcessorInformation,
} from '../decode/smbios/processor.ts'
import type { SmbiosStructure } from '../decode/smbios/table.ts'
import { cacheInstances, cachesOf, packageCaches } from '../cpu-caches.ts'
import { cpuEvents, eventFindings } from '../cpu-events.ts'
import { type CpuPackage, topologyOf } from '../cpu-topology.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { readSmbios } from '../smbios.ts'
import { attribute, countAttribute, flagAttribute } from '../sysfs.ts'

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
    const { packages, places } = topology
    const facts: CpuFacts = {
      events: await cpuEvents(host, online),
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
      kinds: await kindsOf(host, online, cpuinfo),
      ...(await protections(host)),
      ...virtualizationOf(flags, cpuinfo),
      frequencyBoost: await boostOf(host),
      packages: await all(packages, async (found) => ({
        ...(await describe(host, found, cpuinfo)),
        caches: packageCaches(caches, found.cpus),
      })),
      sockets: socketsOf(smbios.structures),
      flags,
    }
    return { facts, findings: eventFindings(facts.events) }
  },
}

/** CPUs that are alike in what they are and how fast, together. */
async function kindsOf(
  host: Host,
  online: readonly number[],
  cpuinfo: Cpuinfo,
): Promise<CpuFacts['kinds']> {
  const each = await all(online, async (cpu) => {
    const own = cpuinfo.processors.get(cpu)
    const folder = `${paths.cpu}/cpu${cpu}`
    const [capacity, min, max] = await Promise.all([
      countAttribute(host, `${folder}/cpu_capacity`),
      countAttribute(host, `${folder}/cpufreq/cpuinfo_min_freq`),
      countAttribute(host, `${folder}/cpufreq/cpuinfo_max_freq`),
    ])
    const kind = {
      ...nameOf(own, cpuinfo.machine),
      capacity,
      minFrequencyHz: min === null ? null : min * 1000,
      maxFrequencyHz: max === null ? null : max * 1000,
    }
    return { cpu, kind }
  })
  const groups = Map.groupBy(each, ({ kind }) => JSON.stringify(kind))
  // Machines whose cores differ in their fastest turn only are of one kind for our purpose.
  if (groups.size > 16) return []
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    const cpus = cpuListText(members.map(({ cpu }) => cpu))
    return first === undefined ? [] : [{ cpus, ...first.kind }]
  })
}

function nameOf(own: CpuinfoBlock | undefined, machine: CpuinfoBlock) {
  const field = (...names: string[]) => firstField(names, own, machine)
  const implementer = field('vendor_id', 'vendor', 'CPU implementer', 'mvendorid')
  const part = armPartName(field('CPU implementer'), field('CPU part'))
  const told = field('model name', 'Model Name', 'cpu model', 'cpu', 'uarch', 'machine')
  return { vendor: vendorOf(implementer), model: part ?? deviceText(told) }
}

/** What the kernel does against weaknesses of the processor, and about sibling threads. */
async function protections(
  host: Host,
): Promise<Pick<CpuFacts, 'vulnerabilities' | 'smtControl' | 'smtActive'>> {
  const folder = `${paths.cpu}/vulnerabilities`
  const states = await all(await host.list(folder), async (name) => ({
    name,
    state: (await attribute(host, `${folder}/${name}`))?.slice(0, 256) ?? null,
  }))
  return {
    vulnerabilities: states.flatMap(({ name, state }) => (state === null ? [] : [{ name, state }])),
    smtControl: await attribute(host, `${paths.cpu}/smt/control`),
    smtActive: await flagAttribute(host, `${paths.cpu}/smt/active`),
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

/** Intel's driver says what is forbidden, the others what is allowed. */
async function boostOf(host: Host): Promise<boolean | null> {
  const forbidden = await flagAttribute(host, `${paths.cpu}/intel_pstate/no_turbo`)
  if (forbidden !== null) return !forbidden
  return flagAttribute(host, `${paths.cpu}/cpufreq/boost`)
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
    ...nameOf(own, cpuinfo.machine),
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

function vendorOf(text: string | null): string | null {
  return text === null ? null : (armImplementerName(text) ?? deviceText(text))
}

function decimal(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}

function flagsOf(cpuinfo: Cpuinfo): string[] {
  const first = [...cpuinfo.processors.values()][0]
  const text = firstField(['flags', 'Features', 'features', 'type'], first, cpuinfo.machine)
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
