import { DecodeError } from '../../../../protocol/errors.ts'
import type { EfiLoadOption } from '../../../../protocol/facts/storage-boot.ts'
import { deviceText } from '../device-text.ts'
import { toHex, u16le, u32le } from '../integers.ts'
import { decodeDevicePath, devicePathText } from './device-path.ts'
import { partitionIdOf } from './media-nodes.ts'
import { ucs2Text } from './node-text.ts'

/** Before the data of each file of efivarfs stand the variable's attributes. */
const attributeBytes = 4
const maxPathLength = 1024

/** The data of a file of efivarfs (kernel document filesystems/efivarfs.rst). */
export function efiVariableData(file: Uint8Array): Uint8Array {
  if (file.length < attributeBytes) {
    throw new DecodeError(`Cannot read EFI variable: it has ${file.length} bytes, want 4 or more`)
  }
  return file.subarray(attributeBytes)
}

/** Numbers of `BootOrder`, `BootCurrent`, `BootNext`: four hex digits each. */
export function decodeOptionNumbers(data: Uint8Array): readonly string[] {
  if (data.length % 2 !== 0) {
    throw new DecodeError(`Cannot read boot order: ${data.length} bytes are no whole numbers`)
  }
  return Array.from({ length: data.length / 2 }, (_, index) => toHex(u16le(data, index * 2), 4))
}

/** EFI_LOAD_OPTION, UEFI 2.10 §3.1.3: what `Boot####` holds. */
export function decodeLoadOption(data: Uint8Array): EfiLoadOption {
  const attributes = u32le(data, 0)
  const pathBytes = u16le(data, 4)
  const end = nulAfter(data, 6)
  const pathAt = end + 2
  if (pathAt + pathBytes > data.length) {
    throw new DecodeError(`Cannot read load option: its path of ${pathBytes} bytes ends past it`)
  }
  const paths = decodeDevicePath(data.subarray(pathAt, pathAt + pathBytes))
  const path = paths.map((nodes) => devicePathText(nodes)).join(',')
  if (path.length > maxPathLength) {
    throw new DecodeError(`Cannot read load option: a path of ${path.length} letters`)
  }
  return {
    active: (attributes & 1) !== 0,
    hidden: (attributes & 8) !== 0,
    application: (attributes & 0x1f00) !== 0,
    description: deviceText(ucs2Text(data.subarray(6, end))),
    path,
    partitionId:
      paths
        .flat()
        .map((node) => partitionIdOf(node))
        .find((id) => id !== null) ?? null,
    optionalDataBytes: data.length - pathAt - pathBytes,
  }
}

function nulAfter(data: Uint8Array, start: number): number {
  for (let at = start; at + 2 <= data.length; at += 2) {
    if (u16le(data, at) === 0) return at
  }
  throw new DecodeError('Cannot read load option: its description does not end')
}
