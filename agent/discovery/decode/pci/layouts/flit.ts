import { digits, choice, flag, flags, number, type Register, register } from './registers.ts'

const linkWidths = ['x1', 'x2', 'x4', 'x8', 'x16', null, null, 'dynamic'] as const

/** PCI Express 6.2 §7.7.10: errors in flits, logged and counted. */
export const flitLogging: readonly Register[] = [
  register('log1', 4, 4, [
    flag('valid', 0),
    choice('linkWidth', 1, 3, linkWidths),
    number('offset', 4, 4),
    number('consecutive', 8, 5),
    ...flags(13, ['more', 'unrecognized', 'uncorrectable']),
    number('parity0', 16, 8),
    number('check0', 24, 8),
  ]),
  register('log2', 8, 4, [
    number('parity1', 0, 8),
    number('check1', 8, 8),
    number('parity2', 16, 8),
    number('check2', 24, 8),
  ]),
  register('counterControl', 0x0c, 2, [
    flag('enabled', 0),
    flag('interrupt', 1),
    number('eventCode', 2, 2),
    number('trigger', 4, 8),
  ]),
  register('counterStatus', 0x0e, 2, [
    choice('linkWidth', 0, 3, linkWidths),
    flag('interrupt', 3),
    number('count', 8, 8),
  ]),
  register('measurementControl', 0x10, 4, [
    flag('enabled', 0),
    choice('granularity', 2, 2, ['all', 'even', 'odd', 'mismatch']),
  ]),
  register('flits', 0x14, 4, [number('count', 0, 32)]),
  register('invalidFlits', 0x18, 4, [number('count', 0, 16)]),
  ...Array.from({ length: 8 }, (_, index) =>
    register(`lanes${index * 2}`, 0x1c + index * 4, 4, [
      number('even', 0, 16),
      number('odd', 16, 16),
    ]),
  ),
]

const states = ['not-started', 'started', 'completed', 'error'] as const
const targets = [
  'ts0',
  'ts1',
  'ts2',
  'skip',
  'eieos',
  'eios',
  'sds',
  'polling',
  'configuration',
  'l0',
  'recovery',
  'equalization01',
  'equalization2',
  'equalization3',
] as const

/** §7.8.13: errors put into flits and ordered sets on purpose. */
export const flitErrorInjection: readonly Register[] = [
  register('control1', 8, 4, [
    ...flags(0, ['enabled', 'transmit', 'receive']),
    ...flags(6, ['at2500', 'at5000', 'at8000', 'at16000', 'at32000', 'at64000']),
    number('errorCount', 16, 5),
    number('spacing', 21, 8),
    choice('flitType', 29, 3, [
      'any',
      'not-idle',
      'payload',
      'nop',
      'idle',
      'payload-in-sequence',
      'payload-one-sequence',
    ]),
  ]),
  register('control2', 0x0c, 4, [
    number('consecutiveCode', 0, 3),
    choice('errorType', 3, 2, ['random', 'correctable-one', 'correctable-three', 'uncorrectable']),
    number('offset', 5, 7),
    number('magnitude', 12, 8),
  ]),
  register('status', 0x10, 4, [choice('transmit', 0, 2, states), choice('receive', 2, 2, states)]),
  register('orderedSetControl1', 0x14, 4, [
    ...flags(0, ['enabled', 'transmit', 'receive']),
    number('errorCount', 3, 5),
    number('spacing', 8, 8),
    ...flags(16, targets),
  ]),
  register('orderedSetControl2', 0x18, 4, [number('bytes', 0, 16), number('lanes', 16, 16)]),
  ...(['transmitStatus', 'receiveStatus'] as const).map((name, index) =>
    register(
      name,
      0x1c + index * 4,
      4,
      targets.map((target, place) => choice(target, place * 2, 2, states)),
    ),
  ),
]

/** §7.7.11: only its head is public enough to be told. */
export const flitPerformance: readonly Register[] = [digits('capabilities', 4, 4)]
