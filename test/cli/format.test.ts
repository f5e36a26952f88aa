import { describe, expect, test } from 'vitest'
import { shortIds } from '../../cli/find-machine.ts'
import {
  activityText,
  ageText,
  clipped,
  percentText,
  sizeText,
  untilText,
} from '../../cli/format.ts'
import { figureText } from '../../protocol/human-text.ts'
import { parseRole } from '../../cli/role-option.ts'
import { changedLabels } from '../../cli/commands/machine-actions.ts'
import { tableText } from '../../cli/table.ts'

describe('figures for people', () => {
  test('have three digits and a unit', () => {
    expect(sizeText(8_001_563_222_016)).toBe('8 TB')
    expect(sizeText(68_719_476_736, true)).toBe('64 GiB')
    expect(sizeText(null)).toBe('-')
    expect(figureText(312_400_000_000, 'B/s')).toBe('312 GB/s')
    expect(figureText(85.3e-9, 's')).toBe('85.3 ns')
    expect(figureText(3, 'bananas')).toBe('3 bananas')
  })

  test('say how long in the largest unit', () => {
    expect([0, 119_000, 120_000, 7_200_000, 3 * 86_400_000].map(ageText)).toEqual([
      '0s',
      '119s',
      '2m',
      '2h',
      '3d',
    ])
    expect(untilText(10_000, 70_000)).toBe('60s over')
    expect(untilText(null, 0)).toBe('-')
  })

  test('never show a hundred per cent before the end', () => {
    expect([percentText(999, 1000), percentText(1000, 1000), percentText(0, 0)]).toEqual([
      '99%',
      '100%',
      '0%',
    ])
  })

  test('say what a write does and how long it takes', () => {
    expect(
      activityText({
        kind: 'write',
        commandId: 'c',
        progress: {
          phase: 'write',
          chunksDone: 1,
          chunksTotal: 4,
          bytesWritten: 1e9,
          bytesTotal: 4e9,
          rateBytesPerSecond: 5e8,
          remainingSeconds: 6,
        },
      }),
    ).toBe('write 25% at 500 MB/s, 6s left')
  })
})

describe('tables', () => {
  test('stand under their headings without lines and hold one line a row', () => {
    const text = tableText(
      [{ title: 'A' }, { title: 'B', align: 'right' }],
      [
        ['one', '1'],
        ['two\nlines', '22'],
      ],
    )
    expect(text.split('\n')).toEqual(['A              B', 'one            1', 'two\\x0alines  22'])
  })

  test('clip by characters, not by halves of them', () => {
    expect(clipped('👍👍👍', 2)).toBe('👍…')
  })

  test('shorten ids to what no other id begins with', () => {
    const ids = ['019a0000-1111-7000', '019a0000-1112-7000', '019b0000-0000-7000']
    expect([...shortIds(ids).values()]).toEqual(['019a0000-1111', '019a0000-1112', '019b0000'])
  })
})

describe('words of the command line', () => {
  test('make a role out of a name, a count and expressions', () => {
    expect(parseRole('gpu=2,cpu.cores>=4,cpu.cores<=8,memory.size>=8Gi,gpu.model~*H100*')).toEqual({
      name: 'gpu',
      count: 2,
      match: {
        'cpu.cores': { gte: 4, lte: 8 },
        'memory.size': { gte: '8Gi' },
        'gpu.model': { glob: '*H100*' },
      },
    })
    expect(parseRole('3')).toEqual({ name: 'node', count: 3, match: {} })
  })

  test('are refused with what was meant', () => {
    expect(() => parseRole('some')).toThrow("'some' is not a role such as")
    expect(() => parseRole('1,cpu.core>=4')).toThrow("did you mean 'cpu.cores'")
    expect(() => parseRole('1,>=4')).toThrow('is no expression')
    expect(() => changedLabels({}, ['Rack=1'])).toThrow("label 'Rack=1' is neither")
  })

  test('set and remove labels', () => {
    expect(changedLabels({ rack: 'r1', leaf: 'l1' }, ['rack=r2', 'leaf-'])).toEqual({ rack: 'r2' })
  })
})
