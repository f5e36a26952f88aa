import { bmcFacts } from '../../../protocol/facts/bmc.ts'
import { parseFacts } from '../../../protocol/facts/inventory.ts'
import { sensorsFacts } from '../../../protocol/facts/sensors.ts'
import { efiBoot } from '../../../protocol/facts/storage-boot.ts'
import { blankFacts, blankItem } from '../../protocol/facts/blank.ts'

const controller = blankItem(bmcFacts.shape.controllers)

/** A BMC with one LAN channel. */
export const bmcFactsOf = parseFacts('bmc', {
  ...blankFacts('bmc'),
  controllers: [
    {
      ...controller,
      device: '/dev/ipmi0',
      id: {
        ...Object(controller['id']),
        firmwareVersion: '2.81',
        ipmiVersion: '2.0',
        manufacturer: 'Nordhaven',
      },
      channels: [
        {
          number: 1,
          lan: {
            address: '10.20.0.7',
            source: 'dhcp',
            netmask: '255.255.0.0',
            gateway: '10.20.0.1',
            mac: '52:54:00:99:00:07',
            gatewayMac: null,
            vlan: null,
            ipv6: [],
          },
        },
      ],
    },
  ],
})

export const sensorsFactsOf = parseFacts('sensors', {
  ...blankFacts('sensors'),
  chips: [
    {
      ...blankItem(sensorsFacts.shape.chips),
      name: 'hwmon0',
      chip: 'k10temp',
      sensors: [
        {
          ...blankItem(sensorsFacts.shape.chips.element.shape.sensors),
          name: 'temp1',
          label: 'Tctl',
          values: { input: 41.5, crit: 95 },
        },
      ],
    },
  ],
})

/** Boots from the network, then from its disk. */
export const efiBootOf = efiBoot.parse({
  current: '0002',
  next: null,
  order: ['0002', '0001'],
  timeoutSeconds: 1,
  entries: [
    loadOption('0001', 'debian', 'HD(1,GPT)/File(\\EFI\\debian\\shimx64.efi)'),
    loadOption('0002', 'PXE port 1', 'PciRoot(0x40)/Pci(0x1,0x1)/MAC(525400000001,0x1)'),
  ],
})

function loadOption(number: string, description: string, path: string) {
  return {
    number,
    active: true,
    hidden: false,
    application: false,
    description,
    path,
    partitionId: null,
    optionalDataBytes: 0,
  }
}
