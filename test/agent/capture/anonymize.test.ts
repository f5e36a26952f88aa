import { beforeAll, describe, expect, test } from 'vitest'
import { anonymized } from '../../../agent/capture/anonymize.ts'
import { archiveOf, unpackArchive } from '../../../agent/capture/archive.ts'
import { type Capture, captureMachine } from '../../../agent/capture/capture.ts'
import { identitiesIn, pseudonyms } from '../../../agent/capture/pseudonyms.ts'
import type { Recording } from '../../../agent/capture/recorder.ts'
import { Substitution } from '../../../agent/capture/substitution.ts'
import { discovered } from '../../../agent/discovery/discovered.ts'
import { rootedHost } from '../../../agent/host.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { machine } from '../discovery/machines.ts'

const never = new AbortController().signal
const secret = new Uint8Array(32).fill(7)

describe('an anonymized capture', () => {
  let captured: Capture
  let copy: Recording
  beforeAll(async () => {
    await using recorded = await machine('qemu-q35-two-socket')
    captured = await captureMachine(rootedHost(recorded.root), systemClock, never)
    copy = anonymized(captured.recording, captured.found.facts, secret)
  }, 60_000)

  test('is the same machine with other identities', async () => {
    await using unpacked = await unpackArchive(archiveOf(copy))
    const again = await discovered(rootedHost(unpacked.root), systemClock, never)
    const identities = identitiesIn(captured.found.facts)
    const names = new Substitution(pseudonyms(identities, secret))
    expect(identities.length).toBeGreaterThan(5)
    expect(again.facts).toEqual(JSON.parse(names.text(JSON.stringify(captured.found.facts))))
    const left = identitiesIn(again.facts).map(({ value }) => value)
    expect(identities.filter(({ value }) => left.includes(value))).toEqual([])
  })

  test('holds none of them anywhere, in any case of letters', () => {
    const everything = Buffer.concat(
      [...copy.files].flatMap(([path, bytes]) => [Buffer.from(path), bytes]),
    )
    const text = everything.toString('latin1').toLowerCase()
    for (const { kind, value } of identitiesIn(captured.found.facts)) {
      expect(text).not.toContain(value.toLowerCase())
      if (kind === 'number') expect(everything.includes(Buffer.from(value, 'hex'))).toBe(false)
    }
  })

  test('differs with another secret', () => {
    const key = new Uint8Array(32).fill(8)
    const third = anonymized(captured.recording, captured.found.facts, key)
    expect([...third.files]).not.toEqual([...copy.files])
  })

  test('leaves out what was read of disks', () => {
    const part = '/.assay/answers/part/dev!sda/0+512.bin'
    const files = new Map([...captured.recording.files, [part, new Uint8Array(512)]])
    const without = anonymized({ ...captured.recording, files }, captured.found.facts, secret)
    expect(without.files.has(part)).toBe(false)
    expect(without.files.size).toBe(captured.recording.files.size)
  })
})

describe('pseudonyms', () => {
  const facts = {
    disks: [{ serial: 'WD-WX41A1234567', wwn: '50014ee2b1234567', model: 'WD10EZEX' }],
    ports: [{ mac: '0c:42:a1:ab:cd:ef', nodeGuid: '0c42:a103:00ab:cdef' }],
    system: { uuid: '4c4c4544-0042-3510-8052-b4c04f334e32', serial: '123' },
    partition: { typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' },
  }
  const names = pseudonyms(identitiesIn(facts), secret)
  const substitution = new Substitution(names)

  test('are of the same length, alphabet and byte sum', () => {
    const sum = (value: string) => Buffer.from(value).reduce((total, byte) => total + byte, 0) & 255
    for (const [{ kind, value }, other] of names) {
      expect(other).not.toBe(value)
      expect(other.replaceAll(/[A-Z]/g, 'A').replaceAll(/\d/g, '0').length).toBe(value.length)
      if (kind === 'text') expect(sum(other)).toBe(sum(value))
      const bytes = (digits: string) => sum(Buffer.from(digits, 'hex').toString('latin1'))
      if (kind === 'number') expect(Buffer.from(other, 'hex').length * 2).toBe(value.length)
      if (kind === 'number' && value.length < 32) expect(bytes(other)).toBeDefined()
    }
  })

  test('keep the maker and tie a MAC to the GUID made of it', () => {
    const mac = substitution.text('0c:42:a1:ab:cd:ef')
    expect(mac).toMatch(/^0c:42:a1:/)
    expect(mac).not.toBe('0c:42:a1:ab:cd:ef')
    const [, , , ...tail] = mac.split(':')
    expect(substitution.text('0c42:a103:00ab:cdef')).toBe(
      `0c42:a103:00${tail[0]}:${tail[1]}${tail[2]}`,
    )
  })

  test('replace an identity however it is spelled', () => {
    const spelled = substitution.text('WD-WX41A1234567')
    const swap = (text: string) => Buffer.from(text, 'latin1').swap16()
    expect(Buffer.from(substitution.bytes(swap('WD-WX41A1234567 ')))).toEqual(swap(`${spelled} `))
    expect(Buffer.from(substitution.bytes(swap(' WD-WX41A1234567')))).toEqual(swap(` ${spelled}`))
    const wide = substitution.bytes(new Uint8Array(Buffer.from('WD-WX41A1234567', 'utf16le')))
    expect(Buffer.from(wide).toString('utf16le')).toBe(spelled)
    const wwn = substitution.text('50014ee2b1234567')
    expect(substitution.text('50014EE2B1234567')).toBe(wwn.toUpperCase())
    const binary = new Uint8Array(Buffer.from('50014ee2b1234567', 'hex'))
    expect(substitution.bytes(binary).toHex()).toBe(wwn)
    expect(substitution.bytes(binary.toReversed()).toReversed().toHex()).toBe(wwn)
  })

  test('leave models, kinds and short texts alone', () => {
    const text = 'WD10EZEX c12a7328-f81f-11d2-ba4b-00a0c93ec93b 123'
    expect(substitution.text(text)).toBe(text)
  })

  test('leave a number inside of another number alone', () => {
    const digits = new Substitution(pseudonyms(identitiesIn({ serial: '20481024' }), secret))
    expect(digits.text('size 120481024 kB')).toBe('size 120481024 kB')
    expect(digits.text('serial 20481024 kB')).not.toBe('serial 20481024 kB')
  })
})
