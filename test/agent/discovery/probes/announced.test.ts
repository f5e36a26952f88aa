import { expect, test } from 'vitest'
import { bmcProbe } from '../../../../agent/discovery/probes/bmc.ts'
import { firmwareProbe } from '../../../../agent/discovery/probes/firmware.ts'
import { tpmProbe } from '../../../../agent/discovery/probes/tpm.ts'
import { bmcFacts } from '../../../../protocol/facts/bmc.ts'
import { firmwareFacts } from '../../../../protocol/facts/firmware.ts'
import { tpmFacts } from '../../../../protocol/facts/tpm.ts'
import { madeSmbios } from '../made-smbios.ts'
import { madeTree } from '../made-tree.ts'

const zeros = (count: number) => Array<number>(count).fill(0)
const ascii = (text: string) => [...new TextEncoder().encode(text)]

/** DSP0270 §8.4: UUID, the host's address, the service's, its port, VLAN and name. */
const mask = [255, 255, 255, 0, ...zeros(12)]
const host = [1, 1, 169, 254, 3, 2, ...zeros(12), ...mask]
const service = [1, 1, 169, 254, 3, 1, ...zeros(12), ...mask]
const uuid = Uint8Array.fromHex('00112233445566778899aabbccddeeff')
const redfish = [...uuid, ...host, ...service, 0xbb, 0x01, 0, 0, 0, 0, 4, ...ascii('bmc0')]

/** DSP0270 §8.3: a USB network interface, version 2. */
const usbDevice = [4, 15, 0x6b, 0x1d, 0x04, 0x01, 0, 0x3c, 0xec, 0xef, 1, 2, 3, 0, 0]

test('SMBIOS tells the ways to the BMC where no driver does', async () => {
  await using tree = await madeTree(
    madeSmbios([
      { type: 38, bytes: [1, 0x20, 0x20, 0xff, 0xa3, 0x0c, ...zeros(6), 0, 0] },
      {
        type: 42,
        bytes: [0x40, usbDevice.length, ...usbDevice, 1, 4, redfish.length, ...redfish],
      },
    ]),
  )
  const { facts, findings } = await bmcProbe.read(tree.host)
  expect(findings).toEqual([])
  expect(bmcFacts.parse(facts)).toMatchObject({
    announcedInterfaces: [
      {
        type: 'KCS (Keyboard Control Style)',
        specificationVersion: '2.0',
        slaveAddress: '0x10',
        baseAddress: '0x0000000000000ca2',
      },
    ],
    controllers: [],
    redfish: [
      {
        interfaceType: 'USB v2',
        vendorId: '1d6b',
        productId: '0104',
        mac: '3c:ec:ef:01:02:03',
        hostAssignment: 'Static',
        hostAddress: '169.254.3.2',
        hostMask: '255.255.255.0',
        serviceAddress: '169.254.3.1',
        servicePort: 443,
        hostname: 'bmc0',
      },
    ],
  })
})

test('SMBIOS tells of a TPM without a driver, and of firmware it lists', async () => {
  await using tree = await madeTree({
    ...madeSmbios([
      {
        type: 43,
        bytes: [...ascii('IFX\0'), 2, 0, 0x55, 0, 7, 0, 0, 0xcb, 0x11, 0, 1, ...zeros(12)],
        strings: ['INFINEON'],
      },
      {
        type: 45,
        bytes: [1, 2, 0, 3, 0, 4, 5, 0, ...Array<number>(8).fill(0xff), 0, 0, 4, 0],
        strings: ['BMC Firmware', '1.2.3', 'ab12', '2024-05-17', 'Acme'],
      },
    ]),
    '/sys/firmware/efi/esrt/entries/entry0/fw_class': '230C8B18-8D9B-53EC-838B-6CFC0383493A\n',
    '/sys/firmware/efi/esrt/entries/entry0/fw_type': '1\n',
    '/sys/firmware/efi/esrt/entries/entry0/fw_version': '65582\n',
    '/sys/firmware/efi/esrt/entries/entry1/fw_type': '2\n',
  })
  expect(tpmFacts.parse((await tpmProbe.read(tree.host)).facts)).toEqual({
    tpms: [],
    announced: [
      {
        vendor: 'IFX',
        specificationVersion: '2.0',
        firmwareVersion: '7.85',
        description: 'INFINEON',
      },
    ],
  })
  const { facts, findings } = await firmwareProbe.read(tree.host)
  expect(firmwareFacts.parse(facts)).toMatchObject({
    inventory: [
      {
        component: 'BMC Firmware',
        version: '1.2.3',
        firmwareId: 'ab12',
        releaseDate: '2024-05-17',
        manufacturer: 'Acme',
        lowestSupportedVersion: null,
        imageSizeBytes: null,
        state: 'Enabled',
      },
    ],
    resources: [
      {
        name: 'entry0',
        class: '230c8b18-8d9b-53ec-838b-6cfc0383493a',
        type: 'system',
        version: 65_582,
        lowestSupportedVersion: null,
      },
    ],
  })
  expect(findings).toMatchObject([{ code: 'firmware.malformed', subject: 'entry1' }])
})
