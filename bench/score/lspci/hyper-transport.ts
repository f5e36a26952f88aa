import { at, type Fields, type Line, linesOf, list, type Spellings, text } from './template.ts'

const kinds: Readonly<Record<string, string>> = {
  'slave-or-primary-interface': 'Slave or Primary Interface',
  'host-or-secondary-interface': 'Host or Secondary Interface',
  switch: 'Switch',
  'interrupt-discovery-and-configuration': 'Interrupt Discovery and Configuration',
  'revision-id': 'Revision ID: {revision}',
  'unit-id-clumping': 'UnitID Clumping',
  'extended-configuration-space-access': 'Extended Configuration Space Access',
  'address-mapping': 'Address Mapping',
  'msi-mapping': 'MSI Mapping Enable{+enabled} Fixed{+fixed}',
  'direct-route': 'DirectRoute',
  vcset: 'VCSet',
  'retry-mode': 'Retry Mode',
  'x86-encoding': 'X86 (reserved)',
}

export function hyperTransportTitle(fields: Fields): string {
  const template = kinds[text(fields['kind'])] ?? '#{kindCode:2x}'
  return linesOf(fields, [`HyperTransport: ${template}`])[0] ?? ''
}

const widths = {
  '8': '8bit',
  '16': '16bit',
  '32': '32bit',
  '2': '2bit',
  '4': '4bit',
  'not-connected': 'N/C',
  'code-2': '[2]',
  'code-6': '[6]',
}
const frequency = {
  '0': '200MHz',
  '1': '300MHz',
  '2': '400MHz',
  '3': '500MHz',
  '4': '600MHz',
  '5': '800MHz',
  '6': '1.0GHz',
  '7': '1.2GHz',
  '8': '1.4GHz',
  '9': '1.6GHz',
  '10': '[a]',
  '11': '[b]',
  '12': '[c]',
  '13': '[d]',
  '14': '[e]',
  '15': 'Vend',
}
const spellings: Spellings = { widths, frequency }

/** The lines under the head. */
export function hyperTransportLines(fields: Fields): readonly string[] {
  const late = Number(fields['revisionCode']) >= 0x22
  switch (fields['kind']) {
    case 'slave-or-primary-interface':
      return linesOf(fields, primary(fields, late), spellings)
    case 'host-or-secondary-interface':
      return linesOf(fields, secondary(fields, late), spellings)
    case 'msi-mapping':
      return linesOf(fields, ['Mapping Address Base: {addressBase}'])
    default:
      return []
  }
}

function primary(fields: Fields, late: boolean): readonly Line[] {
  return [
    doubtful(fields),
    [
      'command',
      `Command: BaseUnitID={baseUnitId} UnitCnt={unitCount} MastHost{+masterHost} DefDir{+defaultDirection}${
        late ? ' DUL{+dropOnUninitializedLink}' : ''
      }`,
    ],
    control('linkControl0', 'Link Control 0', late),
    configuration('linkConfiguration0', 'Link Config 0', late),
    control('linkControl1', 'Link Control 1', late),
    configuration('linkConfiguration1', 'Link Config 1', late),
    'Revision ID: {revision}',
    ...(late
      ? [
          ...speed(fields, '0'),
          ['features', `Feature Capability: ${features}`] as const,
          ...speed(fields, '1'),
          errors,
          'Prefetchable memory behind bridge Upper: {prefetchableBaseUpper}-{prefetchableLimitUpper}',
          'Bus Number: {busNumber}',
        ]
      : []),
  ]
}

function secondary(fields: Fields, late: boolean): readonly Line[] {
  const extended = at(fields, 'features.extendedRegisters') === true
  return [
    doubtful(fields),
    [
      'command',
      `Command: WarmRst{+warmReset} DblEnd{+doubleEnded}${
        late
          ? ' DevNum={deviceNumber} ChainSide{+chainSide} HostHide{+hostHide} Slave{+slave} <EOCErr{+hostInboundEndOfChainError} DUL{+dropOnUninitializedLink}'
          : ''
      }`,
    ],
    control('linkControl', 'Link Control', late),
    configuration('linkConfiguration', 'Link Config', late),
    'Revision ID: {revision}',
    ...(late
      ? [
          ...speed(fields, ''),
          [
            'features',
            `Feature Capability: ${features} ExtRS{+extendedRegisters} UCnfE{+upstreamConfiguration}`,
          ] as const,
          ...(extended
            ? [
                errors,
                'Prefetchable memory behind bridge Upper: {prefetchableBaseUpper}-{prefetchableLimitUpper}',
              ]
            : []),
        ]
      : []),
  ]
}

function doubtful(fields: Fields): Line {
  const code = Number(fields['revisionCode'])
  return code < 0x22 && code > 0x11 ? '!!! Possibly incomplete decoding' : null
}

function control(register: string, label: string, late: boolean): Line {
  return [
    register,
    `${label}: CFlE{+crcFlood} CST{+crcStartTest} CFE{+crcForceError} <LkFail{+linkFailure} Init{+initialized} EOC{+endOfChain} TXO{+transmitterOff} <CRCErr={crcErrors}${
      late
        ? ' IsocEn{+isochronous} LSEn{+linkStopTristate} ExtCTL{+extendedControlTime} 64b{+addressing64}'
        : ''
    }`,
  ]
}

function configuration(register: string, label: string, late: boolean): Line {
  return [
    register,
    late
      ? `${label}: MLWI={maximumWidthIn|widths} DwFcIn{+doublewordFlowControlIn} MLWO={maximumWidthOut|widths} DwFcOut{+doublewordFlowControlOut} LWI={widthIn|widths} DwFcInEn{+doublewordFlowControlInEnabled} LWO={widthOut|widths} DwFcOutEn{+doublewordFlowControlOutEnabled}`
      : `${label}: MLWI={maximumWidthIn|widths} MLWO={maximumWidthOut|widths} LWI={widthIn|widths} LWO={widthOut|widths}`,
  ]
}

function speed(fields: Fields, index: string): readonly Line[] {
  const able = new Set(list(at(fields, `linkFrequencies${index}.frequenciesMhz`)))
  const names = [200, 300, 400, 500, 600, 800].map(
    (value) => `${value}MHz${able.has(value) ? '+' : '-'}`,
  )
  const fast = [1000, 1200, 1400, 1600].map(
    (value) => `${(value / 1000).toFixed(1)}GHz${able.has(value) ? '+' : '-'}`,
  )
  const label = index === '' ? '' : ` ${index}`
  return [
    [`linkFrequency${index}`, `Link Frequency${label}: {code|frequency}`],
    [
      `linkFrequency${index}`,
      `Link Error${label}: <Prot{+protocolError} <Ovfl{+overflowError} <EOC{+endOfChainError} CTLTm{+controlTimeout}`,
    ],
    [
      `linkFrequencies${index}`,
      `Link Frequency Capability${label}: ${[...names, ...fast].join(' ')} Vend{+vendor}`,
    ],
  ]
}

const features =
  'IsocFC{+isochronousFlowControl} LDTSTOP{+linkStop} CRCTM{+crcTestMode} ECTLT{+extendedControlTime} 64bA{+addressing64} UIDRD{+unitIdReorderDisable}'

const errors: Line = [
  'errorHandling',
  'Error Handling: PFlE{+protocolFlood} OFlE{+overflowFlood} PFE{+protocolFatal} OFE{+overflowFatal} EOCFE{+endOfChainFatal} RFE{+responseFatal} CRCFE{+crcFatal} SERRFE{+systemErrorFatal} CF{+chainFail} RE{+responseError} PNFE{+protocolNonFatal} ONFE{+overflowNonFatal} EOCNFE{+endOfChainNonFatal} RNFE{+responseNonFatal} CRCNFE{+crcNonFatal} SERRNFE{+systemErrorNonFatal}',
]
