import { pmdNames } from '../../../agent/discovery/decode/lldp/dot3.ts'
import { aggregationFields } from './dot1-fields.ts'
import { bitOf, bitsOf, type Fields, flag, hex, text, type Told } from './words.ts'

const pmdWords: readonly string[] = pmdNames.map((name) =>
  name
    .replace('1000base-', '1000base_')
    .replace('100base-', '100base_')
    .replace('10base-', '10base_')
    .replace('-fd', 'fd')
    .replace('pause-both', 'fdx_bpause')
    .replace('pause-symmetric', 'fdx_spause')
    .replace('pause-asymmetric', 'fdx_apause')
    .replace(/^pause$/, 'fdx_pause'),
)

/** What tshark prints of a TLV of IEEE 802.3, behind its subtype. */
export function dot3Fields(name: string, f: Fields): readonly Told[] {
  const prefix = 'lldp.ieee.802_3'
  switch (name) {
    case 'dot3.mac-phy': {
      const bits = f['advertisedBits']
      const capabilities = `${prefix}.pmd_auto_neg_advertised_caps`
      return [
        [`${prefix}.mac_phy_auto_neg_status`, hex(f['statusBits'], 2)],
        [`${prefix}.mac_phy_auto_neg_status.supported`, flag(f['autoNegotiationSupported'])],
        [`${prefix}.mac_phy_auto_neg_status.enabled`, flag(f['autoNegotiationEnabled'])],
        [capabilities, hex(bits, 4)],
        ...pmdWords.flatMap((word, bit): Told[] => [
          [`${capabilities}.${word}`, bitOf(bits, bit)],
          [`${capabilities}_inv.${word}`, bitOf(bits, 15 - bit)],
        ]),
        [`${prefix}.pmd_mau_type`, hex(f['mauType'], 4)],
      ]
    }
    case 'dot3.power-via-mdi':
      return power(prefix, f)
    case 'dot3.link-aggregation':
      return aggregationFields(prefix, f)
    case 'dot3.maximum-frame-size':
      return [[`${prefix}.max_frame_size`, text(f['sizeBytes'])]]
    case 'dot3.energy-efficient-ethernet':
      return [
        [`${prefix}.eee.transmit`, text(f['transmitWakeMicroseconds'])],
        [`${prefix}.eee.receive`, text(f['receiveWakeMicroseconds'])],
        [`${prefix}.eee.fallback_receive`, text(f['fallbackReceiveWakeMicroseconds'])],
        [`${prefix}.eee.echo_transmit`, text(f['echoTransmitWakeMicroseconds'])],
        [`${prefix}.eee.echo_receive`, text(f['echoReceiveWakeMicroseconds'])],
      ]
    case 'dot3.additional-ethernet-capabilities': {
      const bits = f['bits']
      const prefix = 'lldp.ieee.802_3br'
      return [
        [`${prefix}.eac`, hex(bits, 4)],
        [`${prefix}.aec.support`, flag(f['preemptionSupported'])],
        [`${prefix}.aec.enable`, flag(f['preemptionEnabled'])],
        [`${prefix}.aec.active`, flag(f['preemptionActive'])],
        [`${prefix}.aec.addfragsize`, text(fragments(f['leastFragmentBytes']))],
        [`${prefix}.aec.reserved`, hex(bitsOf(bits, 5, 11), 4)],
      ]
    }
    default:
      return []
  }
}

function power(prefix: string, f: Fields): readonly Told[] {
  const supported = `${prefix}.mdi_power_support`
  return [
    [supported, hex(f['supportBits'], 2)],
    [`${supported}.port_class`, bitOf(f['supportBits'], 0)],
    [`${supported}.supported`, flag(f['supported'])],
    [`${supported}.enabled`, flag(f['enabled'])],
    [`${supported}.pse_pairs`, flag(f['pairsControllable'])],
    [`${prefix}.mdi_pse_pair`, text(f['powerPair'])],
    [`${prefix}.mdi_power_class`, text(f['powerClass'])],
    [`${prefix}.mdi_power_type`, text(f['powerType'])],
    [`${prefix}.mdi_power_source`, text(f['powerSource'])],
    [`${prefix}.mdi_power_priority`, text(f['powerPriority'])],
    [`${prefix}.mdi_pde_requested`, tenths(f['pdRequestedWatts'])],
    [`${prefix}.mdi_pse_allocated`, tenths(f['pseAllocatedWatts'])],
    [`${prefix}.bt_ds_pd_requested_power_value_mode_a`, tenths(f['pdRequestedModeAWatts'])],
    [`${prefix}.bt_ds_pd_requested_power_value_mode_b`, tenths(f['pdRequestedModeBWatts'])],
    [`${prefix}.bt_ds_pse_allocated_power_value_alt_a`, tenths(f['pseAllocatedAlternativeAWatts'])],
    [`${prefix}.bt_ds_pse_allocated_power_value_alt_b`, tenths(f['pseAllocatedAlternativeBWatts'])],
    [`${prefix}.bt_power_status`, hex(f['statusBits'], 4)],
    [`${prefix}.bt_pse_powering_status`, text(f['psePoweringStatus'])],
    [`${prefix}.bt_pd_powered_status`, text(f['pdPoweredStatus'])],
    [`${prefix}.bt_pse_power_pairs_ext`, text(f['psePowerPairs'])],
    [`${prefix}.bt_ds_pwr_class_ext_a`, text(f['powerClassModeA'])],
    [`${prefix}.bt_ds_pwr_class_ext_b`, text(f['powerClassModeB'])],
    [`${prefix}.bt_pwr_class_ext_`, text(f['powerClassExtended'])],
    [`${prefix}.bt_system_setup`, hex(f['systemSetupBits'], 2)],
    [`${prefix}.bt_power_type_ext`, text(f['powerTypeExtended'])],
    [`${prefix}.bt_pse_maximum_available_power_value`, tenths(f['pseMaximumAvailableWatts'])],
    [`${prefix}.bt_autoclass`, hex(f['autoclassBits'], 2)],
    [`${prefix}.bt_pse_autoclass_support`, flag(f['pseAutoclassSupported'])],
    [`${prefix}.bt_autoclass_completed`, flag(f['autoclassCompleted'])],
    [`${prefix}.bt_autoclass_request`, flag(f['autoclassRequested'])],
    [`${prefix}.bt_autoclass_reserved`, hex(bitsOf(f['autoclassBits'], 3, 5), 2)],
    [`${prefix}.bt_power_down`, hex(f['powerDownBits'], 6)],
    [`${prefix}.bt_power_down_request`, text(f['powerDownRequest'])],
    [`${prefix}.bt_power_down_time`, text(f['powerDownSeconds'])],
  ]
}

function fragments(leastFragmentBytes: unknown): number | null {
  return typeof leastFragmentBytes === 'number' ? leastFragmentBytes / 64 - 1 : null
}

/** Watts as the wire has them. */
export function tenths(watts: unknown): string | null {
  return typeof watts === 'number' ? String(Math.round(watts * 10)) : null
}
