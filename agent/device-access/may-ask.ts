import assert from 'node:assert/strict'
import type { DeviceQuestion } from '../device-question.ts'

/**
 * True for the questions that only read. Discovery runs on machines with a tenant's data on their
 * disks: what is not in the lists here, byte for byte, never reaches a device, and a command whose
 * answer could be longer than the buffer for it is none of them.
 */
export function mayAsk(question: DeviceQuestion): boolean {
  switch (question.kind) {
    case 'nvme-admin':
      return isController(question.device) && nvmeReads(question)
    case 'scsi':
      return isScsiDevice(question.device) && scsiReads(question)
    case 'ipmi':
      return /^\/dev\/ipmi\d{1,3}$/.test(question.device) && ipmiReads(question)
    case 'ethtool':
      return isInterface(question.device) && ethtoolReads(question)
    case 'module-page':
      return isInterface(question.device) && modulePageReads(question)
    case 'tpm':
      return /^\/dev\/tpmrm\d{1,3}$/.test(question.device) && tpmReads(question)
  }
}

/** Bytes of lower-case hex; null for anything else. */
export function hexBytes(text: string): Uint8Array | null {
  return /^(?:[0-9a-f]{2})*$/.test(text) ? Uint8Array.fromHex(text) : null
}

type QuestionOf<K extends DeviceQuestion['kind']> = Extract<DeviceQuestion, { readonly kind: K }>

const isController = (device: string) => /^\/dev\/nvme\d{1,4}$/.test(device)
const isScsiDevice = (device: string) =>
  /^\/dev\/(?:sd[a-z]{1,4}|sg\d{1,4}|sr\d{1,3})$/.test(device)
/** dev_valid_name() of net/core/dev.c, and no `:`, which names an alias. */
const isInterface = (device: string) => /^[^\s/:]{1,15}$/.test(device) && !/^\.{1,2}$/.test(device)

/** NVMe base specification 2.1: one page, the log pages that reading leaves alone (§5.1.12). */
const nvmeLogPages: readonly number[] = [
  0x00, // supported log pages
  0x01, // errors
  0x02, // SMART / health
  0x03, // firmware slots
  0x05, // commands supported and their effects
  0x06, // device self-test
  0x09, // endurance group
  0x0b, // predictable latency event aggregate
  0x0c, // asymmetric namespace access
  0x12, // feature identifiers supported and their effects
  0x13, // NVMe-MI commands supported and their effects
  0x81, // sanitize status
  0xc0, // SMART / health extended, OCP datacenter NVMe SSD specification
]
/** Features whose value is the completion's dword 0 and that move no data (§5.1.25). */
const nvmeFeatures: readonly number[] = [
  0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0f, 0x10, 0x11, 0x84,
]
const maxLogPageBytes = 64 * 1024

function nvmeReads(question: QuestionOf<'nvme-admin'>): boolean {
  const { opcode, commandDword10, commandDword11, commandDword14, lengthBytes } = question
  const words = [question.namespaceId, commandDword10, commandDword11, commandDword14]
  if (!words.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffffffff))
    return false
  const low = commandDword10 & 0xff
  switch (opcode) {
    case 0x06: // Identify
      return lengthBytes === 4096
    case 0x02: {
      // Get Log Page. The specific field may order an action; the device writes as many dwords as
      // the command says, so these have to be the buffer.
      const dwordsLess1 = (commandDword10 >>> 16) + (commandDword11 & 0xffff) * 0x10000
      const specific = (commandDword10 >>> 8) & 0x7f
      return (
        nvmeLogPages.includes(low) &&
        specific === 0 &&
        lengthBytes === (dwordsLess1 + 1) * 4 &&
        lengthBytes <= maxLogPageBytes
      )
    }
    case 0x0a: // Get Features
      return nvmeFeatures.includes(low) && lengthBytes === 0
    default:
      return false
  }
}

const maxScsiBytes = 64 * 1024

/** SPC-6 and SBC-4 operation codes with the length of their command. */
const scsiCommands: ReadonlyMap<number, (command: Uint8Array) => boolean> = new Map([
  [0x00, (command) => command.length === 6], // TEST UNIT READY
  [0x12, (command) => command.length === 6], // INQUIRY
  [0x1a, (command) => command.length === 6], // MODE SENSE(6)
  [0x25, (command) => command.length === 10], // READ CAPACITY(10)
  [0x4d, (command) => command.length === 10 && ((command[1] ?? 0) & 1) === 0], // LOG SENSE, not SP
  [0x5a, (command) => command.length === 10], // MODE SENSE(10)
  [0x85, (command) => command.length === 16 && ataReads(command)], // ATA PASS-THROUGH(16)
  [0x9e, (command) => command.length === 16 && (command[1] ?? 0) === 0x10], // READ CAPACITY(16)
  [0xa0, (command) => command.length === 12], // REPORT LUNS
])

function scsiReads({ command, lengthBytes }: QuestionOf<'scsi'>): boolean {
  const bytes = hexBytes(command)
  if (bytes === null || !isLength(lengthBytes, maxScsiBytes)) return false
  return scsiCommands.get(bytes[0] ?? -1)?.(bytes) ?? false
}

/**
 * ATA PASS-THROUGH(16), SAT-5 §12.2.2. The form of 12 bytes is left out: its operation code is BLANK
 * to an optical drive.
 */
function ataReads(command: Uint8Array): boolean {
  const [, mode = 0, flags = 0, , features = 0] = command
  const [middle = 0, high = 0, ataCommand = 0] = [command[10], command[12], command[14]]
  const protocol = (mode >> 1) & 0x0f
  const extended = (mode & 1) !== 0
  const isPioIn = protocol === 4 && mode >> 5 === 0 && (flags & 0x08) !== 0
  const isNonData = protocol === 3 && mode >> 5 === 0 && (flags & 0x03) === 0
  // OFF_LINE would have the bus float, which only a reset wants.
  if (flags >> 6 !== 0) return false
  const isSmart = middle === 0x4f && high === 0xc2 && !extended
  switch (ataCommand) {
    case 0xec: // IDENTIFY DEVICE
    case 0xa1: // IDENTIFY PACKET DEVICE
      return isPioIn && !extended
    case 0xb0: // SMART: READ DATA, READ THRESHOLDS, READ LOG; RETURN STATUS
      return (
        isSmart &&
        (isPioIn ? [0xd0, 0xd1, 0xd5].includes(features) : isNonData && features === 0xda)
      )
    case 0x2f: // READ LOG EXT
      return isPioIn && extended
    case 0xe5: // CHECK POWER MODE
      return isNonData && !extended
    default:
      return false
  }
}

const maxIpmiDataBytes = 64

/** IPMI 2.0 appendix G and DCMI 1.5 §6: commands that get and do nothing else, by network function. */
const ipmiCommands: Readonly<Record<number, readonly number[]>> = {
  // Chassis: capabilities, status, restart cause, boot options, power-on hours
  0x00: [0x00, 0x01, 0x07, 0x09, 0x0f],
  // Sensor: type, reading factors, thresholds, reading
  0x04: [0x23, 0x27, 0x2d, 0x2f],
  // Application: device id, self test results, functions and commands there are, device GUID,
  // system GUID, authentication and channel capabilities, user access and names, system information
  0x06: [0x01, 0x04, 0x08, 0x09, 0x0a, 0x37, 0x38, 0x41, 0x42, 0x44, 0x46, 0x59],
  // Storage: FRU area and data, SDR repository and records, event log and its time
  0x0a: [0x10, 0x11, 0x20, 0x23, 0x40, 0x43, 0x48],
  // Transport: LAN and serial-over-LAN configuration
  0x0c: [0x02, 0x22],
  // DCMI, after its group number: capabilities, power reading, asset tag, sensors, identifier
  0x2c: [0x01, 0x02, 0x06, 0x07, 0x09],
}
const dcmiGroup = 0xdc

function ipmiReads({ netFunction, command, data }: QuestionOf<'ipmi'>): boolean {
  const bytes = hexBytes(data)
  if (bytes === null || bytes.length > maxIpmiDataBytes) return false
  if (netFunction === 0x2c && bytes[0] !== dcmiGroup) return false
  return ipmiCommands[netFunction]?.includes(command) ?? false
}

const maxEthtoolBytes = 1024 * 1024

/**
 * ETHTOOL_G* of include/uapi/linux/ethtool.h. Register and EEPROM dumps are left out: some registers
 * are cleared by reading them.
 */
const ethtoolCommands: ReadonlySet<number> = new Set([
  0x01, // GSET
  0x03, // GDRVINFO
  0x05, // GWOL
  0x07, // GMSGLVL
  0x0a, // GLINK
  0x0e, // GCOALESCE
  0x10, // GRINGPARAM
  0x12, // GPAUSEPARAM
  0x1b, // GSTRINGS
  0x1d, // GSTATS
  0x20, // GPERMADDR
  0x27, // GPFLAGS
  0x37, // GSSET_INFO
  0x3a, // GFEATURES
  0x3c, // GCHANNELS
  0x41, // GET_TS_INFO
  0x42, // GMODULEINFO
  0x43, // GMODULEEEPROM
  0x44, // GEEE
  0x4c, // GLINKSETTINGS
  0x50, // GFECPARAM
])

function ethtoolReads({ request, lengthBytes }: QuestionOf<'ethtool'>): boolean {
  const bytes = hexBytes(request)
  if (bytes === null || bytes.length < 4 || !isLength(lengthBytes, maxEthtoolBytes)) return false
  if (bytes.length > lengthBytes) return false
  return ethtoolCommands.has(new DataView(bytes.buffer).getUint32(0, true))
}

/** TPM 2.0 part 2 §6.5.2: commands that change nothing, not even by being counted. */
const tpmCommands: ReadonlySet<number> = new Set([
  0x169, // NV_ReadPublic
  0x173, // ReadPublic
  0x17a, // GetCapability
  0x17e, // PCR_Read
])
const maxTpmBytes = 4096

function tpmReads({ command, lengthBytes }: QuestionOf<'tpm'>): boolean {
  const bytes = hexBytes(command)
  if (bytes === null || bytes.length < 10 || bytes.length > 64) return false
  if (!isLength(lengthBytes, maxTpmBytes)) return false
  const view = new DataView(bytes.buffer)
  const isWithoutSession = view.getUint16(0) === 0x8001
  return (
    isWithoutSession && view.getUint32(2) === bytes.length && tpmCommands.has(view.getUint32(6))
  )
}

/** The addresses of SFF-8472 and its kin, at most one page at a time. */
function modulePageReads(question: QuestionOf<'module-page'>): boolean {
  const { page, bank, i2cAddress, offset, lengthBytes } = question
  return (
    isLength(page, 255) &&
    isLength(bank, 3) &&
    (i2cAddress === 0x50 || i2cAddress === 0x51) &&
    isLength(offset, 255) &&
    isLength(lengthBytes, 128) &&
    lengthBytes > 0 &&
    offset + lengthBytes <= 256
  )
}

function isLength(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limit
}

/** Throws for a question that {@link mayAsk} refuses: asking it is a bug of ours. */
export function assertMayAsk(question: DeviceQuestion): void {
  assert(
    mayAsk(question),
    `a ${question.kind} question to ${question.device} is not known to only read`,
  )
}
