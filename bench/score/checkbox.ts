import { z } from 'zod'
import { type BlockDevice, blockDevices } from '../../agent/discovery/block-device.ts'
import { gpuProbe } from '../../agent/discovery/probes/gpu.ts'
import { nicProbe } from '../../agent/discovery/probes/nic.ts'
import { pciProbe } from '../../agent/discovery/probes/pci.ts'
import { usbProbe } from '../../agent/discovery/probes/usb.ts'
import { rootedHost } from '../../agent/host.ts'
import type { GpuFacts } from '../../protocol/facts/gpu.ts'
import type { NicFacts } from '../../protocol/facts/nic.ts'
import type { PciFacts } from '../../protocol/facts/pci.ts'
import type { UsbFacts } from '../../protocol/facts/usb.ts'
import { corpusJson, corpusNames, unpacked } from './corpus.ts'
import type { Comparison, Score, Scorer } from './scorer.ts'

const folder = 'checkbox-udev'

/** An export says nothing of what a machine lacks. */
const textOrNull = z.string().nullish().default(null)
const pciPeer = z.object({
  slot: z.string(),
  vendor: textOrNull,
  device: textOrNull,
  class: textOrNull,
  ssvid: textOrNull,
  ssid: textOrNull,
  driver: textOrNull,
  parent: textOrNull,
  root: textOrNull,
  depth: z.number().nullish(),
})
const netPeer = z.object({
  name: z.string(),
  pci: textOrNull,
  mac: textOrNull,
  driver: textOrNull,
  usb: z.boolean().default(false),
  virtual: z.boolean().default(false),
})
const diskPeer = z.object({
  name: z.string(),
  pci: textOrNull,
  virtual: z.boolean().default(false),
})
const usbPeer = z.object({
  path: z.string(),
  idVendor: textOrNull,
  idProduct: textOrNull,
  pci: textOrNull,
})
const peerMachine = z.looseObject({
  pci: z.array(pciPeer.loose()).default([]),
  net: z.array(netPeer.loose()).default([]),
  disk: z.array(diskPeer.loose()).default([]),
  usb: z.array(usbPeer.loose()).default([]),
  drm: z.array(z.looseObject({ pci: textOrNull })).default([]),
})

type PeerMachine = z.infer<typeof peerMachine>

/** Half of the files, of which none tells of a PCI, USB, network or block device. */
const notLookedAt = ['system', 'LNXSYSTM*', 'memory', 'clockevents', 'machinecheck', 'tty*', 'acpi']

/** What udev exported of whole machines, whose recording is the same export as a /sys tree. */
export const checkboxScorer: Scorer = {
  source: 'checkbox',
  peer: 'udev export (checkbox)',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(`${folder}/sysfs`, '.tar.xz')
    const scores: Omit<Score, 'machineCount'>[] = []
    for (const name of names) {
      await using machine = await unpacked(`${folder}/sysfs`, [`${name}.tar.xz`], notLookedAt)
      const host = rootedHost(`${machine.root}/${name}`)
      const peer = peerMachine.parse(await corpusJson(`${folder}/expected`, `${name}.json`))
      const [pci, nic, storage, usb, gpu] = await Promise.all([
        pciProbe.read(host),
        nicProbe.read(host),
        blockDevices(host),
        usbProbe.read(host),
        gpuProbe.read(host),
      ])
      scores.push(
        comparePci(name, peer, pci.facts),
        compareNet(name, peer, nic.facts),
        compareDisks(name, peer, storage),
        compareUsb(name, peer, usb.facts),
        compareDisplays(name, peer, gpu.facts),
        otherParts(name, peer),
      )
    }
    return {
      machineCount: names.length,
      comparisons: scores.flatMap(({ comparisons }) => comparisons),
      uncovered: scores.flatMap(({ uncovered }) => uncovered),
    }
  },
}

type Fields = Readonly<Record<string, string | null>>

/** Compares the fields that both have; those of the peer alone are not covered. */
function fieldsOf(machine: string, kind: string, ours: Fields, theirs: object) {
  const comparisons: Comparison[] = []
  const uncovered: string[] = []
  for (const [field, value] of Object.entries(theirs)) {
    const own = ours[field]
    if (own === undefined) uncovered.push(`${machine}: ${kind}.${field}`)
    else {
      const text = value === null ? null : String(value)
      comparisons.push({ machine, field: `${kind}.${field}`, ours: own, theirs: text })
    }
  }
  return { comparisons, uncovered }
}

function joined(parts: readonly Omit<Score, 'machineCount'>[]): Omit<Score, 'machineCount'> {
  return {
    comparisons: parts.flatMap(({ comparisons }) => comparisons),
    uncovered: parts.flatMap(({ uncovered }) => uncovered),
  }
}

function comparePci(machine: string, peer: PeerMachine, facts: PciFacts) {
  const found = new Map(facts.functions.map((one) => [one.address, one]))
  const chainOf = (address: string | null): readonly string[] =>
    address === null ? [] : [...chainOf(found.get(address)?.parentAddress ?? null), address]
  const parts = peer.pci.map((theirs) => {
    const own = found.get(theirs.slot)
    const chain = chainOf(own?.address ?? null)
    // udev prints zeros where a function has no subsystem.
    const subsystem = (id: string | null | undefined, printed: string | null) =>
      printed === '0000' ? (id ?? '0000') : (id ?? null)
    return fieldsOf(
      `${machine} ${theirs.slot}`,
      'pci',
      {
        slot: own?.address ?? null,
        vendor: own?.vendorId ?? null,
        device: own?.deviceId ?? null,
        class: own?.classCode ?? null,
        ssvid: subsystem(own?.subsystemVendorId, theirs.ssvid),
        ssid: subsystem(own?.subsystemDeviceId, theirs.ssid),
        driver: own?.driver ?? null,
        parent: own?.parentAddress ?? null,
        root: chain[0] === undefined ? null : `pci${chain[0].slice(0, -5)}`,
        depth: String(chain.length),
      },
      theirs,
    )
  })
  return joined([
    ...parts,
    noOthers(
      machine,
      'pci',
      [...found.keys()],
      peer.pci.map(({ slot }) => slot),
    ),
  ])
}

function compareNet(machine: string, peer: PeerMachine, facts: NicFacts) {
  const parts = peer.net.map((theirs) => {
    const own = facts.interfaces.find(({ name }) => name === theirs.name)
    const place = `${machine} ${theirs.name}`
    // Facts name hardware: of a software interface they say by its absence that it is none.
    const isVirtual = String(own === undefined)
    if (theirs.virtual) return fieldsOf(place, 'net', { virtual: isVirtual }, { virtual: true })
    return fieldsOf(
      place,
      'net',
      {
        name: own?.name ?? null,
        pci: own?.pciAddress ?? null,
        mac: own?.mac ?? null,
        driver: theirs.driver === null ? null : ethtoolDriver(own?.driver ?? null),
        usb: String((own?.usbPath ?? null) !== null),
        virtual: isVirtual,
      },
      theirs,
    )
  })
  return joined(parts)
}

/**
 * udev's driver of an interface is the name ethtool gives it, null where it was not asked. It is that of
 * the bound driver but where one driver holds the device and another makes its interfaces.
 */
function ethtoolDriver(bound: string | null): string | null {
  return bound === 'mlx4_core' ? 'mlx4_en' : bound
}

/**
 * The recording holds no size, and a disk without one is a finding, not a fact: only which block
 * devices there are and where can be compared.
 */
function compareDisks(machine: string, peer: PeerMachine, devices: readonly BlockDevice[]) {
  // udev calls everything a disk that is no partition: what software made, the device tree tells.
  const isMade = ({ place }: BlockDevice) => place.includes('/virtual/')
  const parts = peer.disk.map((theirs) => {
    const own = devices.find(({ name }) => name === theirs.name)
    const place = `${machine} ${theirs.name}`
    const virtual = String(own === undefined || isMade(own))
    if (theirs.virtual) return fieldsOf(place, 'disk', { virtual }, { virtual: true })
    const ours = { name: own?.name ?? null, pci: own?.pciAddress ?? null, virtual }
    return fieldsOf(place, 'disk', ours, theirs)
  })
  const ours = devices.filter((one) => !isMade(one)).map(({ name }) => name)
  const theirs = peer.disk.map(({ name }) => name)
  return joined([...parts, noOthers(machine, 'disk', ours, theirs)])
}

function compareUsb(machine: string, peer: PeerMachine, facts: UsbFacts) {
  const parts = peer.usb.map((theirs) => {
    const own = facts.devices.find(({ path }) => path === theirs.path)
    return fieldsOf(
      `${machine} ${theirs.path}`,
      'usb',
      {
        path: own?.path ?? null,
        idVendor: own?.vendorId ?? null,
        idProduct: own?.productId ?? null,
        pci: own?.pciAddress ?? null,
      },
      theirs,
    )
  })
  const ours = facts.devices.map(({ path }) => path)
  return joined([
    ...parts,
    noOthers(
      machine,
      'usb',
      ours,
      peer.usb.map(({ path }) => path),
    ),
  ])
}

/** Facts name display controllers by their function, whatever the driver calls its card. */
function compareDisplays(machine: string, peer: PeerMachine, facts: GpuFacts) {
  const parts = peer.drm.map((theirs) => {
    const own = facts.gpus.find(({ address }) => address === theirs.pci)
    return fieldsOf(`${machine} ${theirs.pci}`, 'drm', { pci: own?.address ?? null }, theirs)
  })
  return joined(parts)
}

/** What we found and the peer does not know. */
function noOthers(
  machine: string,
  kind: string,
  ours: readonly string[],
  theirs: readonly string[],
) {
  const known = new Set(theirs)
  const comparisons = ours
    .filter((name) => !known.has(name))
    .map((name) => ({ machine, field: kind, ours: name, theirs: null }))
  return { comparisons, uncovered: [] }
}

function otherParts(machine: string, peer: PeerMachine) {
  const compared = new Set(['source', 'pci', 'net', 'disk', 'usb', 'drm'])
  const uncovered = Object.entries(peer)
    .filter(([name]) => !compared.has(name))
    .flatMap(([name, value]) => {
      if (value === null) return []
      if (!Array.isArray(value)) return [`${machine}: ${name}`]
      return value.map(() => `${machine}: ${name}`)
    })
  return { comparisons: [], uncovered }
}
