import type { Enclosure } from '../../../protocol/facts/storage-adapters.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, flagAttribute } from '../sysfs.ts'

const noSlots: ReadonlySet<string> = new Set(['device', 'power', 'subsystem'])

/** Kernel document ABI/testing/sysfs-class-enclosure; SES-4 §6.1.3 for the identifier. */
export async function readEnclosure(host: Host, name: string): Promise<Enclosure> {
  const folder = `${paths.enclosures}/${name}`
  const of = async (file: string) => deviceText(await attribute(host, `${folder}/${file}`))
  const entries = (await host.list(folder)).filter((entry) => !noSlots.has(entry))
  const slots = await all(entries, (entry) => readSlot(host, `${folder}/${entry}`, entry))
  return {
    name,
    id: (await of('id'))?.replace(/^0x/, '') ?? null,
    vendor: await of('device/vendor'),
    product: await of('device/model'),
    slots: slots.filter((slot) => slot !== null),
  }
}

/** Null for what is no place in the enclosure. */
async function readSlot(
  host: Host,
  folder: string,
  name: string,
): Promise<Enclosure['slots'][number] | null> {
  // Files of the enclosure itself (`components`, `id`) stand beside the folders of its slots.
  if (!(await host.list(folder)).includes('status')) return null
  const [status, number, located, faulty, disks] = await Promise.all([
    attribute(host, `${folder}/status`),
    countAttribute(host, `${folder}/slot`),
    flagAttribute(host, `${folder}/locate`),
    flagAttribute(host, `${folder}/fault`),
    host.list(`${folder}/device/block`),
  ])
  return { name, number, status: deviceText(status), located, faulty, disk: disks[0] ?? null }
}
