import { expect, test } from 'vitest'
import { encodePartitionTable, partitionType } from '../../../lab/image/partitions.ts'
import { decodeGpt, decodeGptHeader } from '../../../protocol/gpt.ts'

const table = {
  diskGuid: '00112233-4455-6677-8899-aabbccddeeff',
  blockCount: 65_536,
  partitions: [
    {
      name: 'CIDATA',
      typeGuid: partitionType.basicData,
      guid: '01020304-0506-0708-090a-0b0c0d0e0f10',
      firstBlock: 2048,
      blockCount: 4096,
    },
  ],
}

test('a table is read back as it was written', () => {
  const { head } = encodePartitionTable(table)
  const read = decodeGpt(head, 512)
  expect(read?.header).toMatchObject({
    diskGuid: table.diskGuid,
    alternateLba: 65_535,
    firstUsableLba: 34,
    lastUsableLba: 65_502,
  })
  expect(read?.facts.partitions).toEqual([
    {
      index: 1,
      name: 'CIDATA',
      typeGuid: partitionType.basicData,
      uniqueGuid: '01020304-0506-0708-090a-0b0c0d0e0f10',
      firstLba: 2048,
      lastLba: 6143,
    },
  ])
})

test('the backup is at the end and names the primary', () => {
  const { head, tail } = encodePartitionTable(table)
  expect(decodeGptHeader(tail.subarray(-512))).toMatchObject({
    myLba: 65_535,
    alternateLba: 1,
    entriesLba: 65_503,
  })
  expect(tail.subarray(0, -512)).toEqual(head.subarray(1024))
})

test('the protective MBR covers the disk with one partition of type EE', () => {
  const mbr = Buffer.from(encodePartitionTable(table).head.subarray(0, 512))
  expect(mbr.subarray(446 + 4, 446 + 5).toString('hex')).toBe('ee')
  expect([mbr.readUInt32LE(454), mbr.readUInt32LE(458)]).toEqual([1, 65_535])
  expect(mbr.subarray(510).toString('hex')).toBe('55aa')
})
