import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../protocol/errors.ts'
import { renderScript } from '../../../server/netboot/ipxe-template.ts'

describe('an iPXE template', () => {
  test('is filled in by name, each field as often as it stands there', () => {
    const script = renderScript('kernel {{url}} {{args}} id={{id}} {{id}}', {
      url: { kind: 'url', value: 'http://[fd00::1]:7081/boot' },
      args: { kind: 'words', value: ['console=ttyS0,115200', 'quiet'] },
      id: { kind: 'word', value: 'boot-1' },
    })
    expect(script).toBe(
      'kernel http://[fd00::1]:7081/boot console=ttyS0,115200 quiet id=boot-1 boot-1',
    )
  })

  test('refuses a field it does not name and one it is not given', () => {
    expect(() => renderScript('{{a}}', {})).toThrow(/wants a field 'a'/)
    expect(() => renderScript('x', { a: { kind: 'word', value: 'b' } })).toThrow(/no field 'a'/)
  })

  test.each(['a b', '${net0/mac}', 'a&&b', 'a||b', 'a"b', "a'b", 'a\\b', 'a#b', 'a\nb', '', 'é'])(
    'refuses the word %j',
    (value) => {
      expect(() => renderScript('{{a}}', { a: { kind: 'word', value } })).toThrow(DecodeError)
      expect(() => renderScript('{{a}}', { a: { kind: 'words', value: ['ok', value] } })).toThrow(
        DecodeError,
      )
    },
  )

  test.each(['https://a', 'http://a b', 'http://a/?x=${mac}', 'http://a/&&exit', 'a', 'http://'])(
    'refuses the address %j',
    (value) => {
      expect(() => renderScript('{{a}}', { a: { kind: 'url', value } })).toThrow(DecodeError)
    },
  )

  test('shows any text without a sign that iPXE acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        const line = renderScript('echo {{a}}', { a: { kind: 'text', value } })
        expect(line).toMatch(/^echo [A-Za-z0-9 .,:;()@=/_+-]{1,120}$/)
      }),
    )
    const text = renderScript('{{a}}', { a: { kind: 'text', value: "it's ${x} && boot\n#!" } })
    expect(text).toBe('it.s ..x. .. boot...')
  })

  test('does not fill in what a value looks like', () => {
    const fields = { a: { kind: 'text', value: '{{b}}' }, b: { kind: 'word', value: 'c' } } as const
    expect(renderScript('{{a}} {{b}}', fields)).toBe('..b.. c')
  })
})
