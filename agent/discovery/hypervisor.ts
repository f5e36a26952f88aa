import type { SystemFacts } from '../../protocol/facts/system.ts'
import { parseCpuinfo } from './decode/cpuinfo.ts'
import { deviceText } from './decode/device-text.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'

type Hypervisor = NonNullable<SystemFacts['hypervisor']>

/** What is read once, for all signs of hypervisors. */
interface Signs {
  readonly reader: ForgivingReader
  /** Manufacturer and product, as SMBIOS has them. */
  readonly words: string
  /** Whether the processor says that it is a guest's; null off x86. */
  readonly isGuest: boolean | null
}

/**
 * The hypervisor under the machine; null where nothing tells of one. The surest signs come first: on
 * x86 the words of a maker alone may be those of a metal instance.
 */
export async function hypervisorOf(
  reader: ForgivingReader,
  words: string,
): Promise<Hypervisor | null> {
  const cpuinfo = parseCpuinfo((await reader.text(paths.cpuinfo)) ?? '')
  const [first] = cpuinfo.processors.values()
  const flags = first?.get('flags')
  const isGuest = flags === undefined ? null : flags.split(/\s+/).includes('hypervisor')
  const signs: Signs = { reader, words, isGuest }
  for (const look of [subsystem, xen, power, s390, container]) {
    const found = await look(signs)
    if (found !== null) return found
  }
  if (first?.get('vendor_id') === 'User Mode Linux') return hypervisor('uml', 'para')
  const name = makers.find(([pattern]) => pattern.test(words))?.[1] ?? (await fromDevices(signs))
  if (isGuest === true) return hypervisor(name, 'full')
  // What is on a bus of these exists in virtual machines alone.
  if (name !== null && virtualOnly.has(name)) return hypervisor(name, 'full')
  return isGuest === null && name === 'qemu' ? hypervisor(name, 'full') : null
}

function hypervisor(
  name: string | null,
  virtualization: Hypervisor['virtualization'],
  version: string | null = null,
): Hypervisor {
  return { name, virtualization, version }
}

/** Makers' words that name a hypervisor; tried in order against manufacturer and product. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft corporation virtual machine/i, 'hyper-v'],
  [/xen/i, 'xen'],
  [/amazon ec2/i, 'nitro'],
  [/google/i, 'google-compute'],
  [/parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
  [/qemu|bochs|kvm|openstack|ovirt|rhev|standard pc/i, 'qemu'],
]

const virtualOnly: ReadonlySet<string> = new Set(['virtualbox', 'vmware', 'hyper-v'])

/** PCI ids of what only virtual machines have; vendors that also sell hardware with the device id. */
const virtualFunctions: readonly (readonly [id: RegExp, name: string])[] = [
  [/^5853/, 'xen'],
  [/^80eebeef/, 'virtualbox'],
  [/^15ad(0405|0710|0740|0770|0790|07a0|07b0|0801)/, 'vmware'],
  [/^14145353/, 'hyper-v'],
  [/^(1b36|12341111)/, 'qemu'],
]

/** By the functions on PCI: of sysfs, or of the list that older recordings have; by Hyper-V's bus. */
async function fromDevices({ reader, isGuest }: Signs): Promise<string | null> {
  const addresses = await reader.names(paths.pci)
  const ids = await all(addresses, async (address) => {
    const [vendor, device] = await Promise.all([
      reader.text(`${paths.pci}/${address}/vendor`),
      reader.text(`${paths.pci}/${address}/device`),
    ])
    return `${vendor?.slice(2) ?? ''}${device?.slice(2) ?? ''}`
  })
  // drivers/pci/proc.c: `0010<tab>80eebeef<tab>...`, place and ids.
  const lines = ((await reader.text(paths.pciList)) ?? '').split('\n')
  const listed = lines.map((line) => /^[0-9a-f]{4}\t([0-9a-f]{8})\t/.exec(line)?.[1] ?? '')
  const known = [...ids, ...listed]
  const found = virtualFunctions.find(([id]) => known.some((one) => id.test(one)))?.[1]
  if (found !== undefined) return found
  if ((await reader.names(paths.vmbus)).length > 0) return 'hyper-v'
  // An adapter of a metal machine may show virtio functions too.
  return isGuest === true && known.some((one) => one.startsWith('1af4')) ? 'qemu' : null
}

/** Windows Subsystem for Linux: version 1 is no kernel of its own, version 2 a virtual machine. */
async function subsystem({ reader }: Signs): Promise<Hypervisor | null> {
  const release = (await reader.text(paths.kernelRelease)) ?? ''
  if (release.endsWith('-Microsoft')) return hypervisor('wsl', 'container')
  return /microsoft-standard/i.test(release) ? hypervisor('wsl', 'full') : null
}

/** Kernel document ABI/stable/sysfs-hypervisor-xen; /proc/xen is of older kernels and of dom0. */
async function xen({ reader }: Signs): Promise<Hypervisor | null> {
  const type = deviceText(await reader.text(paths.hypervisorType))
  const inProc = (await reader.names(paths.xen)).length > 0
  if (type === null && !inProc) return null
  if (type !== null && type !== 'xen') return hypervisor(type, null)
  const folder = paths.hypervisor
  const [capabilities, guest, features, major, minor, extra] = await all(
    [
      `${paths.xen}/capabilities`,
      `${folder}/guest_type`,
      `${folder}/properties/features`,
      `${folder}/version/major`,
      `${folder}/version/minor`,
      `${folder}/version/extra`,
    ],
    (path) => reader.text(path),
  )
  const version = major && minor ? `${major}.${minor}${extra ?? ''}` : null
  // The first domain drives the machine: it is not virtual, though the hypervisor is below it.
  if (capabilities?.includes('control_d') === true) return hypervisor('xen', null, version)
  return hypervisor('xen', xenMode(guest ?? null, features ?? null, inProc), version)
}

/** Bit 5 of the features: page tables as a paravirtual guest has them; 3 and 8 together: PVH. */
function xenMode(
  guest: string | null,
  features: string | null,
  inProc: boolean,
): Hypervisor['virtualization'] {
  if (guest !== null) return guest === 'HVM' ? 'full' : 'para'
  if (features === null) return inProc ? 'para' : 'full'
  const bits = Number.parseInt(features, 16)
  return (bits & 0x20) !== 0 || (bits & 0x108) === 0x108 ? 'para' : 'full'
}

/** The device tree of POWER (Linux on Power Architecture Reference). */
async function power({ reader }: Signs): Promise<Hypervisor | null> {
  const tree = paths.deviceTree
  const compatible = ((await reader.text(`${tree}/compatible`)) ?? '').split('\0')
  if (compatible.includes('ibm,powernv')) return null
  const entries = await reader.names(tree)
  if (entries.includes('ibm,partition-name') && entries.includes('hmc-managed?')) {
    const chosen = await reader.names(`${tree}/chosen`)
    const partition = (await reader.text(`${tree}/ibm,partition-name`))?.replace(/\0.*$/s, '')
    // A partition that is the whole machine.
    if (!chosen.includes('qemu,graphic-width')) {
      return partition === 'full' ? null : hypervisor('powervm', 'para')
    }
  }
  return compatible.includes('qemu,pseries') ? hypervisor('qemu', 'para') : null
}

/** /proc/sysinfo: PR/SM divides every machine, and control programs divide its partitions. */
async function s390({ reader }: Signs): Promise<Hypervisor | null> {
  const sysinfo = await reader.text(paths.sysinfo)
  if (sysinfo === null) return null
  const program = deviceText(/Control Program:(.*)$/m.exec(sysinfo)?.[1])?.replaceAll(/\s+/g, ' ')
  if (program === undefined) return hypervisor('pr/sm', 'full')
  const [, product = program, version] = /^(.*?)(?: (\d[\d.]*))?$/.exec(program) ?? []
  const name = /KVM/.test(product) ? 'kvm' : product.toLowerCase()
  return hypervisor(name, 'full', version ?? null)
}

/** OpenVZ and Virtuozzo: the host of their containers has both, a container the first alone. */
async function container({ reader }: Signs): Promise<Hypervisor | null> {
  const [inside, outside] = await all(['/proc/vz', '/proc/bc'], (folder) => reader.names(folder))
  return inside?.length !== 0 && outside?.length === 0 ? hypervisor('openvz', 'container') : null
}
