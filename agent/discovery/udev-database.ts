import type { Host } from '../host.ts'
import type { BlockDevice } from './block-device.ts'
import { attribute } from './sysfs.ts'

/** Properties by name, `ID_SERIAL_SHORT`; empty where udev never ran or was not recorded. */
export type UdevProperties = ReadonlyMap<string, string>

/** The largest record of a device that is read: real ones have a few KiB. */
const maxRecordBytes = 64 * 1024

/**
 * What udev noted of a block device when it came (systemd's sd-device/device-private.c: lines
 * `E:NAME=value` in /run/udev/data). Recordings for the tests of util-linux have it as plain
 * `NAME=value` in the place of the device node.
 */
export async function udevProperties(host: Host, device: BlockDevice): Promise<UdevProperties> {
  const number = await attribute(host, `${device.folder}/dev`)
  const record =
    number === null || !/^\d{1,6}:\d{1,8}$/.test(number)
      ? null
      : await recordText(host, `/run/udev/data/b${number}`)
  if (record !== null) return propertiesIn(record, /^E:([A-Z0-9_]+)=(.*)$/)
  if (host.live) return new Map()
  const node = await recordText(host, `/dev/${device.name}`)
  return node?.startsWith('DEVPATH=') === true
    ? propertiesIn(node, /^([A-Z0-9_]+)=(.*)$/)
    : new Map()
}

async function recordText(host: Host, path: string): Promise<string | null> {
  const bytes = await host.part(path, 0, maxRecordBytes)
  return bytes === undefined ? null : new TextDecoder().decode(bytes)
}

function propertiesIn(text: string, line: RegExp): UdevProperties {
  return new Map(
    text.split('\n').flatMap((one) => {
      const [, name, value] = line.exec(one) ?? []
      return name === undefined || value === undefined || value === ''
        ? []
        : [[name, value] as const]
    }),
  )
}

/** A value that udev has twice: with blanks as `\x20`, or with underscores in their place. */
export function udevText(properties: UdevProperties, name: string): string | null {
  const encoded = properties.get(`${name}_ENC`)
  if (encoded === undefined) return properties.get(name)?.replaceAll('_', ' ') ?? null
  return encoded.replaceAll(/\\x([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}
