import { expect, test } from 'vitest'
import { Recorder } from '../../../../agent/capture/recorder.ts'
import { usbProbe } from '../../../../agent/discovery/probes/usb.ts'
import { usbFacts } from '../../../../protocol/facts/usb.ts'
import { madeTree } from '../made-tree.ts'

const device = '/sys/bus/usb/devices/1-2.3'

test('device is told with its place, link and state', async () => {
  const descriptors = Uint8Array.fromHex(
    '12010002000000403412785601000102030109022000010100a0320904000002080662000705810200020007050202000200',
  )
  const store = Uint8Array.fromHex('050f19000114100400000102030405060708090a0b0c0d0e0f')
  await using tree = await madeTree({
    [`${device}/descriptors`]: descriptors,
    [`${device}/bos_descriptors`]: store,
    [`${device}/busnum`]: '1\n',
    [`${device}/devnum`]: '7\n',
    [`${device}/speed`]: '480\n',
    [`${device}/rx_lanes`]: '1\n',
    [`${device}/tx_lanes`]: '1\n',
    [`${device}/maxchild`]: '0\n',
    [`${device}/authorized`]: '1\n',
    [`${device}/removable`]: 'fixed\n',
    [`${device}/bConfigurationValue`]: '1\n',
    [`${device}/manufacturer`]: 'Acme\n',
    [`${device}/1-2.3:1.0/bInterfaceNumber`]: '00\n',
  })
  const { facts, findings } = await usbProbe.read(tree.host)
  expect(findings).toEqual([])
  expect(usbFacts.parse(facts).devices).toMatchObject([
    {
      path: '1-2.3',
      parentPath: '1-2',
      port: 3,
      vendorId: '1234',
      productId: '5678',
      speedBitsPerSecond: 480_000_000,
      rxLaneCount: 1,
      hubPortCount: null,
      authorized: true,
      removable: false,
      activeConfiguration: 1,
      manufacturer: 'Acme',
      product: null,
      capabilities: [{ kind: 'container-id', uuid: '03020100-0504-0706-0809-0a0b0c0d0e0f' }],
    },
  ])
})

test('device of which only the uevent is recorded is told by that', async () => {
  const uevent = 'PRODUCT=4ca/4b/110\nTYPE=239/2/1\nBUSNUM=003\nDEVNUM=012\n'
  await using tree = await madeTree({ [`${device}/uevent`]: uevent })
  const { facts, findings } = await usbProbe.read(tree.host)
  expect(findings).toEqual([])
  expect(usbFacts.parse(facts).devices).toMatchObject([
    {
      bus: 3,
      deviceNumber: 12,
      vendorId: '04ca',
      productId: '004b',
      deviceVersion: '1.10',
      usbVersion: null,
      classCode: 'ef0201',
      configurations: [],
    },
  ])
})

test('device that nothing identifies costs itself', async () => {
  await using tree = await madeTree({
    [`${device}/uevent`]: 'BUSNUM=003\nDEVNUM=012\n',
    '/sys/bus/usb/devices/usb1/uevent': 'PRODUCT=1d6b/2/601\nTYPE=9/0/1\nBUSNUM=001\nDEVNUM=001\n',
  })
  const { facts, findings } = await usbProbe.read(tree.host)
  expect(facts.devices.map(({ path, port }) => [path, port])).toEqual([['usb1', null]])
  expect(findings).toMatchObject([{ code: 'usb.failed', subject: '1-2.3' }])
})

test('interface without a driver is in a recording as the folder it is', async () => {
  await using tree = await madeTree({
    [`${device}/uevent`]: 'PRODUCT=4ca/4b/110\nTYPE=239/2/1\nBUSNUM=003\nDEVNUM=012\n',
    [`${device}/1-2.3:1.0/bInterfaceNumber`]: '00\n',
  })
  const recorder = new Recorder(tree.host)
  await usbProbe.read(recorder.host)
  const { folders, notes } = await recorder.recording()
  expect(folders).toContain(`${device}/1-2.3:1.0`)
  expect(notes.unread[device] ?? []).not.toContain('1-2.3:1.0')
})
