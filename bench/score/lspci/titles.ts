import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'

type Capability = PciConfigSpace['capabilities'][number]
type Fields = Readonly<Record<string, unknown>>

/** A capability of the first list as lspci heads it; `vendorId`: whose function it is. */
export function capabilityTitle({ id, fields }: Capability, vendorId: string): string {
  const f = fields ?? {}
  switch (id) {
    case '01':
      return `Power Management version ${text(f['version'])}`
    case '05':
      return (
        `MSI: Enable${sign(f['enabled'])} Count=${text(f['enabledCount'])}/${text(f['count'])} ` +
        `Maskable${sign(f['maskable'])} 64bit${sign(f['address64'])}`
      )
    case '08':
      return `HyperTransport: ${hyperTransport(f)}`
    case '09':
      return `Vendor Specific Information: ${vendorSpecific(f, vendorId)}`
    case '0a':
      return `Debug port: BAR=${text(f['baseAddressIndex'])} offset=${hex(f['offset'], 4)}`
    case '0d':
      return `Subsystem: ${text(f['vendorId'])}:${text(f['deviceId'])}`
    case '10':
      return express(f)
    case '11':
      return `MSI-X: Enable${sign(f['enabled'])} Count=${text(f['count'])} Masked${sign(f['masked'])}`
    case '12':
      return sata(f)
    case '13':
      return 'PCI Advanced Features'
    default:
      return plainTitles[id] ?? `#${id} [${'?'}]`
  }
}

/** Heads that say nothing of the capability. Those with more behind them end before it. */
const plainTitles: Readonly<Record<string, string>> = {
  '00': 'Null',
  '02': 'AGP',
  '03': 'Vital Product Data',
  '04': 'Slot ID:',
  '06': 'CompactPCI hot-swap <?>',
  '07': 'PCI-X',
  '0b': 'CompactPCI central resource control <?>',
  '0c': 'Hot-plug capable',
  '0e': 'AGP3 <?>',
  '0f': 'Secure device <?>',
  '14': 'Enhanced Allocation (EA):',
  '15': 'Flattening Portal Bridge',
}

const extendedTitles: Readonly<Record<string, string>> = {
  '0000': 'Null',
  '0001': 'Advanced Error Reporting',
  '0002': 'Virtual Channel',
  '0004': 'Power Budgeting <?>',
  '0005': 'Root Complex Link',
  '0006': 'Root Complex Internal Link <?>',
  '0007': 'Root Complex Event Collector Endpoint Association',
  '0008': 'Multi-Function Virtual Channel <?>',
  '0009': 'Virtual Channel',
  '000a': 'Root Bridge Control Block <?>',
  '000c': 'Uncorrectable Error Severity <?>',
  '000d': 'Access Control Services',
  '000e': 'Alternative Routing-ID Interpretation (ARI)',
  '000f': 'Address Translation Service (ATS)',
  '0010': 'Single Root I/O Virtualization (SR-IOV)',
  '0011': 'Multi-Root I/O Virtualization <?>',
  '0012': 'Multicast',
  '0013': 'Page Request Interface (PRI)',
  '0015': 'Physical Resizable BAR',
  '0016': 'Dynamic Power Allocation <?>',
  '0017': 'Transaction Processing Hints',
  '0018': 'Latency Tolerance Reporting',
  '0019': 'Secondary PCI Express',
  '001a': 'Protocol Multiplexing <?>',
  '001b': 'Process Address Space ID (PASID)',
  '001c': 'LN Requester <?>',
  '001d': 'Downstream Port Containment',
  '001e': 'L1 PM Substates',
  '001f': 'Precision Time Measurement',
  '0020': 'PCI Express over M_PHY <?>',
  '0021': 'FRS Queueing <?>',
  '0022': 'Readiness Time Reporting <?>',
  '0024': 'Virtual Resizable BAR',
  '0025': 'Data Link Feature <?>',
  '0026': 'Physical Layer 16.0 GT/s <?>',
  '0027': 'Lane Margining at the Receiver',
  '0028': 'Hierarchy ID <?>',
  '0029': 'Native PCIe Enclosure Management <?>',
  '002a': 'Physical Layer 32.0 GT/s <?>',
  '002b': 'Alternate Protocol <?>',
  '002c': 'System Firmware Intermediary <?>',
  '002e': 'Data Object Exchange',
  '002f': 'Device 3',
  '0030': 'Integrity & Data Encryption',
  '0031': 'Physical Layer 64.0 GT/s <?>',
}

/** An extended capability as lspci heads it. */
export function extendedTitle({ id, fields }: Capability): string {
  const f = fields ?? {}
  switch (id) {
    case '0003': {
      const serial = text(f['serial']).match(/../g) ?? []
      return `Device Serial Number ${serial.join('-')}`
    }
    case '000b':
      return (
        `Vendor Specific Information: ID=${text(f['vendorCapabilityId'])} ` +
        `Rev=${text(f['revision'])} Len=${bare(f['lengthBytes'], 3)} <?>`
      )
    case '0023':
      return (
        `Designated Vendor-Specific: Vendor=${text(f['vendorId'])} ` +
        `ID=${text(f['vendorCapabilityId'])} Rev=${text(f['revision'])} ` +
        `Len=${text(f['lengthBytes'])}${'cxl' in f ? ': CXL' : ' <?>'}`
      )
    default:
      return extendedTitles[id] ?? `Extended Capability ID 0x${id.replace(/^0+/, '')}`
  }
}

const hyperTransportKinds: Readonly<Record<string, string>> = {
  'slave-or-primary-interface': 'Slave or Primary Interface',
  'host-or-secondary-interface': 'Host or Secondary Interface',
  switch: 'Switch',
  'interrupt-discovery-and-configuration': 'Interrupt Discovery and Configuration',
  'revision-id': 'Revision ID:',
  'unit-id-clumping': 'UnitID Clumping',
  'extended-configuration-space-access': 'Extended Configuration Space Access',
  'address-mapping': 'Address Mapping',
  'direct-route': 'DirectRoute',
  vcset: 'VCSet',
  'retry-mode': 'Retry Mode',
  'x86-encoding': 'X86 (reserved)',
}

function hyperTransport(f: Fields): string {
  if (f['kind'] === 'msi-mapping') {
    return `MSI Mapping Enable${sign(f['enabled'])} Fixed${sign(f['fixed'])}`
  }
  return hyperTransportKinds[text(f['kind'])] ?? `#${bare(f['kindCode'], 2)}`
}

/** Intel's and virtio's capabilities have names of their own in lspci. */
function vendorSpecific(f: Fields, vendorId: string): string {
  const length = Number(f['lengthBytes'])
  if (vendorId === '1af4') return 'VirtIO:'
  if (vendorId === '8086') {
    const type = Number(f['typeBits'])
    if (type >> 4 === 1) return 'Intel Feature Detection'
    if (type >> 4 === 0 && length >= 3) return `Intel Capabilities v${type & 0xf}`
    return 'Intel <unknown>'
  }
  return `Len=${bare(length, 2)} <?>`
}

const portTypes: Readonly<Record<string, string>> = {
  endpoint: 'Endpoint',
  'legacy-endpoint': 'Legacy Endpoint',
  'root-port': 'Root Port',
  'upstream-port': 'Upstream Port',
  'downstream-port': 'Downstream Port',
  'pcie-to-pci-bridge': 'PCI-Express to PCI/PCI-X Bridge',
  'pci-to-pcie-bridge': 'PCI/PCI-X to PCI-Express Bridge',
  'root-complex-integrated-endpoint': 'Root Complex Integrated Endpoint',
  'root-complex-event-collector': 'Root Complex Event Collector',
}
const withSlot = /^(root-port|downstream-port|pci-to-pcie-bridge)$/

function express(f: Fields): string {
  const type = text(f['portType'])
  const name = portTypes[type] ?? `Unknown type ${type.replace('code-', '')}`
  const slot = withSlot.test(type) ? ` (Slot${sign(f['slotImplemented'])})` : ''
  const flit = f['flitModeSupported'] === true ? ', FLIT Mode Supported' : ''
  return `Express (v${text(f['version'])}) ${name}${slot}, IntMsgNum ${text(f['interruptMessage'])}${flit}`
}

function sata(f: Fields): string {
  const code = Number(f['baseAddressCode'])
  const version = `SATA HBA v${text(f['version'])}`
  if (code >= 4 && code <= 9) return `${version} BAR${code - 4} Offset=${hex(f['offset'], 8)}`
  return code === 15 ? `${version} InCfgSpace` : `${version} BAR??${code}`
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function sign(value: unknown): string {
  return value === true ? '+' : '-'
}

function bare(value: unknown, digits: number): string {
  return Number(value).toString(16).padStart(digits, '0')
}

function hex(value: unknown, digits: number): string {
  return digits === 8 ? `0x${bare(value, 8)}`.slice(2) : bare(value, digits)
}
