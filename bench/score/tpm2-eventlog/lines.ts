import type { EfiVariableMeaning, TpmEvent } from '../../../protocol/facts/tpm-event-log.ts'
import type { Line } from './peer-log.ts'

/** An event as tpm2_eventlog's YAML has it, line by line, with what either version has. */
export function linesOf(event: TpmEvent, index: number): readonly Line[] {
  const { digests, content } = event
  const isFirst = index === 0 && content?.kind === 'specification'
  const head: Line[] = [
    ['EventNum', String(index)],
    ['PCRIndex', String(event.pcr)],
    ['EventType', event.type],
    ...(isFirst ? [] : ([['DigestCount', String(Object.keys(digests).length)]] as const)),
    ...Object.entries(digests).flatMap(([name, digest]): Line[] => [
      ...(isFirst ? [] : ([['AlgorithmId', name]] as const)),
      ['Digest', digest],
    ]),
    ['EventSize', String(event.sizeBytes)],
  ]
  return [...head, ...contentLines(content, event.data), ['Event', event.data]]
}

function contentLines(content: TpmEvent['content'], data: string): readonly Line[] {
  switch (content?.kind) {
    case 'variable':
      return [
        ['VariableName', content.vendorGuid],
        ['UnicodeNameLength', String(content.name.length)],
        ['VariableDataLength', String(content.data.length / 2)],
        ['UnicodeName', content.name],
        ['VariableData', content.data],
        ...(content.meaning === null ? [] : meaningLines(content.meaning, content.data)),
      ]
    case 'image':
      return [
        ['ImageLocationInMemory', content.location],
        ['ImageLengthInMemory', String(content.sizeBytes)],
        ['ImageLinkTimeAddress', content.linkTimeAddress],
        ['LengthOfDevicePath', String(content.devicePath.length / 2)],
        ['DevicePath', content.devicePath],
      ]
    case 'described-blob':
      return [
        ['BlobDescriptionSize', String(descriptionDigits(data).length / 2)],
        ['BlobDescription', descriptionDigits(data)],
        ['BlobBase', content.base],
        ['BlobLength', content.sizeBytes],
      ]
    case 'blob':
      return [
        ['BlobBase', content.base],
        ['BlobLength', content.sizeBytes],
      ]
    case 'specification':
      return specificationLines(content)
    case 'text':
      return [['text', content.text.trim()]]
    case 'startup-locality':
      return [['StartupLocality', String(content.locality)]]
    case 'gpt':
      return gptLines(content)
    case 'tables':
    case 'tagged':
    case undefined:
      return []
  }
}

/** It prints the description's bytes, which stand behind their number. */
function descriptionDigits(data: string): string {
  return data.slice(2, 2 + Number.parseInt(data.slice(0, 2), 16) * 2)
}

type Content<Kind> = Extract<NonNullable<TpmEvent['content']>, { readonly kind: Kind }>

function specificationLines(content: Content<'specification'>): readonly Line[] {
  return [
    ['Signature', content.signature],
    ['platformClass', String(content.platformClass)],
    ['specVersionMinor', String(content.versionMinor)],
    ['specVersionMajor', String(content.versionMajor)],
    ['specErrata', String(content.errata)],
    ['uintnSize', String(content.uintnSizeBytes)],
    ['numberOfAlgorithms', String(content.algorithms.length)],
    ...content.algorithms.flatMap(({ id, digestSizeBytes }): Line[] => [
      ['algorithmId', id],
      ['digestSize', String(digestSizeBytes)],
    ]),
    ['vendorInfoSize', String(content.vendorInfo.length / 2)],
    ['vendorInfo', content.vendorInfo],
  ]
}

function gptLines({ header, diskGuid, partitions }: Content<'gpt'>): readonly Line[] {
  return [
    ['Signature', 'EFI PART'],
    ['Revision', shortHex(header.revision)],
    ['HeaderSize', String(header.sizeBytes)],
    ['HeaderCRC32', shortHex(header.checksum)],
    ['MyLBA', block(header.block)],
    ['AlternateLBA', block(header.backupBlock)],
    ['FirstUsableLBA', block(header.firstUsableBlock)],
    ['LastUsableLBA', block(header.lastUsableBlock)],
    ['DiskGUID', diskGuid],
    ['PartitionEntryLBA', block(header.entriesBlock)],
    ['NumberOfPartitionEntry', String(header.entryCount)],
    ['SizeOfPartitionEntry', String(header.entrySizeBytes)],
    ['PartitionEntryArrayCRC32', shortHex(header.entriesChecksum)],
    ['NumberOfPartitions', String(partitions.length)],
    ...partitions.flatMap((one): Line[] => [
      ['PartitionTypeGUID', one.typeGuid],
      ['UniquePartitionGUID', one.guid],
      ['StartingLBA', block(one.firstBlock)],
      ['EndingLBA', block(one.lastBlock)],
      ['Attributes', one.attributes],
      ['PartitionName', one.name],
    ]),
  ]
}

function meaningLines(meaning: EfiVariableMeaning, data: string): readonly Line[] {
  switch (meaning.kind) {
    case 'switch':
      return [['Enabled', meaning.enabled ? 'Yes' : 'No']]
    case 'boot-order':
      return meaning.options.map((number) => ['BootOption', `Boot${number}`])
    case 'load-option': {
      const [, path = ''] = /^.{12}(?:.{4})*?0000(.*)$/.exec(data) ?? []
      return [
        ['Enabled', meaning.option.active ? 'Yes' : 'No'],
        ['FilePathListLength', String(littleEndian(data.slice(8, 12)))],
        ['Description', meaning.option.description ?? ''],
        // It prints the optional data with the path.
        ['DevicePath', path],
      ]
    }
    case 'signatures':
      return meaning.lists.flatMap((list): Line[] => [
        ['SignatureType', list.typeGuid],
        ['SignatureListSize', String(list.sizeBytes)],
        ['SignatureHeaderSize', String(list.headerSizeBytes)],
        ['SignatureSize', String(list.entrySizeBytes)],
        ...list.entries.flatMap(signatureLines),
      ])
    case 'signature':
      return signatureLines(meaning)
    case 'text':
      return [['text', meaning.text.trim()]]
  }
}

function signatureLines(one: { readonly ownerGuid: string; readonly data: string }): Line[] {
  return [
    ['SignatureOwner', one.ownerGuid],
    ['SignatureData', one.data],
  ]
}

function block(decimal: string): string {
  return `0x${BigInt(decimal).toString(16)}`
}

function shortHex(digits: string): string {
  return `0x${Number.parseInt(digits, 16).toString(16)}`
}

function littleEndian(digits: string): number {
  return Number.parseInt(digits.match(/../g)?.toReversed().join('') ?? '0', 16)
}
