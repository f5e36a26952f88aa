import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayAsk } from '../../../agent/device-access/may-ask.ts'
import type { DeviceQuestion } from '../../../agent/device-question.ts'

const nvme = (
  opcode: number,
  commandDword10: number,
  lengthBytes: number,
  device = '/dev/nvme0',
): DeviceQuestion => ({
  kind: 'nvme-admin',
  device,
  opcode,
  namespaceId: 1,
  commandDword10,
  commandDword11: 0,
  commandDword14: 0,
  lengthBytes,
})
const scsi = (command: string, lengthBytes = 512, device = '/dev/sda'): DeviceQuestion => ({
  kind: 'scsi',
  device,
  command,
  lengthBytes,
})
const ipmi = (netFunction: number, command: number, data = ''): DeviceQuestion => ({
  kind: 'ipmi',
  device: '/dev/ipmi0',
  netFunction,
  command,
  data,
})
const ethtool = (request: string, lengthBytes = 512, device = 'eth0'): DeviceQuestion => ({
  kind: 'ethtool',
  device,
  request,
  lengthBytes,
})

const page = (offset: number, lengthBytes: number, i2cAddress = 0x50, device = 'eth0') =>
  ({
    kind: 'module-page',
    device,
    i2cAddress,
    bank: 0,
    page: 0x11,
    offset,
    lengthBytes,
  }) satisfies DeviceQuestion

const tpm = (command: string, lengthBytes = 4096, device = '/dev/tpmrm0'): DeviceQuestion => ({
  kind: 'tpm',
  device,
  command,
  lengthBytes,
})

/** A TPM 2.0 command without a session and without parameters, which are not looked at. */
const bare = (code: number, tag = '8001') => `${tag}0000000a${code.toString(16).padStart(8, '0')}`

/** ATA PASS-THROUGH(16) of a command, as hex. */
function ata(mode: number, flags: number, features: number, command: number): DeviceQuestion {
  const bytes = [0x85, mode, flags, 0, features, 0, 1, 0, 0, 0, 0x4f, 0, 0xc2, 0, command, 0]
  return scsi(new Uint8Array(bytes).toHex())
}
const pioIn = 0x08
const nonData = 0x06
const fromDevice = 0x0e

describe('what only reads may be asked', () => {
  test.each<[string, DeviceQuestion]>([
    ['NVMe Identify', nvme(0x06, 1, 4096)],
    ['NVMe SMART log', nvme(0x02, 0x007f0002, 512)],
    ['NVMe temperature threshold', nvme(0x0a, 0x04, 0)],
    ['TEST UNIT READY', scsi('000000000000', 0)],
    ['INQUIRY of page 83h', scsi('12018300ff00', 255)],
    ['MODE SENSE(6)', scsi('1a003f00ff00', 255)],
    ['READ CAPACITY(10)', scsi('25000000000000000000', 8)],
    ['READ CAPACITY(16)', scsi('9e100000000000000000000000200000', 32)],
    ['LOG SENSE', scsi('4d004d00000000010000', 256)],
    ['ATA IDENTIFY DEVICE', ata(pioIn, fromDevice, 0, 0xec)],
    ['ATA SMART READ DATA', ata(pioIn, fromDevice, 0xd0, 0xb0)],
    ['ATA SMART RETURN STATUS', ata(nonData, 0x20, 0xda, 0xb0)],
    ['ATA READ LOG EXT', ata(pioIn | 1, fromDevice, 0, 0x2f)],
    ['ATA CHECK POWER MODE', ata(nonData, 0x20, 0, 0xe5)],
    ['IPMI Get Device ID', ipmi(0x06, 0x01)],
    ['IPMI Get LAN Configuration', ipmi(0x0c, 0x02, '01030000')],
    ['DCMI Get Asset Tag', ipmi(0x2c, 0x06, 'dc0010')],
    ['TPM2_GetCapability', tpm('8001000000160000017a000000060000010500000001')],
    ['TPM2_NV_ReadPublic', tpm('80010000000e0000016901c00002')],
    ['ethtool GDRVINFO', ethtool('03000000', 196)],
    ['ethtool GLINKSETTINGS', ethtool('4c000000', 512, 'enp65s0f0np0')],
    ['a page of a module', page(128, 128)],
    ['the second address of an SFP', page(0, 128, 0x51)],
  ])('%s', (_, question) => {
    expect(mayAsk(question)).toBe(true)
  })
})

describe('what could change a device or overrun memory may not be asked', () => {
  test.each<[string, DeviceQuestion]>([
    ['NVMe Format', nvme(0x80, 0, 4096)],
    ['NVMe Sanitize', nvme(0x84, 2, 0)],
    ['NVMe Set Features', nvme(0x09, 0x04, 0)],
    ['NVMe Identify into a short buffer', nvme(0x06, 1, 512)],
    ['an NVMe log longer than its buffer', nvme(0x02, 0x00ff0002, 512)],
    ['the NVMe changed namespace list, which reading clears', nvme(0x02, 0x03ff0004, 4096)],
    ['an NVMe telemetry log that orders a snapshot', nvme(0x02, 0x007f0107, 512)],
    ['an NVMe log with an action', nvme(0x02, 0x007f0102, 512)],
    ['an NVMe feature that moves data', nvme(0x0a, 0x0c, 0)],
    ['NVMe through a namespace', nvme(0x06, 1, 4096, '/dev/nvme0n1')],
    ['a device in another folder', nvme(0x06, 1, 4096, '/dev/../tmp/nvme0')],
    ['FORMAT UNIT', scsi('040000000000')],
    ['WRITE(10)', scsi('2a000000000000000100')],
    ['MODE SELECT(6)', scsi('150000000000')],
    ['START STOP UNIT', scsi('1b0000000000')],
    ['SECURITY PROTOCOL IN', scsi('a20000000000000002000000')],
    ['LOG SENSE that saves', scsi('4d014d00000000010000')],
    ['SANITIZE behind an allowed length', scsi('48020000000000000000')],
    ['SERVICE ACTION IN of another action', scsi('9e120000000000000000000000200000')],
    ['INQUIRY with a byte too many', scsi('12000000240000')],
    ['upper case', scsi('12000000FF00')],
    ['a command to a partition', scsi('120000002400', 36, '/dev/sda1')],
    ['ATA PASS-THROUGH(12), which is BLANK to an optical drive', scsi('a1080e0000000000ec000000')],
    ['ATA SECURITY ERASE UNIT', ata(nonData, 0, 0, 0xf4)],
    ['ATA SANITIZE', ata(nonData, 0, 0, 0xb4)],
    ['ATA WRITE SECTORS', ata(0x0a, 0x06, 0, 0x30)],
    ['ATA DOWNLOAD MICROCODE', ata(0x0a, 0x06, 0, 0x92)],
    ['ATA SMART DISABLE', ata(nonData, 0x20, 0xd9, 0xb0)],
    ['ATA SMART EXECUTE OFF-LINE', ata(nonData, 0x20, 0xd4, 0xb0)],
    ['ATA SMART WRITE LOG', ata(0x0a, 0x06, 0xd6, 0xb0)],
    ['ATA IDENTIFY as data to the device', ata(0x0a, 0x06, 0, 0xec)],
    ['ATA IDENTIFY with direction to the device', ata(pioIn, 0x06, 0, 0xec)],
    ['ATA IDENTIFY with the bus floating', ata(pioIn, 0xce, 0, 0xec)],
    ['ATA STANDBY IMMEDIATE', ata(nonData, 0, 0, 0xe0)],
    ['IPMI Chassis Control', ipmi(0x00, 0x02, '00')],
    ['IPMI Cold Reset', ipmi(0x06, 0x02)],
    ['IPMI Set LAN Configuration', ipmi(0x0c, 0x01, '0103')],
    ['IPMI Clear SEL', ipmi(0x0a, 0x47)],
    ['IPMI Set User Password', ipmi(0x06, 0x47)],
    ['IPMI Write FRU Data', ipmi(0x0a, 0x12)],
    ['an OEM group that is not DCMI', ipmi(0x2c, 0x01, '00')],
    ['an IPMI vendor command', ipmi(0x30, 0x01)],
    ['TPM2_Clear', tpm(bare(0x126))],
    ['TPM2_PCR_Extend', tpm(bare(0x182))],
    ['TPM2_NV_Read, which a session authorizes', tpm(bare(0x14e))],
    ['a TPM command with a session', tpm(bare(0x17a, '8002'))],
    ['a TPM command with another behind it', tpm(`${bare(0x17a)}${bare(0x126)}`)],
    ['a TPM command cut off', tpm('80010000000a0000')],
    ['a TPM beside its resource manager', tpm(bare(0x17a), 4096, '/dev/tpm0')],
    ['ethtool SSET', ethtool('02000000')],
    ['ethtool SWOL', ethtool('06000000')],
    ['ethtool FLASHDEV', ethtool('33000000')],
    ['ethtool TEST', ethtool('1a000000')],
    ['ethtool RESET', ethtool('34000000')],
    ['ethtool SEEPROM', ethtool('0c000000')],
    ['ethtool with the command cut off', ethtool('0300')],
    ['ethtool with a request longer than its answer', ethtool('0300000000000000', 4)],
    ['an interface with a slash', ethtool('03000000', 196, '../eth0')],
    ['a module by another address of its bus', page(0, 128, 0x56)],
    ['more of a module than a page', page(128, 129)],
    ['a module from a page into the next', page(200, 128)],
    ['nothing of a module', page(0, 0)],
    ['a page that no module has', { ...page(0, 128), page: 256 }],
    ['a module of an interface with a slash', page(0, 128, 0x50, '../eth0')],
  ])('%s', (_, question) => {
    expect(mayAsk(question)).toBe(false)
  })
})

test('mayAsk lets no other operation code of SCSI, NVMe, IPMI, TPM or ethtool through', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const hex = (byte: number) => byte.toString(16).padStart(2, '0')
  const scsiOpcodes = bytes.filter((byte) =>
    [6, 10, 12, 16].some((length) => mayAsk(scsi(hex(byte) + '10'.repeat(length - 1)))),
  )
  expect(scsiOpcodes.map(hex)).toEqual(['00', '12', '1a', '25', '4d', '5a', '9e', 'a0'])
  const ataCommands = bytes.filter((byte) =>
    [pioIn, pioIn | 1, nonData, 0x0a, 0x0c].some((mode) =>
      [0, 0x20, fromDevice].some((flags) => mayAsk(ata(mode, flags, 0xd0, byte))),
    ),
  )
  expect(ataCommands.map(hex)).toEqual(['2f', 'a1', 'b0', 'e5', 'ec'])
  const nvmeOpcodes = bytes.filter((byte) =>
    [0, 512, 4096].some((length) => mayAsk(nvme(byte, 0x007f0002, length))),
  )
  expect(nvmeOpcodes.map(hex)).toEqual(['02', '06', '0a'])
  const tpmCodes = Array.from({ length: 0x1000 }, (_, code) => code).filter((code) =>
    mayAsk(tpm(bare(code))),
  )
  expect(tpmCodes).toEqual([0x169, 0x173, 0x17a, 0x17e])
})

test('mayAsk survives any question', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.double(), fc.integer(), (device, text, a, b) => {
      const questions = [
        nvme(a, b, a, device),
        scsi(text, a, device),
        ipmi(a, b, text),
        ethtool(text, b, device),
        tpm(text, a, device),
        page(a, b, a, device),
      ]
      expect(questions.map((one) => typeof mayAsk(one))).toEqual(Array(6).fill('boolean'))
    }),
  )
})
