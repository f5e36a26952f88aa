/**
 * What no file of the kernel tells and the device itself must be asked. Every question only reads:
 * `mayAsk` in `device-access/` refuses all others before they reach a device.
 */
export type DeviceQuestion =
  | {
      /**
       * An admin command with data to the host, NVMe base specification 2.1 §5. Of one without data
       * (`lengthBytes` 0, Get Features) the answer is dword 0 of its completion, little-endian.
       */
      readonly kind: 'nvme-admin'
      /** The controller, `/dev/nvme0`. */
      readonly device: string
      readonly opcode: number
      readonly namespaceId: number
      readonly commandDword10: number
      readonly commandDword11: number
      /** Command dword 14, which names the UUID or the command set; 0 else. */
      readonly commandDword14: number
      readonly lengthBytes: number
    }
  | {
      /**
       * A SCSI command with data to the host (SG_IO); ATA goes by ATA PASS-THROUGH(16) (SAT-5 §12). Of
       * one without data (`lengthBytes` 0) the answer is its sense data: nothing, or with CK_COND of
       * ATA the registers. It may be shorter than `lengthBytes`.
       */
      readonly kind: 'scsi'
      /** `/dev/sda`, `/dev/sg3`. */
      readonly device: string
      /** The command descriptor block, 6 to 16 bytes in lower-case hex. */
      readonly command: string
      readonly lengthBytes: number
    }
  | {
      /** A request to the BMC over /dev/ipmi, IPMI 2.0 §5; the answer begins with its completion code. */
      readonly kind: 'ipmi'
      /** `/dev/ipmi0`. */
      readonly device: string
      readonly netFunction: number
      readonly command: number
      /** Request data in lower-case hex; empty for none. */
      readonly data: string
    }
  | {
      /** SIOCETHTOOL of include/uapi/linux/ethtool.h; the answer is the structure as it came back. */
      readonly kind: 'ethtool'
      /** Interface, `eth0`. */
      readonly device: string
      /** The beginning of the structure as it is sent, in lower-case hex; the rest is zero. */
      readonly request: string
      readonly lengthBytes: number
    }
  | {
      /**
       * ETHTOOL_MSG_MODULE_EEPROM_GET of include/uapi/linux/ethtool_netlink.h: bytes of a transceiver
       * module's memory, of pages that ETHTOOL_GMODULEEEPROM does not reach.
       */
      readonly kind: 'module-page'
      /** Interface, `eth0`. */
      readonly device: string
      /** 0x50, or 0x51 of SFF-8472. */
      readonly i2cAddress: number
      readonly bank: number
      readonly page: number
      /** From 0; the page's own bytes are 128 to 255. */
      readonly offset: number
      readonly lengthBytes: number
    }
  | {
      /** A TPM 2.0 command without a session; the answer begins with its header. */
      readonly kind: 'tpm'
      /** The resource manager, `/dev/tpmrm0`. */
      readonly device: string
      /** The whole command in lower-case hex, TPM 2.0 part 3. */
      readonly command: string
      /** The longest answer that is taken. */
      readonly lengthBytes: number
    }

/** Where a recorded machine keeps the answers of its devices and the parts of its disks. */
export const answersFolder = '/.assay/answers'

/** Below it the parts of disks. */
export const partsFolder = `${answersFolder}/part`

/** The file of a recording with the answer to a question. */
export function answerPath(question: DeviceQuestion): string {
  const device = fileName(question.device)
  return `${answersFolder}/${question.kind}/${device}/${wordsOf(question)}.bin`
}

/** The file of a recording with a part of a file or device that is too large to be kept whole. */
export function partPath(path: string, offsetBytes: number, lengthBytes: number): string {
  return `${partsFolder}/${fileName(path)}/${offsetBytes}+${lengthBytes}.bin`
}

function wordsOf(question: DeviceQuestion): string {
  switch (question.kind) {
    case 'nvme-admin': {
      const { opcode, namespaceId, commandDword10, commandDword11, commandDword14 } = question
      const words = [namespaceId, commandDword10, commandDword11, commandDword14]
      return [hex(opcode, 2), ...words.map((word) => hex(word, 8)), question.lengthBytes].join('-')
    }
    case 'scsi':
    case 'tpm':
      return `${question.command}-${question.lengthBytes}`
    case 'ipmi':
      return `${hex(question.netFunction, 2)}-${hex(question.command, 2)}-${question.data}`
    case 'module-page': {
      const { i2cAddress, bank, page, offset, lengthBytes } = question
      const place = [i2cAddress, bank, page].map((part) => hex(part, 2)).join('-')
      return `${place}-${offset}+${lengthBytes}`
    }
    case 'ethtool':
      return `${question.request}-${question.lengthBytes}`
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** `/dev/cciss/c0d0` -> `dev!cciss!c0d0`, as the kernel writes such names in /sys. */
function fileName(path: string): string {
  return path.replace(/^\//, '').replaceAll('/', '!')
}
