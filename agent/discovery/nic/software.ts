import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NicFacts } from '../../../protocol/facts/nic.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, flagAttribute } from '../sysfs.ts'
import { colonAddress, readInterfaceState } from './interface-state.ts'

type Bond = NicFacts['bonds'][number]
type Bridge = NicFacts['bridges'][number]

/** Bonds and bridges among the interfaces `names`. */
export async function readSoftwareInterfaces(
  host: Host,
  names: readonly string[],
): Promise<Pick<NicFacts, 'bonds' | 'bridges'> & { readonly findings: readonly Finding[] }> {
  const [bonds, bridges] = await Promise.all([
    attemptEach('nic', names, (name) => readBond(host, name)),
    attemptEach('nic', names, (name) => readBridge(host, name)),
  ])
  return {
    bonds: bonds.found,
    bridges: bridges.found,
    findings: [...bonds.findings, ...bridges.findings],
  }
}

/** Kernel document networking/bonding, "Configuring Bonding Manually via Sysfs". */
async function readBond(host: Host, name: string): Promise<Bond | null> {
  const folder = `${paths.net}/${name}/bonding`
  if ((await host.list(folder)).length === 0) return null
  // Names and numbers, `802.3ad 4`: the word is what documents speak of.
  const word = async (file: string) =>
    deviceText((await attribute(host, `${folder}/${file}`))?.split(' ')[0])
  const slaves = (await attribute(host, `${folder}/slaves`))?.split(/\s+/) ?? []
  const members = slaves.filter((member) => /^[^\p{Cc}/]{1,15}$/u.test(member))
  const partner = colonAddress(await attribute(host, `${folder}/ad_partner_mac`))
  return {
    ...(await readInterfaceState(host, name)),
    mode: await word('mode'),
    transmitHashPolicy: await word('xmit_hash_policy'),
    activeMember: await word('active_slave'),
    partnerMac: partner === '00:00:00:00:00:00' ? null : partner,
    members: await all(members, (member) => readMember(host, name, member)),
  }
}

/** `lower_eth0` leads to a member, and so does `slave_eth0` on kernels before 3.14. */
async function readMember(
  host: Host,
  bond: string,
  name: string,
): Promise<Bond['members'][number]> {
  const places = [
    `${paths.net}/${name}`,
    ...['lower', 'slave'].map((kind) => `${paths.net}/${bond}/${kind}_${name}`),
  ]
  const lists = await all(places, (place) => host.list(`${place}/bonding_slave`))
  const at = lists.findIndex((list) => list.length > 0)
  const folder = `${places[at] ?? places[0]}/bonding_slave`
  const status = await attribute(host, `${folder}/mii_status`)
  const state = await attribute(host, `${folder}/state`)
  return {
    name,
    linkUp: status === null ? null : status === 'up',
    state: state === 'active' || state === 'backup' ? state : null,
    linkFailureCount: await countAttribute(host, `${folder}/link_failure_count`),
    aggregatorId: await countAttribute(host, `${folder}/ad_aggregator_id`),
  }
}

/** net/bridge/br_sysfs_br.c */
async function readBridge(host: Host, name: string): Promise<Bridge | null> {
  const folder = `${paths.net}/${name}/bridge`
  if ((await host.list(folder)).length === 0) return null
  const id = (await attribute(host, `${folder}/bridge_id`))?.replace('.', '').toLowerCase() ?? ''
  return {
    ...(await readInterfaceState(host, name)),
    bridgeId: /^[0-9a-f]{16}$/.test(id) ? id : null,
    spanningTree: await flagOrUserSpace(host, `${folder}/stp_state`),
    members: await host.list(`${paths.net}/${name}/brif`),
  }
}

/** 2 is a spanning tree that a program runs instead of the kernel. */
async function flagOrUserSpace(host: Host, path: string): Promise<boolean | null> {
  return (await attribute(host, path)) === '2' ? true : flagAttribute(host, path)
}
