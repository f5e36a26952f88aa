import { describe, expect, test } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { problemsOf, readRequestText } from '../../../server/web/request-text.ts'

/** What the server says of a text, with the lines the page puts beside it. */
function problemsIn(text: string) {
  const read = readRequestText(text)
  if (read.kind === 'unreadable') return read.problems
  try {
    parseRequest(read.value)
  } catch (error) {
    return problemsOf(error, read)
  }
  return []
}

describe('the text of a request', () => {
  test('names the line of every problem the server has with it', () => {
    const text = `roles:
  - name: gpu
    count: 2
    match:
      gpu.cout: { gte: 8 }
      memory.size: { gte: 64bananas }
      nics:
        some:
          speed: 4
    rank: 3
  - name: head
    count: 0
constraints:
  - kind: same
    level: rack
    roles: [head, tail]
lease: { duration: soon }
`
    const shape = problemsIn(text)?.map(({ path, line }) => [path, line])
    expect(shape).toEqual([
      ['roles[0]', 10],
      ['roles[1].count', 12],
    ])
    const meaning = problemsIn(
      text.replace('    rank: 3\n', '').replace('count: 0', 'count: 1'),
    )?.map(({ path, line }) => [path, line])
    expect(meaning).toEqual([
      ['roles[0].match.gpu.cout', 5],
      ['roles[0].match.memory.size.gte', 6],
      ['roles[0].match.nics.some.speed', 9],
      ['constraints[0]', 13],
      ['lease.duration', 16],
    ])
  })

  test('tells where it is no YAML', () => {
    const [problem] = problemsIn('roles:\n  - name: [a\nlease: {}\n') ?? []
    expect(problem?.line).toBeGreaterThan(1)
    expect(problem?.message).not.toContain('\n')
    expect(problemsIn('')).toEqual([{ path: '', message: 'there is no request here', line: null }])
  })

  test('unfolds no aliases without end', () => {
    const levels = Array.from({ length: 9 }, (_, at) => {
      const names = Array.from({ length: 9 }, () => `*a${at}`).join(', ')
      return `a${at + 1}: &a${at + 1} [${names}]`
    })
    const [problem] = problemsIn(`a0: &a0 [x]\n${levels.join('\n')}\n`) ?? []
    expect(problem?.message).toMatch(/alias/i)
  })

  test('leaves other errors alone', () => {
    expect(problemsOf(new AppError('conflict', 'no'), readRequestText('a: 1'))).toBeNull()
    expect(problemsOf(new Error('no'), readRequestText('a: 1'))).toBeNull()
  })
})
