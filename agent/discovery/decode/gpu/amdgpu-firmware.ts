import { DecodeError } from '../../../../protocol/errors.ts'
import type { AmdgpuFirmware } from '../../../../protocol/facts/amdgpu-firmware.ts'

const decoder = new TextDecoder()
const line =
  /^(.{1,48}?)(?: feature version: (\d{1,10}|0x[0-9a-f]{1,8}),)? (?:firmware|program|fw) version: (0x[0-9a-f]{1,8})/i

/** debugfs dri/N/amdgpu_firmware_info: `ME feature version: 35, firmware version: 0x00000094`. */
export function decodeAmdgpuFirmware(bytes: Uint8Array): AmdgpuFirmware {
  const units = decoder
    .decode(bytes)
    .split('\n')
    .flatMap((text) => {
      const [, name, feature, firmware] = line.exec(text.trim()) ?? []
      if (name === undefined || firmware === undefined) return []
      const unit = name.trim().replace(/,$/, '')
      if (unit === '' || /\p{Cc}/u.test(unit)) return []
      return [
        {
          name: unit,
          featureVersion: feature === undefined ? null : Number(feature),
          firmwareVersion: firmware.slice(2).toLowerCase().padStart(8, '0'),
        },
      ]
    })
  if (units.length === 0) throw new DecodeError('Cannot read amdgpu_firmware_info: no version')
  if (units.length > 96) throw new DecodeError(`Cannot take ${units.length} firmware versions`)
  return { units }
}
