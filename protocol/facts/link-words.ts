/**
 * Words of links in the order of the numbers they stand for. Apart from the schemas that use them, so
 * that an agent can begin to discover before it has loaded those.
 */

/** ETHTOOL_FEC_* of include/uapi/linux/ethtool.h, in the order of their bits. */
export const fecModes = ['none', 'auto', 'off', 'rs', 'baser', 'llrs'] as const

/**
 * State of a port, PortInfo.PortState of the InfiniBand Architecture Specification volume 1
 * §14.2.5.6; Ethernet ports map theirs to it.
 */
export const rdmaPortStates = [
  'no-change',
  'down',
  'init',
  'armed',
  'active',
  'active-defer',
] as const

/** State of its link, PortInfo.PortPhysicalState of the same. */
export const rdmaPhysicalStates = [
  'no-change',
  'sleep',
  'polling',
  'disabled',
  'port-configuration-training',
  'link-up',
  'link-error-recovery',
  'phy-test',
] as const
