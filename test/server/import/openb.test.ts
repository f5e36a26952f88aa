import { expect, test } from 'vitest'
import { readOpenb } from '../../../server/import/readers/openb.ts'
import { attributesIn, readAll } from './text-lines.ts'

const header = 'sn,cpu_milli,memory_mib,gpu,model\n'

test('a node has what its row states, and nothing else is known of it', async () => {
  const text = `${header}openb-node-0229,96000,786432,2,V100M32\n`
  expect(await attributesIn(readOpenb, text)).toEqual({
    'cpu.threads': 96,
    'memory.size': '768GiB',
    'gpu.count': 2,
    'gpu.model': ['V100M32'],
    gpus: [
      { kind: 'gpu', model: 'V100M32' },
      { kind: 'gpu', model: 'V100M32' },
    ],
  })
})

test('a node without GPUs is known to have none', async () => {
  for (const model of ['', 'nan']) {
    const found = await attributesIn(readOpenb, `${header}openb-node-0000,32000,262144,0,${model}`)
    expect(found).toMatchObject({ 'gpu.count': 0, 'gpu.model': null, gpus: [] })
  }
})

test('columns may stand in any order, with the unnamed index of a data frame', async () => {
  const text = ',gpu,model,sn,memory_mib,cpu_milli\r\n0,1,T4,Openb-Node-1,1024,2000.0\r\n'
  const [entry] = await readAll(readOpenb, text)
  expect(entry).toMatchObject({ kind: 'machine', line: 2, machine: { name: 'openb-node-1' } })
})

test.each([
  ['a,32500,1024,0,', 'cpu_milli 32500 is no whole number of CPUs'],
  ['a,x,1024,0,', "cpu_milli is 'x', wanted a whole number"],
  ['a,1000,-5,0,', "memory_mib is '-5', wanted a whole number"],
  ['a,1000,1024,0,T4', "gpu is 0 and its model is 'T4'"],
  ['a,1000,1024,1000,T4', 'gpu is 1000, wanted at most 256'],
  ['a,1000,1024,0', 'has 4 cells, wanted 5'],
  ['a b,1000,1024,0,', 'sn is "a b", wanted a host name of one part'],
  ['a,1000,1024,0,"T4', 'has a quote that does not end'],
])('row %s is a problem on its line', async (row, message) => {
  expect(await readAll(readOpenb, `${header}${row}\nb,1000,1024,0,\n`)).toMatchObject([
    { kind: 'problem', line: 2, message },
    { kind: 'machine', line: 3, machine: { name: 'b' } },
  ])
})

test('a file with other columns is refused whole', async () => {
  await expect(readAll(readOpenb, 'name,cpus\na,1\n')).rejects.toThrow(
    "line 1: columns are 'name,cpus', wanted sn,cpu_milli,memory_mib,gpu,model",
  )
})
