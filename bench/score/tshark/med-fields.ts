import { tenths } from './dot3-fields.ts'
import { bitOf, type Fields, flag, hex, objects, text, type Told } from './words.ts'

const medCapabilities = [
  'llpd',
  'network_policy',
  'location_id',
  'mdi_pse',
  'mid_pd',
  'inventory',
] as const
const medTexts: Readonly<Record<string, string>> = {
  'med.hardware-revision': 'hardware',
  'med.firmware-revision': 'firmware',
  'med.software-revision': 'software',
  'med.serial': 'sn',
  'med.manufacturer': 'manufacturer',
  'med.model': 'model',
  'med.asset-id': 'asset',
}

/** What tshark prints of a TLV of LLDP-MED, behind its subtype. */
export function medFields(name: string, f: Fields): readonly Told[] {
  const prefix = 'lldp.media'
  const inventory = medTexts[name]
  if (inventory !== undefined) return [[`${prefix}.${inventory}`, text(f['text'])]]
  switch (name) {
    case 'med.capabilities':
      return [
        [`${prefix}.subtype.caps`, hex(f['capabilityBits'], 4)],
        ...medCapabilities.map((word, bit): Told => [
          `${prefix}.subtype.caps.${word}`,
          bitOf(f['capabilityBits'], bit),
        ]),
        [`${prefix}.subtype.class`, text(f['deviceClass'])],
      ]
    case 'med.network-policy':
      return [
        [`${prefix}.app_type`, text(f['application'])],
        [`${prefix}.policy_flag`, flag(f['unknownPolicy'])],
        [`${prefix}.tag_flag`, flag(f['tagged'])],
        [`${prefix}.vlan_id`, text(f['vlan'])],
        [`${prefix}.l2_prio`, text(f['layer2Priority'])],
        [`${prefix}.dscp`, text(f['dscp'])],
      ]
    case 'med.location':
      return [
        [`${prefix}.loc.data_format`, text(f['format'])],
        ...coordinates(`${prefix}.loc`, f),
        [`${prefix}.civic.length`, text(f['length'])],
        [`${prefix}.civic.what`, text(f['what'])],
        [`${prefix}.civic.country`, text(f['country'])],
        ...objects(f['elements']).flatMap((one): Told[] => [
          [`${prefix}.civic.type`, text(one['type'])],
          [`${prefix}.civic.length`, text(one['length'])],
          [`${prefix}.civic.value`, text(one['text'])],
        ]),
        [`${prefix}.ecs`, text(f['emergencyNumber'])],
      ]
    case 'med.extended-power':
      return [
        [`${prefix}.power.type`, text(f['powerType'])],
        [`${prefix}.power.source`, text(f['powerSource'])],
        [`${prefix}.power.prio`, text(f['powerPriority'])],
        [`${prefix}.power.value`, tenths(f['powerWatts'])],
      ]
    default:
      return []
  }
}

/** Of degrees it prints the word of five bytes that has their resolution in its first six bits. */
function coordinates(prefix: string, f: Fields): readonly Told[] {
  const degrees = (name: string) => {
    const [bits, value] = [f[`${name}ResolutionBits`], f[`${name}Degrees`]]
    if (typeof bits !== 'number' || typeof value !== 'number') return null
    return String(bits * 2 ** 34 + ((value * 2 ** 25 + 2 ** 34) % 2 ** 34))
  }
  const { altitude } = f
  return [
    [`${prefix}.lat_resolution`, text(f['latitudeResolutionBits'])],
    [`${prefix}.latitude`, degrees('latitude')],
    [`${prefix}.long_resolution`, text(f['longitudeResolutionBits'])],
    [`${prefix}.longitude`, degrees('longitude')],
    [`${prefix}.alt_type`, text(f['altitudeType'])],
    [`${prefix}.alt_resolution`, text(f['altitudeResolutionBits'])],
    [
      `${prefix}.altitude`,
      typeof altitude === 'number' ? String((altitude * 256 + 2 ** 30) % 2 ** 30) : null,
    ],
    [`${prefix}.datum`, text(f['datum'])],
  ]
}
