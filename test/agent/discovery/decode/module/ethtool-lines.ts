import type { TransceiverModule } from '../../../../../protocol/facts/transceiver-module.ts'

type Monitors = NonNullable<TransceiverModule['monitors']>

/** Lines of `ethtool -m` by label, out of what was decoded, as far as it tells the same. */
export function linesOfModule(module: TransceiverModule): ReadonlyMap<string, string> {
  const lanes = module.standard === 'sff-8472' ? null : (module.laneCount ?? 0)
  return new Map([
    ['Vendor name', module.vendor ?? ''],
    ...(module.vendorOui === null
      ? []
      : [['Vendor OUI', module.vendorOui.replace(/(..)(..)(..)/, '$1:$2:$3')] as const]),
    ['Vendor PN', module.partNumber ?? ''],
    ['Vendor rev', module.revision ?? ''],
    ['Vendor SN', module.serial ?? ''],
    ['Date code', dateCode(module)],
    ...(module.signallingRateBaud === null
      ? []
      : [
          [
            'BR, Nominal',
            `${module.signallingRateBaud / 1e6}${rateUnits[module.standard]}`,
          ] as const,
        ]),
    ...(module.wavelengthNanometres === null
      ? []
      : [['Laser wavelength', `${module.wavelengthNanometres}nm`] as const]),
    ...lengths(module),
    ...(module.maxPowerWatts === null
      ? []
      : [['Max power', `${module.maxPowerWatts.toFixed(2)}W`] as const]),
    ...(module.monitors === null ? [] : readings(module.monitors, lanes)),
  ])
}

const rateUnits = { 'sff-8472': 'MBd', 'sff-8636': 'Mbps', cmis: '' } as const

function dateCode({ manufactureDate, lotCode }: TransceiverModule): string {
  return `${manufactureDate?.slice(2).replaceAll('-', '') ?? ''}${lotCode ?? ''}`
}

const lengthLabels: Readonly<Record<string, readonly (readonly [string, number, string])[]>> = {
  'sff-8472 om3': [['Length (OM3)', 1, 'm']],
  'sff-8472 om2': [['Length (50um)', 1, 'm']],
  'sff-8472 om1': [['Length (62.5um)', 1, 'm']],
  'sff-8636 smf': [['Length (SMF,km)', 1000, 'km']],
  'sff-8636 om3': [['Length (OM3 50um)', 1, 'm']],
  'sff-8636 om2': [['Length (OM2 50um)', 1, 'm']],
  'sff-8636 om1': [['Length (OM1 62.5um)', 1, 'm']],
  'cmis om5': [['Length (OM5)', 1, 'm']],
  'cmis om4': [['Length (OM4)', 1, 'm']],
  'cmis om3': [['Length (OM3 50/125um)', 1, 'm']],
  'cmis om2': [['Length (OM2 50/125um)', 1, 'm']],
}

function lengths({ standard, lengths }: TransceiverModule): readonly (readonly [string, string])[] {
  return lengths.flatMap(({ medium, metres, orMore }) =>
    orMore
      ? []
      : (lengthLabels[`${standard} ${medium}`] ?? []).map(
          ([label, unit, suffix]) => [label, `${metres / unit}${suffix}`] as const,
        ),
  )
}

const levels = ['high alarm', 'low alarm', 'high warning', 'low warning'] as const
const limitFields = {
  'high alarm': 'highAlarm',
  'low alarm': 'lowAlarm',
  'high warning': 'highWarning',
  'low warning': 'lowWarning',
} as const

const celsius = (value: number) => `${value.toFixed(2)} degrees C`
const milliamperes = (value: number) => `${(value * 1e3).toFixed(3)} mA`
const milliwatts = (value: number) => `${(value * 1e3).toFixed(4)} mW`
const volts = (value: number) => `${value.toFixed(4)} V`

function readings(monitors: Monitors, lanes: number | null): (readonly [string, string])[] {
  const { temperatureCelsius, supplyVolts, thresholds } = monitors
  const average = monitors.rxPowerKind === 'average'
  const lines: (readonly [string, string])[] = []
  if (temperatureCelsius !== null) lines.push(['Module temperature', celsius(temperatureCelsius)])
  if (supplyVolts !== null) lines.push(['Module voltage', volts(supplyVolts)])
  const each = (
    values: readonly (number | null)[] | null,
    single: string,
    many: string,
    print: (value: number) => string,
  ) => {
    for (const [lane, value] of (values ?? []).entries()) {
      if (value === null) continue
      lines.push([lanes === null ? single : `${many}(Channel ${lane + 1})`, print(value)])
    }
  }
  each(monitors.txBiasAmperes, 'Laser bias current', 'Laser tx bias current ', milliamperes)
  each(monitors.txPowerWatts, 'Laser output power', 'Transmit avg optical power ', milliwatts)
  each(
    monitors.rxPowerWatts,
    average ? 'Receiver signal average optical power' : 'Receiver signal OMA',
    average ? 'Rcvr signal avg optical power' : 'Receiver signal OMA',
    milliwatts,
  )
  if (thresholds !== null) {
    const limits = [
      ['Laser bias current', thresholds.txBiasAmperes, milliamperes],
      ['Laser output power', thresholds.txPowerWatts, milliwatts],
      ['Module temperature', thresholds.temperatureCelsius, celsius],
      ['Module voltage', thresholds.supplyVolts, volts],
      ['Laser rx power', thresholds.rxPowerWatts, milliwatts],
    ] as const
    for (const [label, limit, print] of limits) {
      if (limit === null) continue
      for (const level of levels) {
        lines.push([`${label} ${level} threshold`, print(limit[limitFields[level]])])
      }
    }
  }
  return [...lines, ...flagLines(monitors, lanes)]
}

/** ethtool pads these labels by hand. */
function flagLines({ flags }: Monitors, lanes: number | null): (readonly [string, string])[] {
  const raised = new Set(
    flags.flatMap(({ name, lanes }) => (lanes ?? [0]).map((l) => `${name} ${l}`)),
  )
  const state = (name: string, level: string, lane: number) =>
    raised.has(`${name}-${level.replace(' ', '-')} ${lane}`) ? 'On' : 'Off'
  const ofModule = levels.flatMap((level): (readonly [string, string])[] => [
    [`Module temperature ${level}`, state('temperature', level, 0)],
    [`Module voltage ${level}`, state('voltage', level, 0)],
  ])
  const ofLane = levels.flatMap((level): (readonly [string, string])[] => {
    if (lanes === null) {
      return [
        [`Laser bias current ${level}`, state('tx-bias', level, 1)],
        [`Laser output power ${level}`, state('tx-power', level, 1)],
        [`Laser rx power ${level}`, state('rx-power', level, 1)],
      ]
    }
    const padded = level.padEnd(12)
    return Array.from({ length: lanes }, (_, lane) => lane + 1).flatMap(
      (lane): (readonly [string, string])[] => [
        [`Laser bias current ${padded} (Chan ${lane})`, state('tx-bias', level, lane)],
        [`Laser tx power ${padded} (Channel ${lane})`, state('tx-power', level, lane)],
        [`Laser rx power ${padded} (Channel ${lane})`, state('rx-power', level, lane)],
      ],
    )
  })
  return [...ofModule, ...ofLane]
}
