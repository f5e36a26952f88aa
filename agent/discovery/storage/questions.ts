import type { DeviceQuestion } from '../../device-question.ts'
import type { Host } from '../../host.ts'

/** The node of a block device: the kernel writes `/` in names as `!`. */
export function devicePath(name: string): string {
  return `/dev/${name.replaceAll('!', '/')}`
}

/** Identify, NVM Express base specification 2.1 §5.1.13; `structure` is the CNS. */
export function identifyQuestion(
  controller: string,
  structure: 'namespace' | 'controller',
  namespaceId = 0,
): DeviceQuestion {
  return {
    kind: 'nvme-admin',
    device: devicePath(controller),
    opcode: 0x06,
    namespaceId,
    commandDword10: structure === 'controller' ? 1 : 0,
    commandDword11: 0,
    commandDword14: 0,
    lengthBytes: 4096,
  }
}

/** Get Log Page of 512 bytes about the whole controller, NVM Express base specification 2.1 §5.1.12. */
export function logPageQuestion(controller: string, page: number): DeviceQuestion {
  return {
    kind: 'nvme-admin',
    device: devicePath(controller),
    opcode: 0x02,
    namespaceId: 0xffff_ffff,
    commandDword10: 0x7f_0000 + page,
    commandDword11: 0,
    commandDword14: 0,
    lengthBytes: 512,
  }
}

function scsiQuestion(name: string, command: readonly number[], length: number): DeviceQuestion {
  const hex = Uint8Array.from(command).toHex()
  return { kind: 'scsi', device: devicePath(name), command: hex, lengthBytes: length }
}

/** INQUIRY of a vital product data page, SPC-6 §6.7. */
export function vpdQuestion(name: string, page: number): DeviceQuestion {
  return scsiQuestion(name, [0x12, 1, page, 0x02, 0x00, 0], 512)
}

/** LOG SENSE of the cumulative values of a page, SPC-6 §6.10. */
export function logSenseQuestion(name: string, page: number): DeviceQuestion {
  return scsiQuestion(name, [0x4d, 0, 0x40 | page, 0, 0, 0, 0, 0x10, 0, 0], 4096)
}

/** Registers of an ATA command that are not 0. */
interface AtaRegisters {
  readonly command: number
  readonly features?: number
  readonly lbaLow?: number
  readonly lbaMiddle?: number
  readonly lbaHigh?: number
}

const pioDataIn = 4 << 1
const nonData = 3 << 1
const extended = 1
/** T_DIR from the device, BYT_BLOK, T_LENGTH in the count. */
const fromDevice = 0x0e
const checkCondition = 0x20

/** ATA PASS-THROUGH(16), SAT-5 §12.2.2. */
function ataQuestion(
  name: string,
  mode: number,
  flags: number,
  { command, features = 0, lbaLow = 0, lbaMiddle = 0, lbaHigh = 0 }: AtaRegisters,
): DeviceQuestion {
  const hasData = flags === fromDevice
  const low = [0, features, 0, hasData ? 1 : 0, 0, lbaLow, 0, lbaMiddle, 0, lbaHigh, 0]
  return scsiQuestion(name, [0x85, mode, flags, ...low, command, 0], hasData ? 512 : 0)
}

/** What SMART commands carry so that no other command is taken for one (ACS-4 §7.44). */
const smartKey = { command: 0xb0, lbaMiddle: 0x4f, lbaHigh: 0xc2 }

/** Questions of one sector to an ATA disk, ACS-5 §7. */
export const ataQuestions = {
  identify: (name: string) => ataQuestion(name, pioDataIn, fromDevice, { command: 0xec }),
  smartData: (name: string) =>
    ataQuestion(name, pioDataIn, fromDevice, { ...smartKey, features: 0xd0 }),
  smartThresholds: (name: string) =>
    ataQuestion(name, pioDataIn, fromDevice, { ...smartKey, features: 0xd1 }),
  /** Its answer is sense data. */
  smartStatus: (name: string) =>
    ataQuestion(name, nonData, checkCondition, { ...smartKey, features: 0xda }),
  /** A page of the device statistics log, by READ LOG EXT. */
  statistics: (name: string, page: number) =>
    ataQuestion(name, pioDataIn | extended, fromDevice, {
      command: 0x2f,
      lbaLow: 0x04,
      lbaMiddle: page,
    }),
} as const

/** Asks for exactly one sector; undefined as `Host.ask`, and for an answer of another length. */
export async function askSector(
  host: Host,
  question: DeviceQuestion,
): Promise<Uint8Array | undefined> {
  const answer = await host.ask(question)
  return answer?.length === sectorBytes ? answer : undefined
}

const sectorBytes = 512
