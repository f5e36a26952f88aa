import type { Labels } from '../../../protocol/api.ts'
import type { Json } from '../../../protocol/canonical.ts'
import { parsePresented } from '../../../protocol/attributes/parse-presented.ts'
import type { ImportedMachine } from '../imported-machine.ts'
import type { GridPlace } from './grid5000.ts'
import { diskAttributes, gpuAttributes, memoryAttributes, nicAttributes } from './grid5000-parts.ts'
import { fieldsAt, flagAt, listAt, onlyKnown, textAt, wholeAt, type Fields } from './loose.ts'
import { nameOf } from './name.ts'

/**
 * A node of the Grid'5000 reference API (reference-repository, schema-node.yaml). `docs/import.md`
 * lists what becomes of each field. Throws DecodeError for a field that holds what it cannot.
 */
export function gridNode(node: Fields, place: GridPlace): ImportedMachine {
  const stated: Record<string, Json | undefined> = {
    ...processorAttributes(node),
    ...systemAttributes(node),
    ...memoryAttributes(node),
    ...gpuAttributes(node),
    ...nicAttributes(node),
    ...diskAttributes(node),
  }
  return {
    name: nameOf(node['uid'], 'uid'),
    labels: labelsOf(node, place),
    known: { kind: 'attributes', values: parsePresented(onlyKnown(stated)) },
  }
}

function processorAttributes(node: Fields): Readonly<Record<string, Json | undefined>> {
  const architecture = fieldsAt(node, 'architecture')
  const processor = fieldsAt(node, 'processor')
  const system = fieldsAt(node, 'operating_system')
  const model = textAt(processor, 'other_description')
  const microcode = textAt(processor, 'microcode')
  return {
    'cpu.arch': textAt(architecture, 'platform_type'),
    'cpu.vendor': vendorIds[textAt(processor, 'vendor')?.toLowerCase() ?? ''],
    'cpu.model': model === undefined ? undefined : [model],
    'cpu.microcode': microcode === undefined ? undefined : [microcode],
    'cpu.packages': atLeastOne(wholeAt(architecture, 'nb_procs', 'architecture')),
    'cpu.cores': atLeastOne(wholeAt(architecture, 'nb_cores', 'architecture')),
    'cpu.threads': atLeastOne(wholeAt(architecture, 'nb_threads', 'architecture')),
    'cpu.smt': flagAt(system, 'ht_enabled', 'operating_system'),
    'cpu.boost': flagAt(system, 'turboboost_enabled', 'operating_system'),
  }
}

/** The vendor strings of CPUID that the makers' names stand for. */
const vendorIds: Readonly<Record<string, string>> = { intel: 'GenuineIntel', amd: 'AuthenticAMD' }

function systemAttributes(node: Fields): Readonly<Record<string, Json | undefined>> {
  const chassis = fieldsAt(node, 'chassis')
  const bios = fieldsAt(node, 'bios')
  return {
    'system.manufacturer': textAt(chassis, 'manufacturer'),
    'system.product': textAt(chassis, 'name'),
    'system.serial': textAt(chassis, 'serial'),
    'firmware.vendor': textAt(bios, 'vendor'),
    'firmware.version': textAt(bios, 'version'),
  }
}

/** Site and cluster from where the node was found, and the switch that its data ports hang on. */
function labelsOf(node: Fields, place: GridPlace): Labels {
  const adapters = listAt(node, 'network_adapters') ?? []
  const [, linkSite, linkCluster] =
    /\/sites\/([a-z0-9-]{1,64})\/clusters\/([a-z0-9-]{1,64})\//.exec(selfLink(node)) ?? []
  const addresses = adapters.map((adapter) => textAt(adapter, 'network_address') ?? '')
  const [addressSite] = addresses.flatMap((address) => {
    const [, found] = /^[a-z0-9-]+\.([a-z0-9-]+)\.grid5000\.fr$/.exec(address) ?? []
    return found === undefined ? [] : [found]
  })
  const site = place.site ?? linkSite ?? addressSite
  const cluster = place.cluster ?? linkCluster
  const switches = new Set(
    adapters
      .filter((adapter) => adapter['management'] !== true)
      .flatMap((adapter) => textAt(adapter, 'switch') ?? []),
  )
  const [leaf] = switches
  const isOneLeaf = switches.size === 1 && leaf !== undefined && site !== undefined
  return {
    ...(site === undefined ? {} : { site }),
    ...(cluster === undefined ? {} : { cluster }),
    // A switch is named within its site.
    ...(isOneLeaf ? { leaf: `${site}-${leaf}`.slice(0, 128) } : {}),
  }
}

function selfLink(node: Fields): string {
  const links = Array.isArray(node['links']) ? node['links'] : []
  for (const link of links) {
    if (typeof link !== 'object' || link === null || !('rel' in link) || !('href' in link)) continue
    if (link.rel === 'self' && typeof link.href === 'string') return link.href
  }
  return ''
}

function atLeastOne(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}
