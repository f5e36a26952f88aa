import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCpuList, parseCpuMask } from '../../../../agent/discovery/decode/cpu-list.ts'
import { parseCpuinfo, x86Level } from '../../../../agent/discovery/decode/cpuinfo.ts'
import {
  asciiText,
  deviceText,
  meaningfulText,
} from '../../../../agent/discovery/decode/device-text.ts'
import { isoDate } from '../../../../agent/discovery/probes/firmware.ts'
import { memoryTotal } from '../../../../agent/discovery/probes/memory.ts'
import { DecodeError } from '../../../../protocol/errors.ts'

function answersOrRefuses(decode: (text: string) => unknown): (text: string) => void {
  return (text) => {
    try {
      decode(text)
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
    }
  }
}

test('CPU list and CPU mask of the same CPUs are equal', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300), { maxLength: 40 }), (cpus) => {
      const sorted = cpus.toSorted((a, b) => a - b)
      const mask = sorted.reduce((bits, cpu) => bits | (1n << BigInt(cpu)), 0n)
      const digits = mask.toString(16)
      const groups = digits.padStart(Math.ceil(digits.length / 8) * 8, '0').match(/.{8}/g) ?? []
      expect(parseCpuMask(groups.join(','))).toEqual(sorted)
      expect(parseCpuList(sorted.join(','))).toEqual(sorted)
    }),
  )
})

test('CPU list takes ranges and strides and refuses what is none', () => {
  expect(parseCpuList('0-3,8,10-14:2\n')).toEqual([0, 1, 2, 3, 8, 10, 12, 14])
  expect(parseCpuList('\n')).toEqual([])
  for (const bad of ['3-1', 'a', '1-', '0-99999999', '0-4:0', '1,,2']) {
    expect(() => parseCpuList(bad), bad).toThrow(DecodeError)
  }
})

test('any text as a CPU list, a mask or meminfo gives an answer or a DecodeError', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f,:-]{0,30}$/))
  for (const decode of [parseCpuList, parseCpuMask, memoryTotal, parseCpuinfo, isoDate]) {
    fc.assert(fc.property(text, answersOrRefuses(decode)))
  }
})

test('cpuinfo of one processor stays apart from what is said of the machine', () => {
  const x86 = parseCpuinfo('processor\t: 0\nflags\t: fpu lm\n\nprocessor\t: 1\nflags\t: fpu\n\n')
  expect(x86.processors.get(0)?.get('flags')).toBe('fpu lm')
  expect(x86.processors.get(1)?.get('flags')).toBe('fpu')
  const s390 = parseCpuinfo('vendor_id : IBM/S390\nprocessor 0: version = FF,  machine = 2964\n')
  expect(s390.machine.get('vendor_id')).toBe('IBM/S390')
  expect(s390.processors.get(0)?.get('machine')).toBe('2964')
})

test('x86-64 level is the highest whose flags are all there', () => {
  const one = ['lm', 'cmov', 'cx8', 'fpu', 'fxsr', 'mmx', 'syscall', 'sse2']
  const two = [...one, 'cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3']
  const three = [...two, 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave']
  const avx512 = ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']
  const levels = [['fpu'], one, two, three, [...three, ...avx512], [...one, ...avx512]]
  expect(levels.map((flags) => x86Level(new Set(flags)))).toEqual([null, 1, 2, 3, 4, 1])
})

test('device text loses padding and control characters and nothing else', () => {
  expect(deviceText('  A  B\u0001C\n')).toBe('A  B C')
  expect(deviceText(' \u0000 ')).toBeNull()
  expect(deviceText('x'.repeat(257))).toBeNull()
  expect(asciiText(Uint8Array.from([65, 66, 0, 67]))).toBe('AB')
})

test('text that vendors leave in fields they never filled is nothing', () => {
  const left = ['To Be Filled By O.E.M.', 'Default string', '0000', 'None', 'A1_SerNum0', '....']
  expect(left.map(meaningfulText)).toEqual(left.map(() => null))
  const meant = ['S64GNX0T', '0', 'Not', 'PF1NKFHN', 'Standard PC (Q35 + ICH9, 2009)']
  expect(meant.slice(2).map(meaningfulText)).toEqual(meant.slice(2))
})

test('release date is a day or nothing', () => {
  expect(['12/06/2013', '01/02/98', '13/01/2020', '2020-01-01', ''].map(isoDate)).toEqual([
    '2013-12-06',
    '1998-01-02',
    null,
    null,
    null,
  ])
})
