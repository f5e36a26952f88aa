/**
 * Classes of facts, in the order they are listed everywhere. Apart from their schemas, so that an
 * agent can begin to discover before it has loaded those.
 */
export const factClasses = [
  'system',
  'firmware',
  'cpu',
  'memory',
  'numa',
  'pci',
  'gpu',
  'nic',
  'neighbors',
  'storage',
  'usb',
  'tpm',
  'bmc',
  'sensors',
  'security',
] as const

/** Name of a class of facts. */
export type FactClass = (typeof factClasses)[number]
