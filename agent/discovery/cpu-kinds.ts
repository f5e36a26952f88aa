import { DecodeError } from '../../protocol/errors.ts'
import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import { cpuName } from './cpu-names.ts'
import { cpuListText } from './decode/cpu-list.ts'
import type { Cpuinfo } from './decode/cpuinfo.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'

type Kind = CpuFacts['kinds'][number]

/** What a fact may hold (`cpuFacts.kinds`). */
const maxKinds = 16

/**
 * CPUs that are alike in what they are and how fast, together. Where nearly every core has a fastest
 * turn of its own, those that are the same processor are one kind, from its slowest to its fastest.
 */
export async function cpuKinds(
  reader: ForgivingReader,
  online: readonly number[],
  cpuinfo: Cpuinfo,
): Promise<readonly Kind[]> {
  const each = await all(online, async (cpu): Promise<One> => {
    const folder = `${paths.cpu}/cpu${cpu}`
    const [capacity, min, max] = await Promise.all([
      reader.count(`${folder}/cpu_capacity`),
      frequencyHz(reader, `${folder}/cpufreq/cpuinfo_min_freq`, kilo),
      frequencyHz(reader, `${folder}/cpufreq/cpuinfo_max_freq`, kilo),
    ])
    const name = cpuName(cpuinfo.processors.get(cpu), cpuinfo.machine)
    return { cpu, ...name, capacity, minFrequencyHz: min, maxFrequencyHz: max }
  })
  const divisions: readonly ((one: One) => string)[] = [
    ({ cpu: _cpu, ...kind }) => JSON.stringify(kind),
    ({ vendor, model, capacity }) => JSON.stringify([vendor, model, capacity]),
    ({ vendor, model }) => JSON.stringify([vendor, model]),
  ]
  for (const division of divisions) {
    const groups = Map.groupBy(each, division)
    if (groups.size <= maxKinds) return [...groups.values()].flatMap(kindOf)
  }
  return []
}

interface One {
  readonly cpu: number
  readonly vendor: string | null
  readonly model: string | null
  readonly capacity: number | null
  readonly minFrequencyHz: number | null
  readonly maxFrequencyHz: number | null
}

function kindOf(members: readonly One[]): readonly Kind[] {
  const [first] = members
  if (first === undefined) return []
  const { vendor, model, capacity } = first
  const mins = members.flatMap(({ minFrequencyHz }) => minFrequencyHz ?? [])
  const maxs = members.flatMap(({ maxFrequencyHz }) => maxFrequencyHz ?? [])
  return [
    {
      cpus: cpuListText(members.map(({ cpu }) => cpu)),
      vendor,
      model,
      capacity: members.every((one) => one.capacity === capacity) ? capacity : null,
      minFrequencyHz: mins.length === 0 ? null : Math.min(...mins),
      maxFrequencyHz: maxs.length === 0 ? null : Math.max(...maxs),
    },
  ]
}

/** cpufreq counts in kHz (kernel document cpufreq.rst). */
const kilo = 1e3

/** No processor is faster: what is above was made up, or is in another unit. */
const maxFrequencyHz = 1e12

/** A frequency in units of `unitHz`; null without a value, and with a finding for a malformed one. */
export function frequencyHz(
  reader: ForgivingReader,
  path: string,
  unitHz: number,
): Promise<number | null> {
  return reader.decoded(path, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) * unitHz : Number.NaN
    if (value <= maxFrequencyHz) return value
    throw new DecodeError(`Cannot read ${path}: want a frequency, found '${text.slice(0, 64)}'`)
  })
}
