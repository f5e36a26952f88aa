import { widthText } from './physical.ts'
import { at, type Fields, linesOf, type Spellings, text } from './template.ts'

export function loggingLines(fields: Fields): readonly string[] {
  const width = (path: string) => widthText(at(fields, path))
  const lanes = Array.from({ length: 8 }, (_, index) => {
    const first = index * 2
    const value = (name: string) => text(at(fields, `lanes${first}.${name}`) ?? '').padStart(5, ' ')
    const label = (lane: number) => `Lane${lane}:`.padEnd(7, ' ')
    return `${`MeasSts${index + 3}:`.padEnd(10, ' ')} ${label(first)} ${value('even')}, ${label(first + 1)} ${value('odd')}`
  })
  return linesOf(fields, [
    ['log1', `Log1:      Valid{+valid}, Link Width: ${width('log1.linkWidth')}`],
    [
      'log1',
      'More entries{+more} Unrecognized flit{+unrecognized} FEC uncorrectable{+uncorrectable}',
    ],
    ['log1', 'SyndParityGrp0: {parity0:2x}, SyndCheckGrp0: {check0:2x}'],
    ['log2', 'Log2:      SyndParityGrp1: {parity1:2x}, SyndCheckGrp1: {check1:2x}'],
    ['log2', 'SyndParityGrp2: {parity2:2x}, SyndCheckGrp2: {check2:2x}'],
    [
      'counterControl',
      'CntCtl:    Flit Error Counter En{+enabled} Flit Error Counter Interrupt En{+interrupt}',
    ],
    ['counterControl', 'Events to count: {eventCode}, Trigger Event on Error Count: {trigger:2x}'],
    [
      'counterStatus',
      `CntSts:    Link Width when Error Counter Started ${width('counterStatus.linkWidth')}`,
    ],
    [
      'counterStatus',
      'Interrupt Generated based on Trigger Event Count{+interrupt}, FlitErr: {count}',
    ],
    ['measurementControl', 'MeasCtl:   En{+enabled} Granularity: {granularity}'],
    ['flits', 'MeasSts1:  Flit Counter: {count}'],
    ['invalidFlits', 'MeasSts2:  Invalid Flit Counter: {count}'],
    ...lanes,
  ])
}

const spellings: Spellings = {
  flit: {
    'not-idle': 'any non-IDLE',
    payload: 'only payload',
    nop: 'only NOP',
    idle: 'only IDLE',
    'payload-in-sequence': 'only payload+seq',
    'payload-one-sequence': 'only payload+1seq',
    'code-7': 'Unknown (7)',
  },
  consecutive: { '0': 'none', '4': 'Unknown (4)', '7': 'pseudo-random' },
  error: {
    'correctable-one': 'correctable single group',
    'correctable-three': 'correctable three groups',
  },
  state: { 'not-started': 'not started' },
}

export function injectionLines(fields: Fields): readonly string[] {
  const status = (register: string, label: string) =>
    [
      `${label}   TS0: {ts0|state}, TS1: {ts1|state}, TS2: {ts2|state}`,
      'SKP: {skip|state}, EIEOS: {eieos|state}, EIOS: {eios|state}',
      'SDS: {sds|state}, Polling: {polling|state}, Configuration: {configuration|state}',
      'L0: {l0|state}, non-EQ recovery: {recovery|state}, Eq01: {equalization01|state}',
      'Eq2: {equalization2|state}, Eq3: {equalization3|state}',
    ].map((template) => [register, template] as const)
  return linesOf(
    fields,
    [
      [
        'control1',
        'FlitEiCtl1:   En{+enabled} Tx{+transmit} Rx{+receive} 2.5GT/s{+at2500} 5.0GT/s{+at5000} 8.0GT/s{+at8000} 16.0GT/s{+at16000} 32.0GT/s{+at32000} 64.0GT/s{+at64000}',
      ],
      [
        'control1',
        'Number of errors: {errorCount}, Spacing between errors: {spacing}, Flit Type: {flitType|flit}',
      ],
      [
        'control2',
        'FlitEiCtl2:   Consecutive: {consecutiveCode|consecutive}, Type: {errorType|error}, Offset: {offset}, Magnitude: {magnitude}',
      ],
      ['status', 'FlitEiSts:    Tx: {transmit|state}, Rx: {receive|state}'],
      [
        'orderedSetControl1',
        'FlitEiOsCtl1: En{+enabled} Tx{+transmit} Rx{+receive} TS0{+ts0} TS1{+ts1} TS2{+ts2} SKP{+skip} EIEOS{+eieos} EIOS{+eios}',
      ],
      [
        'orderedSetControl1',
        'SDS{+sds} Poll{+polling} Conf{+configuration} L0{+l0} NoEq{+recovery} Eq01{+equalization01} Eq2{+equalization2} Eq3{+equalization3}',
      ],
      ['orderedSetControl2', 'FlitEiOsCtl2: Bytes: {bytes:4x}, Lanes: {lanes:4x}'],
      ...status('transmitStatus', 'FlitEiOsTx:'),
      ...status('receiveStatus', 'FlitEiOsRx:'),
    ],
    spellings,
  )
}
