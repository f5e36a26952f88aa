import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { DiskIdentity } from '../../../protocol/deployment.ts'
import type { Clock } from '../../../protocol/effects.ts'
import { headerCrc } from '../../../protocol/gpt.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import type { SigningKey } from '../../../protocol/signing.ts'
import { systemClock, systemRandom } from '../../../protocol/system-effects.ts'
import { importRawImage } from '../../../server/images/import.ts'
import type { StoredImage } from '../../../server/images/image-store.ts'
import type { FetchEffects } from '../../../agent/imaging/http-source.ts'

export const mib = 1024 * 1024

/** A directory that is gone with the `await using` that holds it. */
export async function temporaryDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'assay-imaging-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Bytes that look random and are the same each time. */
export function noise(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  let state = (seed * 2654435761 + 1) >>> 0
  for (let at = 0; at < words.length; at += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, sizeBytes)
}

export interface PartitionSpec {
  readonly name: string
  readonly typeGuid: string
  readonly firstLba: number
  readonly lastLba: number
}

export interface DiskSpec {
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: 512 | 4096
  readonly partitions: readonly PartitionSpec[]
}

const linuxData = '0fc63daf-8483-4772-8e79-3d69d8477de4'
export const efiSystem = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b'

/** ESP, CIDATA (1 MiB) and a root partition in what is left. */
export function usualDisk(sizeBytes: number, logicalBlockSizeBytes: 512 | 4096 = 512): DiskSpec {
  const lba = (bytes: number) => bytes / logicalBlockSizeBytes
  const end = lba(sizeBytes) - 1 - Math.ceil(16_384 / logicalBlockSizeBytes) - 1
  return {
    sizeBytes,
    logicalBlockSizeBytes,
    partitions: [
      { name: 'ESP', typeGuid: efiSystem, firstLba: lba(mib), lastLba: lba(2 * mib) - 1 },
      { name: 'CIDATA', typeGuid: linuxData, firstLba: lba(2 * mib), lastLba: lba(3 * mib) - 1 },
      { name: 'root', typeGuid: linuxData, firstLba: lba(3 * mib), lastLba: end },
    ],
  }
}

/** A disk's first and last bytes: protective MBR, both headers, both entry arrays. */
export function makeGpt(spec: DiskSpec): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const sector = spec.logicalBlockSizeBytes
  const lastLba = spec.sizeBytes / sector - 1
  const entries = new Uint8Array(128 * 128)
  for (const [at, partition] of spec.partitions.entries()) {
    entries.set(encodeEntry(partition, at), at * 128)
  }
  const entrySectors = Math.ceil(entries.length / sector)
  const header = (myLba: number, alternateLba: number, entriesLba: number) => {
    const bytes = new Uint8Array(sector)
    const view = new DataView(bytes.buffer)
    bytes.set(new TextEncoder().encode('EFI PART'))
    view.setUint32(8, 0x10000, true)
    view.setUint32(12, 92, true)
    view.setBigUint64(24, BigInt(myLba), true)
    view.setBigUint64(32, BigInt(alternateLba), true)
    view.setBigUint64(40, BigInt(2 + entrySectors), true)
    view.setBigUint64(48, BigInt(lastLba - entrySectors - 1), true)
    bytes.set(noise(16, 99), 56)
    view.setBigUint64(72, BigInt(entriesLba), true)
    view.setUint32(80, 128, true)
    view.setUint32(84, 128, true)
    view.setUint32(88, crc32(entries), true)
    view.setUint32(16, headerCrc(bytes, 92), true)
    return bytes
  }
  const head = new Uint8Array((2 + entrySectors) * sector)
  const mbr = new DataView(head.buffer)
  mbr.setUint8(450, 0xee)
  mbr.setUint32(454, 1, true)
  mbr.setUint32(458, Math.min(lastLba, 0xffffffff), true)
  mbr.setUint16(510, 0xaa55, true)
  head.set(header(1, lastLba, 2), sector)
  head.set(entries, 2 * sector)
  const tail = new Uint8Array((entrySectors + 1) * sector)
  tail.set(entries)
  tail.set(header(lastLba, 1, lastLba - entrySectors), entrySectors * sector)
  return { head, tail }
}

function encodeEntry(partition: PartitionSpec, at: number): Uint8Array {
  const entry = new Uint8Array(128)
  const view = new DataView(entry.buffer)
  entry.set(encodeGuid(partition.typeGuid))
  entry.set(noise(16, at + 1), 16)
  view.setBigUint64(32, BigInt(partition.firstLba), true)
  view.setBigUint64(40, BigInt(partition.lastLba), true)
  for (let index = 0; index < partition.name.length; index += 1) {
    view.setUint16(56 + index * 2, partition.name.charCodeAt(index), true)
  }
  return entry
}

function encodeGuid(guid: string): Uint8Array {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  return Uint8Array.from(order.map((from) => bytes[from] ?? 0))
}

/** A raw image: the table, boot code, every second 4 MiB noise and the others zero. */
export async function makeRawImage(file: string, spec: DiskSpec): Promise<Uint8Array> {
  const raw = new Uint8Array(spec.sizeBytes)
  for (let at = 0; at < spec.sizeBytes; at += 8 * mib) {
    raw.set(noise(Math.min(3 * mib, spec.sizeBytes - at), at + 7), at)
  }
  const { head, tail } = makeGpt(spec)
  raw.fill(0, 0, mib)
  raw.set(noise(400, 5), 0)
  raw.set(head.subarray(440), 440)
  raw.fill(0, spec.sizeBytes - mib)
  raw.set(tail, spec.sizeBytes - tail.length)
  await writeFile(file, raw)
  return raw
}

export interface ImageFixture {
  readonly raw: Uint8Array
  readonly image: StoredImage
  readonly key: SigningKey
}

/** A raw image, imported into a store in the same directory. */
export async function makeImage(directory: string, spec: DiskSpec): Promise<ImageFixture> {
  const key = generateSigningKey()
  const file = join(directory, 'disk.raw')
  const raw = await makeRawImage(file, spec)
  const image = await importRawImage({
    file,
    name: 'test',
    version: '1',
    kind: 'disk',
    signingKey: key,
    outDir: join(directory, 'images'),
    createdAt: 1_700_000_000_000,
    compressionLevel: 1,
  })
  return { raw, image, key }
}

/** A file full of old data, down to an old partition table at both ends. */
export async function makeDirtyFile(file: string, spec: DiskSpec): Promise<void> {
  await using handle = await open(file, 'w')
  for (let at = 0; at < spec.sizeBytes; at += mib) {
    await handle.write(noise(Math.min(mib, spec.sizeBytes - at), at + 3), 0, undefined, at)
  }
  const { head, tail } = makeGpt({ ...spec, partitions: [] })
  await handle.write(head, 0, head.length, 0)
  await handle.write(tail, 0, tail.length, spec.sizeBytes - tail.length)
}

/** Identity of a file that stands for a disk. */
export function fileIdentity(spec: DiskSpec): DiskIdentity {
  const { sizeBytes, logicalBlockSizeBytes } = spec
  return {
    transport: 'other',
    serial: 'FILE-1',
    wwn: null,
    model: 'file',
    sizeBytes,
    logicalBlockSizeBytes,
  }
}

/** The system's clock, `factor` times as fast for waits: timeouts fire soon, order stays. */
export function hurriedClock(factor: number): Clock {
  return {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
    after: (ms, fn) => systemClock.after(ms / factor, fn),
  }
}

/** Fetching over real sockets, with waits forty times shorter. */
export const testEffects: FetchEffects = {
  fetch: (url, init) => fetch(url, init),
  clock: hurriedClock(40),
  random: systemRandom,
}

/** What a server may do to one request. */
export type Fault = 'none' | 'truncate' | 'reset' | 'stall' | 'flip' | 'whole' | 503 | 404

export interface RangeServer extends AsyncDisposable {
  readonly url: string
  /** Path and range of each request so far. */
  readonly requests: readonly string[]
}

/** Serves files with ranges over HTTP; `fault` decides what goes wrong with the n-th request. */
export async function serveFiles(
  files: Readonly<Record<string, Uint8Array>>,
  fault: (request: number, path: string) => Fault = () => 'none',
): Promise<RangeServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    requests.push(`${path} ${request.headers.range ?? ''}`)
    const body = files[path]
    const answer = body === undefined ? 404 : fault(requests.length, path)
    if (typeof answer === 'number') {
      response.writeHead(answer).end()
      return
    }
    sendRange(request, response, body ?? new Uint8Array(0), answer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
  fault: Exclude<Fault, number>,
): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  const [from, to] = match === null ? [0, body.length - 1] : [Number(match[1]), Number(match[2])]
  const part = Buffer.from(body.subarray(from, to + 1))
  if (fault === 'flip') part[part.length >> 1] = (part[part.length >> 1] ?? 0) ^ 1
  const isRange = match !== null && fault !== 'whole'
  response.writeHead(isRange ? 206 : 200, {
    'content-length': isRange ? part.length : body.length,
    ...(isRange ? { 'content-range': `bytes ${from}-${to}/${body.length}` } : {}),
  })
  const half = part.subarray(0, part.length >> 1)
  switch (fault) {
    case 'none':
    case 'flip':
      response.end(part)
      return
    case 'whole':
      response.end(body)
      return
    case 'truncate':
      response.write(half, () => request.socket.end())
      return
    case 'reset':
      response.write(half, () => request.socket.resetAndDestroy())
      return
    case 'stall':
      response.write(half)
  }
}
