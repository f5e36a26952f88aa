import type { IpmiController } from '../../../protocol/facts/ipmi.ts'
import type { Host } from '../../host.ts'
import { decodeDeviceId } from '../decode/ipmi/controller.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute } from '../sysfs.ts'

/**
 * What the kernel itself asked the BMC behind `ipmi0` (kernel document sysfs-devices-platform-ipmi):
 * all that there is where nobody can ask it, as in a recording of /sys. Null where that is not there.
 */
export async function kernelController(host: Host, name: string): Promise<IpmiController | null> {
  const folder = `${paths.ipmi}/${name}/device/bmc`
  const get = (file: string) => attribute(host, `${folder}/${file}`)
  const [deviceId, revision, firmware, version, support, manufacturer, product] = await all(
    [
      'device_id',
      'revision',
      'firmware_revision',
      'ipmi_version',
      'additional_device_support',
      'manufacturer_id',
      'product_id',
    ],
    get,
  )
  const [, major, minor] = /^(\d{1,3})\.([0-9a-f]{1,2})$/.exec(firmware ?? '') ?? []
  if (major === undefined || minor === undefined || manufacturer === null) return null
  const [, high = '0', low = '0'] = /^(\d{1,2})\.(\d{1,2})$/.exec(version ?? '') ?? []
  const number = (text: string | null | undefined) => Number(text ?? 0) || 0
  const maker = number(manufacturer)
  const part = number(product)
  // In the form of Get Device ID, which then means the same.
  const id = decodeDeviceId(
    new Uint8Array([
      number(deviceId),
      number(revision),
      Number(major),
      Number.parseInt(minor, 16),
      (Number(low) << 4) | Number(high),
      number(support),
      maker & 0xff,
      (maker >> 8) & 0xff,
      (maker >> 16) & 0xff,
      part & 0xff,
      (part >> 8) & 0xff,
    ]),
  )
  const auxiliary = ((await get('aux_firmware_revision')) ?? '').replaceAll(/0x|\s/g, '')
  return {
    device: `/dev/${name}`,
    id: { ...id, auxiliaryRevision: /^[0-9a-f]{8}$/.test(auxiliary) ? auxiliary : null },
    systemGuid: guidOf(await get('guid')),
    channels: [],
    chassis: null,
    eventLog: null,
    sensorRecordCount: null,
    fru: null,
  }
}

function guidOf(text: string | null): string | null {
  const guid = text?.toLowerCase() ?? ''
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid) ? guid : null
}
