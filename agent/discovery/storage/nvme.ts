import type { DiskHealth } from '../../../protocol/facts/storage-health.ts'
import type {
  NvmeAttachment,
  NvmeController,
  NvmeControllerFacts,
  NvmeNamespace,
  NvmeSubsystem,
} from '../../../protocol/facts/nvme.ts'
import type { Host } from '../../host.ts'
import type { BlockDevice } from '../block-device.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import { decodeIdentifyController } from '../decode/nvme/identify-controller.ts'
import { decodeIdentifyNamespace } from '../decode/nvme/identify-namespace.ts'
import { decodeNvmeSmart } from '../decode/nvme/smart-log.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, pciAddressesIn } from '../sysfs.ts'
import { identifyQuestion, logPageQuestion } from './questions.ts'

/** A controller and what it answered. */
export interface ReadController {
  readonly facts: NvmeControllerFacts
  readonly identify: NvmeController | null
  readonly health: DiskHealth | null
}

const controllerName = /^nvme\d+$/

/** Controllers in /sys/class/nvme, or, where a recording lacks that, those that disks lie under. */
export async function nvmeControllerFolders(
  host: Host,
  devices: readonly BlockDevice[],
): Promise<ReadonlyMap<string, string>> {
  const listed = (await host.list(paths.nvme)).filter((name) => controllerName.test(name))
  const folders = new Map(listed.map((name) => [name, `${paths.nvme}/${name}`]))
  for (const { place } of devices) {
    const [folder, parent] = /^.*\/(nvme\d+)(?=\/nvme\d+n\d+$)/.exec(place) ?? []
    if (folder !== undefined && parent !== undefined && !folders.has(parent)) {
      folders.set(parent, folder)
    }
  }
  return folders
}

/** Kernel document ABI/testing/sysfs-nvme. */
export async function readControllerFacts(
  host: Host,
  name: string,
  folder: string,
): Promise<NvmeControllerFacts> {
  const of = (file: string) => attribute(host, `${folder}/${file}`)
  const [nqn, transport, address, state, controllerId, model, serial, firmware, node] =
    await Promise.all([
      of('subsysnqn'),
      of('transport'),
      of('address'),
      of('state'),
      countAttribute(host, `${folder}/cntlid`),
      of('model'),
      of('serial'),
      of('firmware_rev'),
      countAttribute(host, `${folder}/numa_node`),
    ])
  const link = (await host.link(`${folder}/device`)) ?? ''
  const pciAddress =
    [folder, link, address ?? ''].flatMap((path) => pciAddressesIn(path)).at(-1) ?? null
  return {
    name,
    subsystemNqn: deviceText(nqn),
    transport: transports.find((one) => one === transport) ?? (pciAddress === null ? null : 'pcie'),
    address: deviceText(address),
    pciAddress,
    numaNode: node,
    state: deviceText(state),
    controllerId,
    model: deviceText(model),
    serial: meaningfulText(serial),
    firmware: deviceText(firmware),
    totalCapacityBytes: null,
    unallocatedCapacityBytes: null,
  }
}

const transports = ['pcie', 'tcp', 'rdma', 'fc', 'loop', 'apple-nvme'] as const

/** Asks a controller who it is and how it is. One that is not live would not answer. */
export async function askController(
  host: Host,
  facts: NvmeControllerFacts,
): Promise<ReadController> {
  if (facts.state !== null && facts.state !== 'live') return { facts, identify: null, health: null }
  const data = await host.ask(identifyQuestion(facts.name, 'controller'))
  const identify = data === undefined ? null : decodeIdentifyController(data)
  const log = await host.ask(logPageQuestion(facts.name, smartLogPage))
  return {
    facts: {
      ...facts,
      totalCapacityBytes: identify?.totalCapacityBytes ?? null,
      unallocatedCapacityBytes: identify?.unallocatedCapacityBytes ?? null,
    },
    identify,
    health: log === undefined ? null : healthOf(log),
  }
}

const smartLogPage = 0x02

/** An empty log is a device that keeps none (some hypervisors). */
function healthOf(log: Uint8Array): DiskHealth | null {
  if (log.every((byte) => byte === 0)) return null
  const smart = decodeNvmeSmart(log)
  return {
    source: 'nvme',
    healthy: smart.criticalWarnings.length === 0,
    temperatureCelsius: smart.temperatureCelsius,
    powerOnHours: smart.powerOnHours,
    powerCycleCount: smart.powerCycleCount,
    usedRatio: smart.usedRatio,
    spareRatio: smart.spareRatio,
    readBytes: smart.readBytes,
    writtenBytes: smart.writtenBytes,
    mediaErrorCount: smart.mediaErrorCount,
    badSectorCount: null,
    warnings: [
      ...smart.criticalWarnings,
      ...smart.enduranceGroupWarnings.map((name) => `endurance group: ${name}`),
    ],
  }
}

/** Subsystems of /sys/class/nvme-subsystem. */
export async function readSubsystem(host: Host, name: string): Promise<NvmeSubsystem> {
  const folder = `${paths.nvmeSubsystems}/${name}`
  const entries = await host.list(folder)
  const of = (file: string) => attribute(host, `${folder}/${file}`)
  const [nqn, model, serial, firmware, ioPolicy] = await Promise.all(
    ['subsysnqn', 'model', 'serial', 'firmware_rev', 'iopolicy'].map((file) => of(file)),
  )
  const controllers = entries.filter((entry) => controllerName.test(entry))
  const heads = entries.filter((entry) => /^nvme\d+n\d+$/.test(entry))
  const own = await all(controllers, async (controller) =>
    (await host.list(`${folder}/${controller}`)).filter((entry) => /^nvme\d+n\d+$/.test(entry)),
  )
  return {
    name,
    nqn: deviceText(nqn),
    model: deviceText(model),
    serial: meaningfulText(serial),
    firmware: deviceText(firmware),
    ioPolicy: deviceText(ioPolicy),
    controllers,
    namespaces: [...new Set([...heads, ...own.flat()])].sort(),
  }
}

/** Where a namespace is; `controllers` are all of the machine by name. */
export async function readNvmeAttachment(
  host: Host,
  device: BlockDevice,
  nguid: string | null,
  controllers: ReadonlyMap<string, string>,
): Promise<NvmeAttachment> {
  const { folder } = device
  const [namespaceId, uuid, metadata, used, blockBytes] = await Promise.all([
    countAttribute(host, `${folder}/nsid`),
    attribute(host, `${folder}/uuid`),
    countAttribute(host, `${folder}/metadata_bytes`),
    countAttribute(host, `${folder}/nuse`),
    countAttribute(host, `${folder}/queue/logical_block_size`),
  ])
  return {
    kind: 'nvme',
    namespaceId,
    uuid: uuidOrNull(uuid, nguid),
    metadataBytes: metadata,
    usedBytes: used === null || blockBytes === null ? null : used * blockBytes,
    protectionType: null,
    paths: await pathsTo(host, device, controllers),
  }
}

/** Where a namespace has no UUID the kernel gives its NGUID. */
function uuidOrNull(text: string | null, nguid: string | null): string | null {
  const uuid = text?.toLowerCase() ?? ''
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)
  const digits = uuid.replaceAll('-', '')
  return isUuid && digits !== nguid && !/^0+$/.test(digits) ? uuid : null
}

/** A multipath head has a hidden device for each controller: `nvme0n1`, `nvme0c1n1`. */
async function pathsTo(
  host: Host,
  { name, folder, place }: BlockDevice,
  controllers: ReadonlyMap<string, string>,
): Promise<NvmeAttachment['paths']> {
  const parent = place.split('/').findLast((part) => controllerName.test(part))
  if (parent !== undefined) {
    const anaState = deviceText(await attribute(host, `${folder}/ana_state`))
    return [{ controller: parent, anaState }]
  }
  const [, subsystem = '', namespace = ''] = /^nvme(\d+)n(\d+)$/.exec(name) ?? []
  const found = await all([...controllers], async ([controller, path]) => {
    const hidden = (await host.list(path)).find((entry) => {
      const [, head, own] = /^nvme(\d+)c\d+n(\d+)$/.exec(entry) ?? []
      return head === subsystem && own === namespace
    })
    if (hidden === undefined) return []
    const anaState = deviceText(await attribute(host, `${path}/${hidden}/ana_state`))
    return [{ controller, anaState }]
  })
  return found.flat()
}

/** Asks about a namespace; null: no answer, or it is of no set of commands with blocks. */
export async function askNamespace(
  host: Host,
  controller: string,
  namespaceId: number,
): Promise<NvmeNamespace | null> {
  const data = await host.ask(identifyQuestion(controller, 'namespace', namespaceId))
  if (data === undefined || data.every((byte) => byte === 0)) return null
  return decodeIdentifyNamespace(data)
}
