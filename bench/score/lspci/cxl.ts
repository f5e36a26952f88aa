import { at, type Fields, isRecord, type Line, linesOf, list, sign, text } from './template.ts'

const headings: Readonly<Record<string, string>> = {
  device: 'PCIe DVSEC for CXL Devices',
  'non-cxl-function-map': 'Non-CXL Function Map DVSEC',
  'extensions-for-ports': 'CXL Extensions DVSEC for Ports',
  'gpf-for-ports': 'GPF DVSEC for CXL Ports',
  'gpf-for-devices': 'GPF DVSEC for CXL Devices',
  'flex-bus-port': 'PCIe DVSEC for Flex Bus Port',
  'register-locator': 'Register Locator DVSEC',
  'multi-logical-device': 'MLD DVSEC',
  test: 'PCIe DVSEC for Test Capability <?>',
}

/** The lines of a capability of the CXL consortium; `capability`: the head around it. */
export function cxlLines(cxl: Fields, capability: Fields): readonly string[] {
  const kind = text(cxl['kind'])
  const heading = headings[kind] ?? `Unknown ID ${text(capability['vendorCapabilityId'])}`
  const revision = Number(capability['revision'])
  const length = Number(capability['lengthBytes'])
  return [heading, ...bodyLines(kind, cxl, revision, length)]
}

function bodyLines(kind: string, cxl: Fields, revision: number, length: number): readonly string[] {
  switch (kind) {
    case 'device':
      return deviceLines(cxl, revision, length)
    case 'non-cxl-function-map':
      // lspci shows the lower half of each register.
      return Array.from({ length: 8 }, (_, index) => index).flatMap((index) => {
        const map = cxl[`functionMap${index}`]
        return typeof map === 'string' ? [`FuncMap ${index}: 0000${map.slice(4)}`] : []
      })
    case 'extensions-for-ports':
      return portLines(cxl)
    case 'gpf-for-ports':
      return [
        ...duration(cxl, 'phase1Timeout', 'GPF Phase 1 Timeout'),
        ...duration(cxl, 'phase2Timeout', 'GPF Phase 2 Timeout'),
      ]
    case 'gpf-for-devices':
      return [
        ...duration(cxl, 'phase2Duration', 'GPF Phase 2 Duration'),
        ...linesOf(cxl, ['GPF Phase 2 Power: {phase2PowerMilliwatts}mW']),
      ]
    case 'flex-bus-port':
      return flexBusLines(cxl, revision, length)
    case 'register-locator':
      return locatorLines(cxl)
    case 'multi-logical-device': {
      const count = Number(cxl['logicalDeviceCount'])
      return count >= 1 && count <= 16 ? [`NumLogDevs: ${count}`] : []
    }
    default:
      return []
  }
}

function deviceLines(cxl: Fields, revision: number, length: number): readonly string[] {
  if (revision === 0) return []
  const late =
    revision >= 2 ? ' DesiredVolatileHDMStateAfterHotReset{+volatileStateAfterHotReset}' : ''
  return [
    ...linesOf(cxl, [
      [
        'capability',
        'CXLCap:\tCache{+cache} IO{+io} Mem{+memory} MemHWInit{+memoryHardwareInitialized} HDMCount {rangeCount} Viral{+viral}',
      ],
      [
        'control',
        'CXLCtl:\tCache{+cache} IO{+io} Mem{+memory} CacheSFCov {snoopFilterCoverage} CacheSFGran {snoopFilterGranularity} CacheClean{+cacheClean} Viral{+viral}',
      ],
      ['status', 'CXLSta:\tViral{+viral}'],
      [
        'control2',
        `CXLCtl2:\tDisableCaching{+cachingDisabled} InitCacheWB&Inval{+initiateCacheWriteBack} InitRst{+initiateReset} RstMemClrEn{+resetMemoryClear}${late}`,
      ],
      [
        'status2',
        'CXLSta2:\tResetComplete{+resetComplete} ResetError{+resetError} PMComplete{+powerManagementComplete}',
      ],
      ['capability2', `CXLCap2:\t${cacheText(cxl)}`],
    ]),
    ...[1, 2].flatMap((index) => rangeLines(cxl, index)),
    ...linesOf(cxl, [
      [
        'capability3',
        'CXLCap3:\tDefaultVolatile HDM State After:\tColdReset{+coldResetVolatile} WarmReset{+warmResetVolatile} HotReset{+hotResetVolatile} HotResetConfigurability{+hotResetConfigurable}',
      ],
    ]),
    ...(length > 0x3c ? ['<?>'] : []),
  ]
}

function cacheText(cxl: Fields): string {
  const unit = Number(at(cxl, 'capability2.cacheUnitCode'))
  const size = Number(at(cxl, 'capability2.cacheSizeUnits'))
  if (unit === 0) return 'Cache Size Not Reported'
  const bytes = [0, 64 * 1024, 1024 * 1024][unit]
  if (bytes === undefined) return `Cache Size: ${size} of unknown unit size (${unit})`
  return `Cache Size: ${(size * bytes).toString(16).padStart(8, '0')}`
}

const media = ['Volatile', 'Non-volatile', 'CDAT'] as const
const classes = ['DRAM', 'Storage', 'CDAT'] as const
const interleaves = [0, 256, 4096, 512, 1024, 2048, 8192, 16_384] as const

function rangeLines(cxl: Fields, index: number): readonly string[] {
  const range = cxl[`range${index}`]
  if (!isRecord(range)) return []
  const whole = (high: unknown, low: unknown) =>
    (BigInt(`0x${text(high)}`) << 32n) + BigInt(`0x${text(low)}`)
  const size = whole(cxl[`range${index}SizeHigh`], range['sizeLow'])
  const base = whole(cxl[`range${index}BaseHigh`], cxl[`range${index}BaseLow`])
  const last = BigInt.asUintN(64, base + size - 1n)
  const address = (value: bigint) => value.toString(16).padStart(16, '0')
  return [
    `Range${index}: ${address(base)}-${address(last)} [size=0x${size.toString(16)}]`,
    `Valid${sign(range['valid'])} Active${sign(range['active'])} Type=${media[Number(range['mediaCode'])] ?? ''} Class=${classes[Number(range['classCode'])] ?? ''} interleave=${interleaves[Number(range['interleaveCode'])] ?? ''} timeout=${4 ** Number(range['timeoutCode'])}s`,
  ]
}

function portLines(cxl: Fields): readonly string[] {
  return linesOf(cxl, [
    ['status', 'CXLPortSta:\tPMComplete{+powerManagementComplete}'],
    [
      'control',
      'CXLPortCtl:\tUnmaskSBR{+unmaskSecondaryReset} UnmaskLinkDisable{+unmaskLinkDisable} AltMem{+alternateMemory} AltBME{+alternateBusMaster} ViralEnable{+viral}',
    ],
    'AlternateBus:\t{alternateBusBase}-{alternateBusLimit}',
    'AlternateBus:\t{alternateMemoryBase}-{alternateMemoryLimit}',
  ])
}

function duration(cxl: Fields, name: string, label: string): readonly string[] {
  const value = Number(at(cxl, `${name}.value`))
  const scale = Number(at(cxl, `${name}.scaleCode`))
  const unit = ['us', 'us', 'us', 'ms', 'ms', 'ms', 's', 's'][scale]
  const factor = [1, 10, 100, 1, 10, 100, 1, 10][scale] ?? 1
  if (at(cxl, name) === undefined) return []
  return [
    ...(unit === undefined ? [`Reserved time scale encoding ${scale.toString(16)}`] : []),
    `${label}: ${value * factor}${unit ?? '<?>'}`,
  ]
}

function flexBusLines(cxl: Fields, revision: number, length: number): readonly string[] {
  const late = revision > 1 ? ' 256BFlit{+flit256} PBRFlit{+portRoutingFlit}' : ''
  const expected = [0x10, 0x14, 0x20][revision]
  const modes =
    'Cache{+cache} IO{+io} Mem{+memory} SynHdrByp{+syncHeaderBypass} DrftBuf{+driftBuffer} 68BFlit{+flit68} MltLogDev{+multiLogicalDevice}'
  const lines: readonly Line[] = [
    expected !== undefined && length !== expected && `<Wrong length for Revision ${revision}>`,
    [
      'capability',
      `FBCap:\tCache{+cache} IO{+io} Mem{+memory} 68BFlit{+flit68} MltLogDev{+multiLogicalDevice}${late}`,
    ],
    [
      'control',
      `FBCtl:\t${modes} RCD{+restrictedDeviceDisabled} Retimer1{+retimer1} Retimer2{+retimer2}${late}`,
    ],
    ['status', `FBSta:\t${modes}${late}`],
    ['modifiedTraining', 'FBModTS:\tReceived FB Data: {received}'],
    ['capability2', 'FBCap2:\tNOPHint{+nopHint}'],
    ['control2', 'FBCtl2:\tNOPHint{+nopHint}'],
    ['status2', 'FBSta2:\tNOPHintInfo: {nopHintCode:1x}'],
    length > 0x20 && '<?>',
  ]
  return linesOf(cxl, lines)
}

function locatorLines(cxl: Fields): readonly string[] {
  const names = [
    'empty',
    'component registers',
    'BAR virtualization',
    'CXL device registers',
    'CPMU registers',
  ]
  return list(cxl['blocks']).flatMap((block, index) => {
    const id = Number(at(block, 'blockId'))
    if (id === 0) return []
    const name = names[id] ?? (id === 0xff ? 'vendor-specific' : '<?>')
    return [
      `Block${index + 1}: BIR: bar${text(at(block, 'baseAddressIndex'))}, ID: ${name}, offset: ${text(at(block, 'offset'))}`,
    ]
  })
}
