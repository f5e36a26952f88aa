import type { Finding } from '../../../protocol/facts/finding.ts'
import { linkStates } from '../../../protocol/facts/pci-links.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import { attemptEach } from '../attempt.ts'
import { forgivingReader } from '../forgiving-reader.ts'
import { joinDetails, readPciDetails } from '../pci-details.ts'
import { containedPorts, countedErrors, openPorts } from '../pci-findings.ts'
import { pciAddresses, pciSlots, readPciFunction } from '../pci-function.ts'
import type { Probe } from '../probe.ts'

/** Every PCI function with its config space (kernel document sysfs-bus-pci). */
export const pciProbe: Probe<'pci'> = {
  class: 'pci',
  async read(host) {
    const reader = forgivingReader(host, 'pci')
    const slots = await pciSlots(reader)
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
        ...reader.findings(),
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
  return [...linkStates(functions)].flatMap(([subject, one]): readonly Finding[] => {
    // Functions of one device share its link: the first one speaks for all.
    if (!subject.endsWith('.0')) return []
    const { link, possibleLaneWidth, possibleSpeedGtPerS, state } = one
    if (state === 'narrow') {
      const message = `PCI Express link runs with ${link.laneWidth} of ${possibleLaneWidth} lanes`
      return [{ code: 'pci.link-narrow', severity: 'warning', subject, message }]
    }
    if (state === 'slow') {
      const message = `PCI Express link runs at ${link.speedGtPerS} of ${possibleSpeedGtPerS} GT/s`
      return [{ code: 'pci.link-slow', severity: 'info', subject, message }]
    }
    return []
  })
}
