import { emptyManagement, type GpuManagement } from '../../../../protocol/facts/gpu-management.ts'
import { known, told, wholeAmount } from './amounts.ts'

/** /proc/driver/nvidia/gpus/ADDRESS/information: `Model: 		 NVIDIA H100 80GB HBM3`. */
export function decodeNvidiaInformation(text: string): GpuManagement {
  const lines = new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^([\w ]{1,32}?)\s*:\s*(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value.trim()] as const]
    }),
  )
  const value = (name: string) => {
    const found = told(lines.get(name))
    // The driver shows what it has not yet read from the GPU as question marks.
    return found === null || /\?\?/.test(found) ? null : found
  }
  return {
    ...emptyManagement('nvidia-procfs'),
    name: value('Model'),
    uuid: value('GPU UUID'),
    vbiosVersion: value('Video BIOS'),
    minorNumber: wholeAmount(lines.get('Device Minor')),
    firmwareVersions: known([['gsp', value('GPU Firmware')]]),
  }
}

/** `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue ...`; null for other text. */
export function nvidiaDriverVersion(text: string): string | null {
  return /^NVRM version:.*?\s(\d{3,4}\.\d{1,4}(?:\.\d{1,4})?)\s/m.exec(text)?.[1] ?? null
}
