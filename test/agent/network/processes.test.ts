import { expect, test } from 'vitest'
import { systemProcesses } from '../../../agent/network/processes.ts'

const environment = { PATH: '/bin:/usr/bin', WORD: 'given' }

test('systemProcesses hands over whole lines and the status when a program ends', async () => {
  const lines: string[] = []
  const script = 'printf "one\\ntwo"; printf " halves\\n$WORD"; exit 3'
  const program = systemProcesses.start(['/bin/sh', '-c', script], environment, (line) =>
    lines.push(line),
  )
  expect(await program.ended).toEqual({ status: 3 })
  expect(lines).toEqual(['one', 'two halves', 'given'])
})

test('systemProcesses cuts a line that does not end', async () => {
  const lines: string[] = []
  const script = 'head -c 100000 /dev/zero | tr "\\0" x'
  const program = systemProcesses.start(['/bin/sh', '-c', script], environment, (line) =>
    lines.push(line),
  )
  await program.ended
  expect(lines.length).toBe(1)
  expect(lines[0]?.length).toBeLessThanOrEqual(4096)
})

test('systemProcesses ends a program when it is stopped', async () => {
  const program = systemProcesses.start(['/bin/sh', '-c', 'exec sleep 1000'], environment, () => {})
  program.stop()
  expect(await program.ended).toEqual({ status: null })
})

test('systemProcesses throws when there is no such program', () => {
  expect(() => systemProcesses.start(['/no/such/program'], environment, () => {})).toThrow()
})
