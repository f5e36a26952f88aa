import { DecodeError } from '../../../../protocol/errors.ts'
import type { GpuTopologyMatrix } from '../../../../protocol/facts/gpu-import.ts'
import { told } from './amounts.ts'

const decoder = new TextDecoder()
const path = /^(X|PIX|PXB|PHB|NODE|SYS|SOC|PSB|NV\d{1,2}|C2C|N\/A|PIX|PXN)$/
const maxDevices = 512

/**
 * `nvidia-smi topo -m`. A table of columns set apart by tabs or spaces, head first; behind the
 * devices stand the CPU and NUMA affinity, below the table a legend of NICs. Colours are dropped.
 */
export function decodeNvidiaSmiTopo(bytes: Uint8Array): GpuTopologyMatrix {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]{0,16}m`, 'g')
  const lines = decoder.decode(bytes).replaceAll(escapes, '').split(/\r?\n/)
  const head = lines.findIndex((line) => /^\s*(GPU|NIC|mlx|NVMe)\w*/.test(line))
  const names = deviceNames(lines[head] ?? '')
  if (names.length === 0) throw new DecodeError('Cannot read nvidia-smi topo: no head of a table')
  if (names.length > maxDevices) throw new DecodeError(`Cannot take ${names.length} devices`)
  const legend = legendOf(lines)
  const rows = new Map(
    lines.slice(head + 1).map((line) => {
      const cells = line.trim().split(/\s+/)
      return [cells[0] ?? '', { cells: cells.slice(1), line }] as const
    }),
  )
  const missing = names.find((name) => !rows.has(name))
  if (missing !== undefined) throw new DecodeError(`Cannot read nvidia-smi topo: no row ${missing}`)
  return {
    devices: names.map((name) => ({
      name,
      legend: legend.get(name) ?? null,
      ...affinity(rows.get(name)?.cells.slice(names.length) ?? []),
    })),
    paths: names.map((name) => {
      const { cells } = rows.get(name) ?? { cells: [] }
      return names.map((_, index) => pathOf(name, cells[index]))
    }),
  }
}

/** The head ends in words of several parts: `CPU Affinity`, `NUMA Affinity`, `GPU NUMA ID`. */
function deviceNames(head: string): readonly string[] {
  return head
    .replace(/\s+CPU Affinity.*$/, '')
    .trim()
    .split(/\s+/)
    .map((name) => {
      if (/^[\w.:-]{1,64}$/.test(name)) return name
      throw new DecodeError('Cannot read nvidia-smi topo: a device has no name')
    })
}

function pathOf(row: string, cell: string | undefined): string | null {
  if (cell === undefined || !path.test(cell)) {
    const found = cell?.slice(0, 32) ?? 'nothing'
    throw new DecodeError(`Cannot read nvidia-smi topo: '${found}' in row ${row.slice(0, 32)}`)
  }
  return cell === 'N/A' ? null : cell
}

function affinity(cells: readonly string[]) {
  const [cpu, numa] = cells
  return { cpuAffinity: told(cpu), numaAffinity: told(numa) }
}

/** `  NIC0: mlx5_0` */
function legendOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^\s*(NIC\d{1,4}):\s*([\w.:-]{1,64})\s*$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value] as const]
    }),
  )
}
