import type { DeviceQuestion } from '../device-question.ts'
import { askEthtool } from './ethtool.ts'
import { askIpmi } from './ipmi.ts'
import { assertMayAsk } from './may-ask.ts'
import { askModulePage } from './module-page.ts'
import { askNvme } from './nvme.ts'
import { askScsi } from './scsi.ts'
import { askTpm } from './tpm.ts'

/** Asks the device and waits for it, however long it takes. Only called in a lane of its own. */
export function answerTo(question: DeviceQuestion): Uint8Array | undefined {
  assertMayAsk(question)
  switch (question.kind) {
    case 'nvme-admin':
      return askNvme(question)
    case 'scsi':
      return askScsi(question)
    case 'ipmi':
      return askIpmi(question)
    case 'ethtool':
      return askEthtool(question)
    case 'module-page':
      return askModulePage(question)
    case 'tpm':
      return askTpm(question)
  }
}
