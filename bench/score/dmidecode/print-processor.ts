import {
  amount,
  type Fields,
  flat,
  list,
  memorySize,
  objects,
  plain,
  type PrintedFields,
  str,
  word,
} from './spelling.ts'

/** Types 4 and 7. */
export function printProcessor(type: number, f: Fields): PrintedFields | null {
  if (type === 4) return printSocket(f)
  return type === 7 ? printCache(f) : null
}

function printSocket(f: Fields): PrintedFields {
  const megahertz = (value: unknown) => amount(value, (hertz) => `${hertz / 1e6} MHz`)
  const cache = (value: unknown) => (value === null ? 'Not Provided' : str(value))
  const optional = (value: unknown) => (typeof value === 'number' ? String(value) : undefined)
  return {
    'Socket Designation': str(f['socketDesignation']),
    Type: word(f['type']),
    Family: word(f['family']),
    Manufacturer: str(f['manufacturer']),
    ID: pairs(f['id']),
    Signature: signature(f['signature']),
    Flags: list(f['flags']),
    Version: str(f['version']),
    Voltage: volts(f['voltages']),
    'External Clock': megahertz(f['externalClockHz']),
    'Max Speed': megahertz(f['maxFrequencyHz']),
    'Current Speed': megahertz(f['currentFrequencyHz']),
    Status: f['populated'] === true ? `Populated, ${status(f['status'])}` : 'Unpopulated',
    Upgrade: word(f['upgrade']),
    'L1 Cache Handle': cache(f['l1CacheHandle']),
    'L2 Cache Handle': cache(f['l2CacheHandle']),
    'L3 Cache Handle': cache(f['l3CacheHandle']),
    'Serial Number': str(f['serial']),
    'Asset Tag': str(f['assetTag']),
    'Part Number': str(f['partNumber']),
    'Core Count': optional(f['coreCount']),
    'Core Enabled': optional(f['enabledCoreCount']),
    'Thread Count': optional(f['threadCount']),
    'Thread Enabled': optional(f['enabledThreadCount']),
    Characteristics: list(f['characteristics']),
  }
}

export function volts(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return 'Unknown'
  return value.map((one) => `${Number(one).toFixed(1)} V`).join(' ')
}

function status(value: unknown): string | undefined {
  return word(value)
    ?.replace('Disabled by user', 'Disabled By User')
    .replace('Disabled by firmware', 'Disabled By BIOS')
}

function pairs(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toUpperCase().match(/../g)?.join(' ') : undefined
}

const signatureNames: readonly (readonly [string, string])[] = [
  ['type', 'Type'],
  ['family', 'Family'],
  ['model', 'Model'],
  ['majorStepping', 'Major Stepping'],
  ['minorStepping', 'Minor Stepping'],
  ['stepping', 'Stepping'],
]

function signature(value: unknown): string | undefined {
  const [found] = objects([value])
  if (found === undefined) return undefined
  const hex = (name: string, digits = 1) => {
    const number = found[name]
    return `0x${typeof number === 'number' ? number.toString(16).padStart(digits, '0') : ''}`
  }
  if ('implementer' in found) {
    return (
      `Implementor ${hex('implementer', 2)}, Variant ${hex('variant')}, ` +
      `Architecture ${String(found['architecture'])}, Part ${hex('part', 3)}, ` +
      `Revision ${String(found['revision'])}`
    )
  }
  if ('socId' in found) {
    return (
      `JEP-106 Bank ${hex('jep106Bank', 2)} Manufacturer ${hex('jep106Manufacturer', 2)}, ` +
      `SoC ID ${hex('socId', 4)}, SoC Revision ${hex('socRevision', 8)}`
    )
  }
  return signatureNames
    .flatMap(([name, label]) => (name in found ? [`${label} ${String(found[name])}`] : []))
    .join(', ')
}

function printCache(f: Fields): PrintedFields {
  const enabled = f['enabled'] === true ? 'Enabled' : 'Disabled'
  const socketed = f['socketed'] === true ? 'Socketed' : 'Not Socketed'
  return {
    'Socket Designation': str(f['designation']),
    Configuration: `${enabled}, ${socketed}, Level ${plain(f['level'])}`,
    'Operational Mode': word(f['operationalMode']),
    Location: word(f['location']),
    'Installed Size': amount(f['installedSizeBytes'], cacheSize),
    'Maximum Size': amount(f['maximumSizeBytes'], cacheSize),
    'Supported SRAM Types': list(f['supportedSramTypes']),
    'Installed SRAM Type': flat(f['currentSramTypes']),
    Speed: amount(f['speedNanoseconds'], (speed) => `${speed} ns`),
    'Error Correction Type': word(f['errorCorrection']),
    'System Type': word(f['type']),
    Associativity: word(f['associativity']),
  }
}

function cacheSize(bytes: number): string {
  return bytes === 0 ? '0 kB' : memorySize(bytes)
}
