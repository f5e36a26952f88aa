import type { KfdTopology } from '../../../protocol/facts/kfd.ts'
import type { Host } from '../../host.ts'
import { attempt } from '../attempt.ts'
import { decodeKfdNode, kfdTopologyOf } from '../decode/gpu/kfd.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute } from '../sysfs.ts'

/** The topology of AMD's compute driver; null where the driver is not loaded. */
export async function readKfdTopology(host: Host): Promise<KfdTopology | null> {
  const ids = (await host.list(paths.kfdNodes))
    .filter((name) => /^\d{1,4}$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b)
  const nodes = await all(ids, async (id) => {
    const folder = `${paths.kfdNodes}/${id}`
    const properties = await attribute(host, `${folder}/properties`)
    if (properties === null) return null
    const [memoryBanks, caches, links, peerLinks] = await all(
      ['mem_banks', 'caches', 'io_links', 'p2p_links'],
      (kind) => propertiesIn(host, `${folder}/${kind}`),
    )
    return decodeKfdNode({
      id,
      properties,
      gpuId: await ifAllowed(host, `${folder}/gpu_id`),
      name: await ifAllowed(host, `${folder}/name`),
      memoryBanks: memoryBanks ?? [],
      caches: caches ?? [],
      links: links ?? [],
      peerLinks: peerLinks ?? [],
    })
  })
  const found = nodes.filter((node) => node !== null)
  return found.length === 0 ? null : kfdTopologyOf(found)
}

/** The driver refuses the id and name of a GPU that the caller's cgroup may not use. */
async function ifAllowed(host: Host, path: string): Promise<string | null> {
  const outcome = await attempt('gpu', path, () => attribute(host, path))
  return outcome.kind === 'done' ? outcome.value : null
}

async function propertiesIn(host: Host, folder: string): Promise<readonly string[]> {
  const names = (await host.list(folder)).toSorted((a, b) => Number(a) - Number(b))
  const files = await all(names, (name) => attribute(host, `${folder}/${name}/properties`))
  return files.filter((text) => text !== null)
}
