import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCpuList } from '../../../../agent/discovery/decode/cpu-list.ts'
import { cpuProbe } from '../../../../agent/discovery/probes/cpu.ts'
import { numaProbe } from '../../../../agent/discovery/probes/numa.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { type FactsOf, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { corpusNames, corpusPath, unpacked } from '../../../../bench/score/corpus.ts'
import { corpusTimeoutMs, describeCorpus } from '../corpora.ts'

/** lscpu's summary, `field: value`, which ends at the first parsable section. */
function fieldsOf(summary: string): ReadonlyMap<string, string> {
  return new Map(
    summary.split('\n').flatMap((line) => {
      const [, name, value] = /^(.+?):\s+(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value.trim()] as const]
    }),
  )
}

const units: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
])

/** `64 KiB (2 instances)`: all instances together; lscpu rounds to one decimal. */
function cacheOf(text: string): readonly [bytes: number, instances: number] {
  const [, size, unit, instances] = /^([\d.]+) (\w+) \((\d+) instance/.exec(text) ?? []
  return [Number(size) * (units.get(unit ?? '') ?? Number.NaN), Number(instances)]
}

function ourCache(facts: FactsOf<'cpu'>, name: string): readonly [number, number] {
  const [, level, kind] = /^L(\d)([di]?) cache$/.exec(name) ?? []
  const type = kind === 'd' ? 'data' : kind === 'i' ? 'instruction' : 'unified'
  const caches = facts.packages
    .flatMap((one) => one.caches)
    .filter((cache) => cache.level === Number(level) && cache.type === type)
  return [
    caches.reduce((sum, { sizeBytes, instanceCount }) => sum + sizeBytes * instanceCount, 0),
    caches.reduce((sum, { instanceCount }) => sum + instanceCount, 0),
  ]
}

describeCorpus('util-linux-lscpu', 'recorded /proc and /sys of many architectures', () => {
  test(
    'counts, vendors, caches and NUMA nodes are those of lscpu',
    async () => {
      const names = await corpusNames('util-linux-lscpu/dumps', '.tar.gz')
      await using files = await unpacked(
        'util-linux-lscpu/dumps',
        names.map((name) => `${name}.tar.gz`),
      )
      const differences: string[] = []
      let compared = 0
      for (const name of names) {
        const host = rootedHost(join(files.root, name))
        const cpu = parseFacts('cpu', (await cpuProbe.read(host)).facts)
        const numa = parseFacts('numa', (await numaProbe.read(host)).facts)
        const path = corpusPath('util-linux-lscpu/expected', `lscpu-${name}`)
        const compare = (field: string, ours: unknown, theirs: unknown) => {
          compared++
          if (JSON.stringify(ours) === JSON.stringify(theirs)) return
          differences.push(
            `${name} ${field}: ${JSON.stringify(ours)}, lscpu ${JSON.stringify(theirs)}`,
          )
        }
        const summary = (await readFile(path, 'utf8')).split('\n\n')[0] ?? ''
        const fields = fieldsOf(summary)
        // CPUs of several kinds, and books and drawers, are told apart by nothing else yet.
        const plain =
          summary.split('\nModel name:').length < 3 &&
          ![...fields.keys()].some((one) => /Book/.test(one))
        const x86 = cpu.architecture === 'x86_64'
        // s390 and sparc64 tell caches in files of their own; lscpu knows no instances of those.
        const cached = cpu.packages.some(({ caches }) => caches.length > 0)
        for (const [field, value] of fields) {
          const first = cpu.packages[0]
          const node = /^NUMA node(\d+) CPU\(s\)$/.exec(field)?.[1]
          if (field === 'CPU(s)') compare(field, cpu.presentCount, Number(value))
          else if (field === 'On-line CPU(s) list') compare(field, cpu.online, parseCpuList(value))
          else if (field === 'NUMA node(s)') compare(field, numa.nodes.length, Number(value))
          else if (field === 'Vendor ID') compare(field, first?.vendor, value)
          else if (plain && field === 'Socket(s)') compare(field, cpu.packageCount, Number(value))
          else if (plain && field === 'Core(s) per socket') {
            compare(field, cpu.coreCount / cpu.packageCount, Number(value))
          } else if (plain && field === 'Thread(s) per core') {
            compare(field, Math.max(1, Math.round(cpu.threadCount / cpu.coreCount)), Number(value))
          } else if (x86 && field === 'Model name') compare(field, first?.model, value)
          else if (x86 && field === 'Flags') compare(field, cpu.flags.join(' '), value)
          else if (x86 && field === 'Stepping') compare(field, first?.stepping, Number(value))
          else if (x86 && field === 'Model') compare(field, first?.modelNumber, Number(value))
          else if (x86 && field === 'CPU family') compare(field, first?.family, Number(value))
          else if (cached && /^L\d[di]? cache$/.test(field) && value.includes('instance')) {
            const [bytes, instances] = ourCache(cpu, field)
            const [theirBytes, theirInstances] = cacheOf(value)
            compare(`${field} instances`, instances, theirInstances)
            const close = Math.abs(bytes - theirBytes) <= theirBytes * 0.01
            compare(field, close ? theirBytes : bytes, theirBytes)
          } else if (node !== undefined) {
            const cpus = numa.nodes.find(({ id }) => id === Number(node))?.cpus
            // lscpu lists a node's offline CPUs too where the kernel does.
            const online = parseCpuList(value).filter((one) => cpu.online.includes(one))
            compare(field, cpus, online)
          }
        }
      }
      expect(differences).toEqual([])
      expect(names.length).toBe(22)
      expect(compared).toBeGreaterThan(250)
    },
    corpusTimeoutMs,
  )
})
