import { type Fields, objects, type PrintedFields, str, word } from './spelling.ts'

type Row = Readonly<Record<string, unknown>>

/** Type 42. Of several protocol records the last stands, with what dmidecode says below it. */
export function printHostInterface(f: Fields): PrintedFields {
  const [found] = objects([f['interface']])
  if (found === undefined) return {}
  const [device] = objects([found['device']])
  return {
    'Interface Type': word(found['type']),
    'Host Interface Type': word(found['type']),
    'Vendor ID': typeof found['vendorId'] === 'string' ? `0x${found['vendorId']}` : undefined,
    ...(device === undefined ? {} : printDevice(device)),
    ...Object.assign({}, ...objects(f['protocols']).map(protocol)),
  }
}

function printDevice(device: Row): PrintedFields {
  const id = (name: string) => (name in device ? `0x${String(device[name])}` : undefined)
  const isUsb = String(device['type']).startsWith('USB')
  return {
    'Device Type': word(device['type']),
    ...(isUsb
      ? { idVendor: id('vendorId'), idProduct: id('productId') }
      : {
          VendorID: id('vendorId'),
          DeviceID: id('deviceId'),
          SubVendorID: id('subsystemVendorId'),
          SubDeviceID: id('subsystemDeviceId'),
        }),
  }
}

function protocol(record: Row): PrintedFields {
  const code = Number(record['typeCode']).toString(16).padStart(2, '0')
  const head = `${code} (${word(record['type'])})`
  const [service] = objects([record['service']])
  return { 'Protocol ID': service === undefined ? head : [head, ...redfish(service)] }
}

function redfish(service: Row): readonly string[] {
  const port = [
    `Redfish Service Port: ${String(service['servicePort'])}`,
    `Redfish Service Vlan: ${String(service['serviceVlan'])}`,
  ]
  return [
    `Service UUID: ${String(service['uuid'])}`,
    `Host IP Assignment Type: ${word(service['hostAssignment'])}`,
    `Host IP Address Format: ${word(service['hostAddressFormat'])}`,
    ...addresses(service, 'host', service['hostAssignment'], ''),
    `Redfish Service IP Discovery Type: ${word(service['discovery'])}`,
    `Redfish Service IP Address Format: ${word(service['serviceAddressFormat'])}`,
    ...addresses(service, 'service', service['discovery'], 'Redfish Service '),
    ...(isTold(service['discovery']) ? port : []),
    `Redfish Service Hostname: ${str(service['hostname'])}`,
  ]
}

/** The address and mask, which dmidecode shows only where they are told and not asked for. */
function addresses(
  service: Row,
  side: 'host' | 'service',
  assignment: unknown,
  label: string,
): readonly string[] {
  if (!isTold(assignment)) return []
  const format = word(service[`${side}AddressFormat`])
  return ['Address', 'Mask'].map(
    (part) => `${format} ${label}${part}: ${addressText(service[`${side}${part}`])}`,
  )
}

function isTold(assignment: unknown): boolean {
  return assignment === 'Static' || assignment === 'AutoConf'
}

/** IPv6 as RFC 5952 has it. */
function addressText(value: unknown): string {
  if (typeof value !== 'string') return '<OUT OF SPEC>'
  return value.includes(':') ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value
}
