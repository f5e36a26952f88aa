import type { Finding } from '../../protocol/facts/finding.ts'
import type { MemoryFacts } from '../../protocol/facts/memory.ts'
import type { Host } from '../host.ts'
import { attemptEach } from './attempt.ts'
import { deviceText } from './decode/device-text.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, countAttribute } from './sysfs.ts'

type Controller = MemoryFacts['errorControllers'][number]

/** Kernel document ras/main.rst: `mc0` and up, each with rows, modules, or both. */
export async function memoryErrors(host: Host) {
  const names = numbered(await host.list(paths.edac), /^mc(\d{1,4})$/)
  return attemptEach('memory', names, ({ name }) => readController(host, name))
}

async function readController(host: Host, name: string): Promise<Controller> {
  const folder = `${paths.edac}/${name}`
  const entries = await host.list(folder)
  const number = (file: string) => countAttribute(host, `${folder}/${file}`)
  return {
    name,
    model: deviceText(await attribute(host, `${folder}/mc_name`)),
    sizeBytes: mebibytes(await number('size_mb')),
    correctedCount: await number('ce_count'),
    uncorrectedCount: await number('ue_count'),
    unattributedCorrectedCount: await number('ce_noinfo_count'),
    unattributedUncorrectedCount: await number('ue_noinfo_count'),
    secondsSinceReset: await number('seconds_since_reset'),
    rows: await all(numbered(entries, /^csrow(\d{1,4})$/), (row) => readRow(host, folder, row)),
    modules: await all(numbered(entries, /^(?:dimm|rank)(\d{1,4})$/), (module) =>
      readModule(host, folder, module),
    ),
  }
}

async function readRow(
  host: Host,
  controller: string,
  { name, index }: Numbered,
): Promise<Controller['rows'][number]> {
  const folder = `${controller}/${name}`
  const channels = numbered(await host.list(folder), /^ch(\d{1,4})_ce_count$/)
  return {
    index,
    correctedCount: await countAttribute(host, `${folder}/ce_count`),
    uncorrectedCount: await countAttribute(host, `${folder}/ue_count`),
    channels: await all(channels, async (channel) => ({
      index: channel.index,
      label: deviceText(await attribute(host, `${folder}/ch${channel.index}_dimm_label`)),
      correctedCount: await countAttribute(host, `${folder}/ch${channel.index}_ce_count`),
      uncorrectedCount: await countAttribute(host, `${folder}/ch${channel.index}_ue_count`),
    })),
  }
}

async function readModule(
  host: Host,
  controller: string,
  { name, index }: Numbered,
): Promise<Controller['modules'][number]> {
  const folder = `${controller}/${name}`
  const text = async (file: string) => deviceText(await attribute(host, `${folder}/${file}`))
  return {
    index,
    label: await text('dimm_label'),
    location: await text('dimm_location'),
    sizeBytes: mebibytes(await countAttribute(host, `${folder}/size`)),
    memoryType: await text('dimm_mem_type'),
    errorCorrection: await text('dimm_edac_mode'),
    correctedCount: await countAttribute(host, `${folder}/dimm_ce_count`),
    uncorrectedCount: await countAttribute(host, `${folder}/dimm_ue_count`),
  }
}

/** One for each controller that counted errors, of the worse kind. */
export function errorFindings(controllers: readonly Controller[]): readonly Finding[] {
  return controllers.flatMap((controller): readonly Finding[] => {
    const { name, correctedCount, uncorrectedCount } = controller
    if ((uncorrectedCount ?? 0) > 0) {
      return [
        {
          code: 'memory.errors-uncorrected',
          severity: 'error',
          subject: name,
          message: `${uncorrectedCount} errors lost data${blamed(controller, 'uncorrectedCount')}`,
        },
      ]
    }
    if ((correctedCount ?? 0) === 0) return []
    return [
      {
        code: 'memory.errors-corrected',
        severity: 'warning',
        subject: name,
        message: `${correctedCount} errors were corrected${blamed(controller, 'correctedCount')}`,
      },
    ]
  })
}

/** Labels of the modules that had them. */
function blamed(
  { modules, rows }: Controller,
  which: 'correctedCount' | 'uncorrectedCount',
): string {
  const places = [...modules, ...rows.flatMap(({ channels }) => channels)]
  const labels = places
    .filter((place) => (place[which] ?? 0) > 0)
    .flatMap(({ label }) => label ?? [])
  return labels.length === 0 ? '' : `: ${[...new Set(labels)].slice(0, 8).join(', ')}`
}

interface Numbered {
  readonly name: string
  readonly index: number
}

function numbered(names: readonly string[], form: RegExp): readonly Numbered[] {
  return names
    .flatMap((name) => {
      const index = form.exec(name)?.[1]
      return index === undefined ? [] : [{ name, index: Number(index) }]
    })
    .toSorted((a, b) => a.index - b.index)
}

function mebibytes(count: number | null): number | null {
  return count === null ? null : count * 1024 * 1024
}
