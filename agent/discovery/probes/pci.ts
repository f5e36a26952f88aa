import type { Finding } from '../../../protocol/facts/finding.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import { attemptEach } from '../attempt.ts'
import { joinDetails, readPciDetails } from '../pci-details.ts'
import { containedPorts, countedErrors, openPorts } from '../pci-findings.ts'
import { pciAddresses, pciSlots, readPciFunction } from '../pci-function.ts'
import type { Probe } from '../probe.ts'

/** Every PCI function with its config space (kernel document sysfs-bus-pci). */
export const pciProbe: Probe<'pci'> = {
  class: 'pci',
  async read(host) {
    const slots = await pciSlots(host)
    const addresses = await pciAddresses(host)
    const read = await attemptEach('pci', addresses, (at) => readPciFunction(host, at, slots))
    const functions = read.found.map(({ facts }) => facts)
    const broken = read.found.flatMap(({ facts, space }) =>
      (space?.issues ?? []).map((message): Finding => ({
        code: 'pci.bad-capability-list',
        severity: 'warning',
        subject: facts.address,
        message,
      })),
    )
    // A virtual function has what its physical one has.
    const physical = new Map(
      read.found
        .filter(({ facts }) => facts.physicalFunction === null)
        .map((one) => [one.facts.address, one]),
    )
    const rows = await attemptEach('pci', [...physical.keys()], async (address) => {
      const one = physical.get(address)
      return one === undefined ? null : readPciDetails(host, one)
    })
    const facts = { functions, details: joinDetails(rows.found) }
    return {
      facts,
      findings: [
        ...read.findings,
        ...rows.findings,
        ...broken,
        ...degradedLinks(functions),
        ...countedErrors(facts),
        ...containedPorts(facts),
        ...openPorts(facts),
      ],
    }
  },
}

/**
 * Links that run below what both of their ends can do. Fewer lanes are a fault; less speed may be a
 * device that sleeps, which is worth a note only.
 */
export function degradedLinks(functions: readonly PciFunction[]): readonly Finding[] {
  const byAddress = new Map(functions.map((found) => [found.address, found]))
  return functions.flatMap((device): readonly Finding[] => {
    const parent = byAddress.get(device.parentAddress ?? '')?.link ?? null
    const { link } = device
    // Functions of one device share its link: the first one speaks for all.
    if (link === null || parent === null || !device.address.endsWith('.0')) return []
    if (device.headerType !== 0 || device.physicalFunction !== null || link.laneWidth === 0)
      return []
    const width = Math.min(link.maxLaneWidth, parent.maxLaneWidth)
    const speed = Math.min(link.maxSpeedGtPerS ?? 0, parent.maxSpeedGtPerS ?? 0)
    if (link.laneWidth < width) {
      const message = `PCI Express link runs with ${link.laneWidth} of ${width} lanes`
      return [{ code: 'pci.link-narrow', severity: 'warning', subject: device.address, message }]
    }
    if (link.speedGtPerS !== null && link.speedGtPerS < speed) {
      const message = `PCI Express link runs at ${link.speedGtPerS} of ${speed} GT/s`
      return [{ code: 'pci.link-slow', severity: 'info', subject: device.address, message }]
    }
    return []
  })
}
