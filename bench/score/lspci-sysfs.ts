import { z } from 'zod'
import { decodePciSpace } from '../../agent/discovery/decode/pci/space.ts'
import { parsePciResources, type PciResource } from '../../agent/discovery/decode/pci/resources.ts'
import { paths } from '../../agent/discovery/paths.ts'
import { pciProbe } from '../../agent/discovery/probes/pci.ts'
import { type Host, rootedHost } from '../../agent/host.ts'
import type { PciConfigSpace } from '../../protocol/facts/pci-config.ts'
import type { PciFunction } from '../../protocol/facts/pci.ts'
import { corpusJson, corpusNames, unpacked } from './corpus.ts'
import { lspciFunction } from './lspci.ts'
import { sizeText } from './lspci/head.ts'
import type { Comparison, Scorer } from './scorer.ts'

type Peer = z.infer<typeof lspciFunction>

const folder = 'hwloc-linux-sample'

/** What the probe finds in whole recorded machines, with 64 bytes of config space and all domains. */
export const lspciSysfsScorer: Scorer = {
  source: 'lspci-sysfs',
  peer: 'lspci 3.14.0 on the recorded /sys',
  corpus: folder,
  targetRatio: 0.995,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, '.lspci.json')
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      await using machine = await unpacked(folder, [`${name}.tar.bz2`])
      const host = rootedHost(`${machine.root}/${name}`)
      const { facts } = await pciProbe.read(host)
      const found = new Map(facts.functions.map((one) => [one.address, one]))
      const report = z
        .array(lspciFunction)
        .parse(await corpusJson(`${folder}/oracle`, `${name}.lspci.json`))
      for (const peer of report) {
        const one = found.get(peer.slot)
        const machineName = `${name} ${peer.slot}`
        comparisons.push(...compareIds(machineName, one, peer))
        comparisons.push(...(await compareRegions(machineName, host, peer)))
        uncovered.push(...unknownParts(peer).map((field) => `${machineName}: ${field}`))
      }
      const peers = new Set(report.map(({ slot }) => slot))
      for (const address of found.keys()) {
        const theirs = peers.has(address) ? address : null
        comparisons.push({ machine: name, field: 'function', ours: address, theirs })
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

const known = new Set(
  'slot cls vendor device rev progif ssvid ssid bus regions caps ext_caps'.split(' '),
)

function unknownParts(peer: Peer): readonly string[] {
  return Object.keys(peer).filter((part) => !known.has(part))
}

function compareIds(
  machine: string,
  found: PciFunction | undefined,
  peer: Peer,
): readonly Comparison[] {
  if (found === undefined) return [{ machine, field: 'function', ours: null, theirs: peer.slot }]
  const bus = (number: number | undefined) => number?.toString(16).padStart(2, '0') ?? null
  const ownBus = found.address.split(':').at(-2) ?? null
  const fields: readonly (readonly [string, string | null, string | null | undefined])[] = [
    ['cls', found.classCode.slice(0, 4), peer.cls],
    ['progif', found.classCode.slice(4), peer.progif],
    ['vendor', found.vendorId, peer.vendor],
    ['device', found.deviceId, peer.device],
    ['rev', found.revision, peer.rev],
    ['ssvid', found.subsystemVendorId, peer.ssvid],
    ['ssid', found.subsystemDeviceId, peer.ssid],
    ['bus.primary', ownBus, peer.bus?.['primary']],
    ['bus.secondary', bus(found.bridge?.secondaryBus), peer.bus?.['secondary']],
    ['bus.subordinate', bus(found.bridge?.subordinateBus), peer.bus?.['subordinate']],
    ['capability count', String(found.capabilityIds.length), String(peer.caps?.length ?? 0)],
  ]
  return fields.flatMap(([field, ours, theirs]) =>
    theirs === undefined ? [] : [{ machine, field, ours, theirs }],
  )
}

async function compareRegions(
  machine: string,
  host: Host,
  peer: Peer,
): Promise<readonly Comparison[]> {
  const text = await host.text(`${paths.pci}/${peer.slot}/resource`)
  const config = await host.bytes(`${paths.pci}/${peer.slot}/config`)
  const resources = text === undefined ? [] : parsePciResources(text.trim())
  const space = config === undefined ? null : decodePciSpace(config, peer.slot)
  return Object.entries(peer.regions ?? {}).map(([index, theirs]) => {
    const one = resources.find((resource) => resource.index === Number(index))
    const ours = one === undefined ? null : regionText(one, space)
    const fault = ours !== theirs && one?.sizeBytes === 1 ? { peerIsWrong: singlePort } : {}
    return { machine, field: `region ${index}`, ours, theirs, ...fault }
  })
}

const singlePort =
  'it clears two bits of an address that is no register, and takes one port for none: the control ' +
  'block of an IDE channel in compatibility mode is port 3F6h or 376h alone (PCI IDE controller ' +
  'specification 1.0 §2.1)'

function regionText(one: PciResource, space: PciConfigSpace | null): string {
  const digits = one.start.slice(2)
  const isIo = one.kind === 'io'
  const kind = one.prefetchable ? 'prefetchable' : 'non-prefetchable'
  const place = isIo
    ? `I/O ports at ${digits.padStart(4, '0')}`
    : `Memory at ${digits.padStart(8, '0')} (${one.widthBits}-bit, ${kind})`
  const enabled = space?.command.includes(isIo ? 'io' : 'memory') ?? true
  const size = one.sizeBytes === 1 ? '1' : sizeText(BigInt(one.sizeBytes))
  return `${place}${enabled ? '' : ' [disabled]'} [size=${size}]`
}
