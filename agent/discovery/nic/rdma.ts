import type { Finding } from '../../../protocol/facts/finding.ts'
import type { RdmaDevice, RdmaPort } from '../../../protocol/facts/rdma.ts'
import type { Host } from '../../host.ts'
import { attempt, attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import {
  gidOf,
  gidType,
  guidOf,
  isErrorCounter,
  nodeType,
  physicalState,
  portRate,
  portState,
} from '../decode/infiniband/port.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, linkName } from '../sysfs.ts'
import { readCounters } from './counters.ts'
import { pciAddressOf } from './place.ts'

/** RDMA devices; a part that cannot be read costs itself and leaves a finding. */
export async function readRdmaDevices(
  host: Host,
): Promise<{ readonly found: readonly RdmaDevice[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const names = await host.list(paths.infiniband)
  const read = await attemptEach('nic', names, (name) =>
    readDevice(host, name, (finding) => findings.push(finding)),
  )
  return { found: read.found, findings: [...read.findings, ...findings] }
}

type Note = (finding: Finding) => void

async function readDevice(host: Host, name: string, note: Note): Promise<RdmaDevice> {
  const folder = `${paths.infiniband}/${name}`
  const text = async (file: string) => deviceText(await attribute(host, `${folder}/${file}`))
  const part = parts(name, note)
  const [interfaces, portNames, guid, image, type] = await Promise.all([
    host.list(`${folder}/device/net`),
    host.list(`${folder}/ports`),
    part(() => decoded(host, `${folder}/node_guid`, guidOf), null),
    part(() => decoded(host, `${folder}/sys_image_guid`, guidOf), null),
    part(() => decoded(host, `${folder}/node_type`, nodeType), null),
  ])
  const numbers = portNames.filter((port) => /^\d{1,3}$/.test(port)).map(Number)
  const ports = await all(
    numbers.toSorted((a, b) => a - b),
    (number) =>
      readPort(host, `${folder}/ports/${number}`, number, parts(`${name}/${number}`, note)),
  )
  const named = ports.flatMap(({ gids }) => gids.flatMap((gid) => gid.interface ?? []))
  return {
    name,
    nodeType: type,
    nodeGuid: guid,
    systemImageGuid: image,
    nodeDescription: await text('node_desc'),
    firmwareVersion: await text('fw_ver'),
    hardwareRevision: await text('hw_rev'),
    hcaType: await text('hca_type'),
    boardId: await text('board_id'),
    driver: await linkName(host, `${folder}/device/driver`),
    pciAddress: await pciAddressOf(host, paths.infiniband, name),
    interfaces: [...new Set([...interfaces, ...named])].sort(),
    ports,
  }
}

type Part = <T>(read: () => Promise<T>, otherwise: T) => Promise<T>

/** Runs a piece of reading; what it throws is noted and `otherwise` stands in. */
function parts(subject: string, note: Note): Part {
  return async (read, otherwise) => {
    const outcome = await attempt('nic', subject, read)
    if (outcome.kind === 'done') return outcome.value
    note(outcome.finding)
    return otherwise
  }
}

async function decoded<T>(
  host: Host,
  path: string,
  decode: (text: string) => T,
): Promise<T | null> {
  const text = await attribute(host, path)
  return text === null ? null : decode(text)
}

async function readPort(host: Host, folder: string, number: number, part: Part): Promise<RdmaPort> {
  const layer = await attribute(host, `${folder}/link_layer`)
  const linkLayer = linkLayers.get(layer?.toLowerCase() ?? '') ?? null
  const number16 = (file: string) => part(() => hexOrDecimal(host, `${folder}/${file}`), null)
  const [state, physical, rate, lid, smLid, capabilities, gids, counters] = await Promise.all([
    part(() => decoded(host, `${folder}/state`, portState), null),
    part(() => decoded(host, `${folder}/phys_state`, physicalState), null),
    part(() => decoded(host, `${folder}/rate`, portRate), null),
    number16('lid'),
    number16('sm_lid'),
    number16('cap_mask'),
    part(() => readGids(host, folder, linkLayer), []),
    part(() => countersOf(host, folder), noCounters),
  ])
  const isInfiniband = linkLayer === 'infiniband'
  return {
    number,
    state,
    physicalState: physical,
    linkLayer,
    ...(rate ?? { rateBitsPerSecond: null, laneWidth: null, speedName: null }),
    lid: lid === 0 ? null : lid,
    subnetManagerLid: smLid === 0 ? null : smLid,
    capabilityMask: capabilities === null ? null : capabilities.toString(16).padStart(8, '0'),
    subnetPrefix: isInfiniband
      ? (gids.find(({ index }) => index === 0)?.gid.slice(0, 16) ?? null)
      : null,
    gids,
    ...counters,
  }
}

const linkLayers: ReadonlyMap<string, 'infiniband' | 'ethernet'> = new Map([
  ['infiniband', 'infiniband'],
  ['ethernet', 'ethernet'],
])

/** `0x0004` or `4`. */
async function hexOrDecimal(host: Host, path: string): Promise<number | null> {
  const text = await attribute(host, path)
  if (text !== null && /^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16)
  return countAttribute(host, path)
}

/** The entries of `gids` that are in use, with what `gid_attrs` says of each. */
async function readGids(
  host: Host,
  folder: string,
  linkLayer: RdmaPort['linkLayer'],
): Promise<RdmaPort['gids']> {
  const indexes = (await host.list(`${folder}/gids`))
    .filter((name) => /^\d{1,5}$/.test(name))
    .map(Number)
  const found = await all(
    indexes.toSorted((a, b) => a - b),
    async (index) => {
      const gid = await decoded(host, `${folder}/gids/${index}`, gidOf)
      // A link-local prefix alone is what a RoCE port shows for an entry of no interface.
      if (gid === null || /^fe800{28}$/.test(gid)) return []
      const [type, device] = await Promise.all([
        attribute(host, `${folder}/gid_attrs/types/${index}`),
        attribute(host, `${folder}/gid_attrs/ndevs/${index}`),
      ])
      return [{ index, gid, type: gidType(type, linkLayer), interface: device }]
    },
  )
  return found.flat()
}

type PortCounters = Pick<RdmaPort, 'errorCounts' | 'unkeptCounters'>

const noCounters: PortCounters = { errorCounts: null, unkeptCounters: [] }

async function countersOf(host: Host, folder: string): Promise<PortCounters> {
  const [standard, own] = await Promise.all(
    ['counters', 'hw_counters'].map((name) =>
      readCounters(host, `${folder}/${name}`, isErrorCounter),
    ),
  )
  const counts = { ...own?.counts, ...standard?.counts }
  if (standard === null && own === null) return noCounters
  return {
    errorCounts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    unkeptCounters: [...(standard?.unkept ?? []), ...(own?.unkept ?? [])],
  }
}
