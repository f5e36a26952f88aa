import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noIds, parseIdList } from '../../../server/ids/id-list.ts'
import { pciNames, usbNames } from '../../../server/ids/names.ts'
import { readIdLists, systemIdFolder } from '../../../server/ids/read-id-lists.ts'

const list = `# comment
8086  Intel Corporation
\t1533  I210 Gigabit Network Connection
\t\t15d9 1533  Onboard I210
10DE  NVIDIA Corporation
\t2330  GH100 [H100 SXM5 80GB]

C 02  Network controller
\t00  Ethernet controller
C 0c  Serial bus controller
\t03  USB controller
\t\t30  XHCI
HID 21  HID
\t01  something else
`
const ids = {
  vendorId: '8086',
  deviceId: '1533',
  subsystemVendorId: '15d9',
  subsystemDeviceId: '1533',
  classCode: '020000',
}

test('id list gives vendor, device, subsystem and class of a PCI function', () => {
  expect(pciNames(parseIdList(list), ids)).toEqual({
    vendor: 'Intel Corporation',
    device: 'I210 Gigabit Network Connection',
    subsystemVendor: null,
    subsystem: 'Onboard I210',
    class: 'Ethernet controller',
    programmingInterface: null,
  })
})

test('id list gives the base class where it has no subclass, and the programming interface', () => {
  const names = parseIdList(list)
  expect(pciNames(names, { ...ids, classCode: '02ff00' }).class).toBe('Network controller')
  expect(pciNames(names, { ...ids, classCode: '0c0330' }).programmingInterface).toBe('XHCI')
})

test('ids in upper case are found, and lists of other things do not stray into vendors', () => {
  const names = parseIdList(list)
  expect(names.get('10de')).toBe('NVIDIA Corporation')
  expect([...names.values()]).not.toContain('HID')
  expect([...names.values()]).not.toContain('something else')
})

test('without a list every name is null', () => {
  expect(new Set(Object.values(pciNames(noIds, ids)))).toEqual(new Set([null]))
  const usb = usbNames(noIds, { vendorId: '1d6b', productId: '0002', classCode: '090000' })
  expect(new Set(Object.values(usb))).toEqual(new Set([null]))
})

test('lists are read from the first folder that has them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-ids-'))
  try {
    await writeFile(join(folder, 'usb.ids'), '1d6b  Linux Foundation\n\t0002  2.0 root hub\n')
    const { pci, usb } = await readIdLists([join(folder, 'none'), folder])
    expect(pci).toBe(noIds)
    expect(usbNames(usb, { vendorId: '1d6b', productId: '0002', classCode: '090000' })).toEqual({
      vendor: 'Linux Foundation',
      product: '2.0 root hub',
      class: null,
      protocol: null,
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.runIf(existsSync(join(systemIdFolder, 'pci.ids')))(
  'the lists of the system name devices that racks are made of',
  async () => {
    const { pci } = await readIdLists([systemIdFolder])
    expect(pciNames(pci, ids).device).toBe('I210 Gigabit Network Connection')
    expect(pciNames(pci, { ...ids, classCode: '010802' })).toMatchObject({
      class: 'Non-Volatile memory controller',
      programmingInterface: 'NVM Express',
    })
    expect(pci.size).toBeGreaterThan(20_000)
  },
)

test('any text gives a list', () => {
  const line = fc.tuple(fc.constantFrom('', '\t', '\t\t', 'C ', '#'), fc.string(), fc.string())
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.map(([head, id, name]) => `${head}${id}  ${name}`).join('\n')
      for (const key of parseIdList(text).keys()) expect(key).toMatch(/^(class )?[0-9a-f:]+$/)
    }),
  )
})
