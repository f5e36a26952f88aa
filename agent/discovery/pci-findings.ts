import type { Finding } from '../../protocol/facts/finding.ts'
import type { PciFacts, PciFunction } from '../../protocol/facts/pci.ts'

/** Errors the kernel counted: a link that repeats itself is a note, lost requests are not. */
export function countedErrors({ details }: PciFacts): readonly Finding[] {
  return details.errorCounts.map(({ address, severity, counts }): Finding => {
    const list = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
    const message = `${severity} PCI Express errors since boot: ${list.join(', ')}`
    const correctable = severity === 'correctable'
    return {
      code: correctable ? 'pci.errors-correctable' : 'pci.errors-uncorrectable',
      severity: correctable ? 'info' : severity === 'fatal' ? 'error' : 'warning',
      subject: address,
      message,
    }
  })
}

/** Ports that have cut off what is below them. */
export function containedPorts({ details }: PciFacts): readonly Finding[] {
  return details.containment
    .filter(({ triggered }) => triggered)
    .map(({ address }) => ({
      code: 'pci.contained',
      severity: 'error',
      subject: address,
      message: 'Downstream port containment was triggered: the link below is down',
    }))
}

/** VGA, other and 3D controllers, and processing accelerators (PCI code and id assignment 1.17). */
const accelerator = /^(030[02]|0380|1200)/

/**
 * Ports above an accelerator that could redirect requests between peers and do not: peers reach each
 * other directly, which is fast, and not fit for handing them to different owners.
 */
export function openPorts({ functions, details }: PciFacts): readonly Finding[] {
  const byAddress = new Map(functions.map((one) => [one.address, one]))
  const able = new Map(details.accessControls.map((one) => [one.address, one]))
  const open = new Set<string>()
  for (const device of functions) {
    if (!accelerator.test(device.classCode) || device.physicalFunction !== null) continue
    for (const port of portsAbove(device, byAddress)) {
      const control = able.get(port)
      const redirects = (list: readonly string[]) => list.includes('p2p-request-redirect')
      if (control !== undefined && redirects(control.supported) && !redirects(control.enabled)) {
        open.add(port)
      }
    }
  }
  return [...open].sort().map((subject) => ({
    code: 'pci.acs-off',
    severity: 'info',
    subject,
    message: 'Access control services above an accelerator are off: its peers are not isolated',
  }))
}

function portsAbove(
  device: PciFunction,
  byAddress: ReadonlyMap<string, PciFunction>,
): readonly string[] {
  const above: string[] = []
  let next = device.parentAddress
  // No tree of buses is deeper than there are buses.
  while (next !== null && above.length < 256) {
    above.push(next)
    next = byAddress.get(next)?.parentAddress ?? null
  }
  return above
}
