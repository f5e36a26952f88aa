import { DecodeError } from '../../../../protocol/errors.ts'
import type { GpuManagement } from '../../../../protocol/facts/gpu-management.ts'
import { known, positiveAmount, ratioAmount, told, wholeAmount, yes } from './amounts.ts'
import { kebab } from './names.ts'
import { leafOf, numbersIn } from './nvidia-smi-tree.ts'
import { elementAt, type XmlElement } from './xml.ts'

/** The readings of one `gpu` element. */
export function readingsOf(gpu: XmlElement): GpuManagement['readings'] {
  const leaf = (path: string) => leafOf(gpu, path)
  const clocks = elementAt(gpu, 'clocks')
  const busy = elementAt(gpu, 'utilization')?.children ?? []
  return {
    performanceState: told(leaf('performance_state')),
    clocksHz: clocks === undefined ? {} : numbersIn(clocks, (name) => name.replace(/_clock$/, '')),
    temperaturesCelsius: temperatures(gpu),
    powerWatts: firstPower(gpu, ['average_power_draw', 'power_draw']),
    instantPowerWatts: firstPower(gpu, ['instant_power_draw']),
    fanRatio: ratioAmount(leaf('fan_speed')),
    utilizationRatio: known(
      busy
        .map((one) => [kebab(one.name.replace(/_util$/, '')), ratioAmount(one.text)] as const)
        .filter(([name]) => name !== ''),
    ),
    memoryUsedBytes: wholeAmount(leaf('fb_memory_usage.used')),
    memoryFreeBytes: wholeAmount(leaf('fb_memory_usage.free')),
    visibleMemoryUsedBytes: wholeAmount(leaf('bar1_memory_usage.used')),
    linkGeneration: wholeAmount(leaf('pci.pci_gpu_link_info.pcie_gen.current_link_gen')),
    linkLaneWidth: wholeAmount(leaf('pci.pci_gpu_link_info.link_widths.current_link_width')),
    sentBytesPerSecond: wholeAmount(leaf('pci.tx_util')),
    receivedBytesPerSecond: wholeAmount(leaf('pci.rx_util')),
    throttleReasons: throttleReasons(gpu),
    encoder: sessions(gpu, 'encoder_stats'),
    frameCapture: sessions(gpu, 'fbc_stats'),
    voltageMillivolts: wholeAmount(leaf('voltage.graphics_volt')),
  }
}

function temperatures(gpu: XmlElement): Record<string, number> {
  const group = elementAt(gpu, 'temperature')
  if (group === undefined) return {}
  const names = new Map([
    ['gpu_temp', 'gpu'],
    ['gpu_temp_tlimit', 'gpu-tlimit'],
    ['memory_temp', 'memory'],
  ])
  return { ...numbersIn(group, (name) => names.get(name) ?? null) }
}

function firstPower(gpu: XmlElement, names: readonly string[]): number | null {
  for (const group of ['gpu_power_readings', 'power_readings']) {
    for (const name of names) {
      const value = positiveAmount(leafOf(gpu, `${group}.${name}`))
      if (value !== null) return value
    }
  }
  return null
}

/** Since driver 535 they are called event reasons. */
function throttleReasons(gpu: XmlElement): readonly string[] | null {
  const group = elementAt(gpu, 'clocks_event_reasons') ?? elementAt(gpu, 'clocks_throttle_reasons')
  if (group === undefined || group.children.every((one) => yes(one.text) === null)) return null
  const active = group.children.filter((one) => yes(one.text) === true)
  if (active.length > 32) throw new DecodeError(`Cannot take ${active.length} throttle reasons`)
  return active.flatMap(
    (one) => kebab(one.name.replace(/^clocks_(event|throttle)_reason_/, '')) || [],
  )
}

function sessions(gpu: XmlElement, group: string): GpuManagement['readings']['encoder'] {
  const number = (name: string) => wholeAmount(leafOf(gpu, `${group}.${name}`))
  const found = {
    count: number('session_count'),
    averageFramesPerSecond: number('average_fps'),
    averageLatencyMicroseconds: number('average_latency'),
  }
  return Object.values(found).every((value) => value === null) ? null : found
}
