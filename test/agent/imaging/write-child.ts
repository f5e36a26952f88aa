import { openFileDisk } from '../../../agent/imaging/file-disk.ts'
import { fetchJson } from '../../../agent/imaging/http-source.ts'
import { loadDecompressor } from '../../../agent/imaging/decompress.ts'
import { writeImage } from '../../../agent/imaging/write-image.ts'
import { signedIndexSchema } from '../../../protocol/image.ts'
import { systemClock, systemRandom } from '../../../protocol/system-effects.ts'

/** Writes an image to a file, in a process of its own: `write-child.ts <server URL> <file>`. */
const [url = '', file = ''] = process.argv.slice(2)
const { signal } = new AbortController()
const effects = {
  fetch: (address: string, init: RequestInit) => fetch(address, init),
  clock: systemClock,
  random: systemRandom,
}
const { index } = signedIndexSchema.parse(await fetchJson(effects, `${url}/index`, signal))
await using disk = await openFileDisk(file, {
  transport: 'other',
  serial: 'FILE-1',
  wwn: null,
  model: 'file',
  logicalBlockSizeBytes: 512,
})
await writeImage({
  disk,
  identity: await disk.identity(),
  index,
  blobUrl: `${url}/blob`,
  seed: null,
  effects,
  decompressor: loadDecompressor(),
  confirmHead: async () => {
    await (await fetch(`${url}/confirm`)).arrayBuffer()
  },
  onProgress: () => undefined,
  signal,
})
