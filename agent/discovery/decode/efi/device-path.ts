import { DecodeError } from '../../../../protocol/errors.ts'
import { hexOf, u16le, u8 } from '../integers.ts'
import { mediaNode } from './media-nodes.ts'
import { messagingNode } from './messaging-nodes.ts'
import { platformNode } from './platform-nodes.ts'

/** One element of a device path: `body` is what stands behind its four-byte header. */
export interface PathNode {
  readonly type: number
  readonly subType: number
  readonly body: Uint8Array
}

const maxNodes = 64
const endOfPath = 0x7f

/**
 * Nodes of a device path, UEFI 2.10 §10.3.1; one list for each path when several follow each other.
 * Throws DecodeError for a node that ends past the bytes.
 */
export function decodeDevicePath(bytes: Uint8Array): readonly (readonly PathNode[])[] {
  const paths: PathNode[][] = [[]]
  let count = 0
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new DecodeError('Cannot read device path: a node is cut')
    const length = u16le(bytes, at + 2)
    if (length < 4 || at + length > bytes.length) {
      throw new DecodeError(`Cannot read device path: a node of ${length} bytes at ${at}`)
    }
    const type = u8(bytes, at) & 0x7f
    const subType = u8(bytes, at + 1)
    if (++count > maxNodes) throw new DecodeError(`Cannot read device path: over ${maxNodes} nodes`)
    if (type !== endOfPath) {
      paths.at(-1)?.push({ type, subType, body: bytes.subarray(at + 4, at + length) })
    } else if (subType === 0xff) break
    else paths.push([])
    at += length
  }
  return paths.filter((path) => path.length > 0)
}

/** Text form of UEFI 2.10 §10.6.1.6; a node that is not in its format is written by its bytes. */
export function devicePathText(nodes: readonly PathNode[]): string {
  return nodes.map((node) => nodeText(node)).join('/')
}

function nodeText(node: PathNode): string {
  try {
    return knownNode(node) ?? plainNode(node)
  } catch (error) {
    if (error instanceof DecodeError) return plainNode(node)
    throw error
  }
}

function knownNode(node: PathNode): string | null {
  switch (node.type) {
    case 1:
    case 2:
    case 5:
      return platformNode(node)
    case 3:
      return messagingNode(node)
    case 4:
      return mediaNode(node)
    default:
      return null
  }
}

const plainNames: ReadonlyMap<number, string> = new Map([
  [1, 'HardwarePath'],
  [2, 'AcpiPath'],
  [3, 'Msg'],
  [4, 'MediaPath'],
  [5, 'BbsPath'],
])

function plainNode({ type, subType, body }: PathNode): string {
  const name = plainNames.get(type)
  return name === undefined
    ? `Path(${type},${subType},${hexOf(body)})`
    : `${name}(${subType},${hexOf(body)})`
}
