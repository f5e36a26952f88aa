import type {
  ModuleMonitors,
  TransceiverModule,
} from '../../../protocol/facts/transceiver-module.ts'

/** One thing that is wrong with a module now. */
export interface ModuleAlarm {
  /** As in the module's flags: `rx-power-low-alarm`. */
  readonly name: string
  /** Lanes from 1; null when it is about the whole module. */
  readonly lanes: readonly number[] | null
}

/**
 * What is wrong with a module now. Most modules latch their flags until somebody looks, so a flag may
 * tell of the time before the link came up: where there is a reading and a limit, these decide. With a
 * link no lane that it uses can be dark, so losses of light and of lock are left to the readings.
 */
export function alarmsOf(
  { monitors }: TransceiverModule,
  hasLink: boolean,
): readonly ModuleAlarm[] {
  if (monitors === null) return []
  const judged = new Set<string>()
  const alarms: ModuleAlarm[] = []
  for (const quantity of quantities) {
    const limits = monitors.thresholds?.[quantity.field] ?? null
    const readings = quantity.read(monitors)
    if (limits === null || readings === null) continue
    judged.add(quantity.name)
    if (!quantity.ofModule && !hasLink) continue
    for (const level of levels) {
      const name = `${quantity.name}-${level.name}`
      // Beyond the alarm is beyond the warning too; one word is enough.
      const said = new Set(
        alarms.find((alarm) => alarm.name === name.replace('warning', 'alarm'))?.lanes ?? [],
      )
      const lanes = readings.flatMap((reading, lane) =>
        reading !== null && !said.has(lane + 1) && level.isBeyond(reading, limits[level.field])
          ? [lane + 1]
          : [],
      )
      if (lanes.length > 0) alarms.push({ name, lanes })
    }
  }
  const flagged = monitors.flags.filter(({ name }) => {
    const quantity = quantities.find((one) => name.startsWith(`${one.name}-`))
    if (quantity === undefined) return name === 'tx-fault'
    return !judged.has(quantity.name) && (hasLink || quantity.ofModule)
  })
  const ofModule = new Set(quantities.flatMap((one) => (one.ofModule ? [one.name] : [])))
  return [
    ...alarms.map((one) =>
      ofModule.has(one.name.split('-')[0] ?? '') ? { ...one, lanes: null } : one,
    ),
    ...flagged,
  ]
}

const levels = [
  {
    name: 'high-alarm',
    field: 'highAlarm',
    isBeyond: (value: number, limit: number) => value > limit,
  },
  {
    name: 'low-alarm',
    field: 'lowAlarm',
    isBeyond: (value: number, limit: number) => value < limit,
  },
  {
    name: 'high-warning',
    field: 'highWarning',
    isBeyond: (value: number, limit: number) => value > limit,
  },
  {
    name: 'low-warning',
    field: 'lowWarning',
    isBeyond: (value: number, limit: number) => value < limit,
  },
] as const

type Readings = readonly (number | null)[] | null

interface Quantity {
  readonly name: string
  readonly field: keyof NonNullable<ModuleMonitors['thresholds']>
  /** Of the whole module, with or without light. */
  readonly ofModule: boolean
  readonly read: (monitors: ModuleMonitors) => Readings
}

const quantities: readonly Quantity[] = [
  {
    name: 'temperature',
    field: 'temperatureCelsius',
    ofModule: true,
    read: ({ temperatureCelsius }) => (temperatureCelsius === null ? null : [temperatureCelsius]),
  },
  {
    name: 'voltage',
    field: 'supplyVolts',
    ofModule: true,
    read: ({ supplyVolts }) => (supplyVolts === null ? null : [supplyVolts]),
  },
  {
    name: 'tx-bias',
    field: 'txBiasAmperes',
    ofModule: false,
    read: ({ txBiasAmperes }) => txBiasAmperes,
  },
  {
    name: 'tx-power',
    field: 'txPowerWatts',
    ofModule: false,
    read: ({ txPowerWatts }) => txPowerWatts,
  },
  {
    name: 'rx-power',
    field: 'rxPowerWatts',
    ofModule: false,
    read: ({ rxPowerWatts }) => rxPowerWatts,
  },
]
