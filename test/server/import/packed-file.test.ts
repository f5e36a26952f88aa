import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packFile } from '../../../server/import/packed-file.ts'

async function* parts(list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list
}

test('a packed file gives back its bytes, as often as it is asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (list) => {
      const file = await packFile(parts(list))
      const whole = Buffer.concat(list)
      expect(file.sizeBytes).toBe(whole.length)
      for (let time = 0; time < 2; time += 1) {
        expect(Buffer.concat(await Array.fromAsync(file.bytes())).equals(whole)).toBe(true)
      }
    }),
  )
})

test('a file is unpacked a MiB at a time', async () => {
  const large = new Uint8Array(2.5 * 1024 * 1024).map((_, index) => index % 251)
  const file = await packFile(parts([large.subarray(0, 100), large.subarray(100)]))
  const pieces = await Array.fromAsync(file.bytes())
  expect(pieces.map((piece) => piece.length)).toEqual([1048576, 1048576, 524288])
  expect(Buffer.concat(pieces).equals(large)).toBe(true)
})

test('a file that is too long, as it comes or packed, is refused', async () => {
  const bytes = new Uint8Array(1000)
  const limits = { fileBytes: 2000, packedBytes: 1000 }
  await expect(packFile(parts([bytes, bytes, bytes]), limits)).rejects.toMatchObject({
    code: 'too-large',
  })
  await expect(packFile(parts([bytes]), { fileBytes: 2000, packedBytes: 10 })).rejects.toThrow(
    'packed',
  )
})
