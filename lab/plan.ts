import { createHash } from 'node:crypto'
import type { DiskShape, MachineShape, NicModel } from './shapes.ts'

/** A shape with every identity a real machine has: the same number always gives the same ones. */
export interface MachinePlan {
  /** `m1`, `m2`, ... */
  readonly name: string
  readonly number: number
  readonly shape: MachineShape
  readonly firmware: Firmware
  /** SMBIOS type 1 UUID. */
  readonly systemUuid: string
  /** SMBIOS type 1, 2 and 3 serial number. */
  readonly systemSerial: string
  /** In the order of the shape: the first is the one the firmware boots. */
  readonly disks: readonly DiskPlan[]
  readonly nics: readonly NicPlan[]
}

export type Firmware = 'bios' | 'uefi'

export interface DiskPlan {
  readonly id: string
  readonly shape: DiskShape
  /** At most 20 characters, what NVMe, ATA and virtio have room for. */
  readonly serial: string
  /** UUID of an NVMe namespace; 16 hexadecimal digits, NAA 5, of a SATA or SCSI disk. */
  readonly wwn: string
}

export interface NicPlan {
  readonly id: string
  readonly model: NicModel
  readonly mac: string
}

/** Gives machine `number` (from 1) of a rack its identities. */
export function planMachine(
  number: number,
  shape: MachineShape,
  firmware: Firmware = 'bios',
): MachinePlan {
  return {
    name: `m${number}`,
    number,
    shape,
    firmware,
    systemUuid: fixedUuid(`system ${number} ${shape.name}`),
    systemSerial: `AVM${decimal(number, 6)}`,
    disks: shape.disks.map((disk, index) => ({
      id: `disk${index}`,
      shape: disk,
      serial: `AVM${decimal(number, 4)}${disk.bus.toUpperCase()}${decimal(index, 2)}`,
      wwn:
        disk.bus === 'nvme'
          ? fixedUuid(`namespace ${number} ${index}`)
          : `5000c500${hex(number, 4)}${hex(index, 4)}`,
    })),
    nics: shape.nics.map((model, index) => ({
      id: `nic${index}`,
      model,
      mac: `52:54:00:${hex(number >> 8, 2)}:${hex(number & 0xff, 2)}:${hex(index, 2)}`,
    })),
  }
}

/** RFC 9562 version 8: ours to fill, stable over runs so that a rack is recognised again. */
function fixedUuid(name: string): string {
  const bytes = createHash('sha256').update(`assay lab ${name}`).digest()
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const digits = bytes.toString('hex')
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-')
}

function decimal(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0')
}
