import { z } from 'zod'
import type { BootRequest } from '../service.ts'

const optionalText = z
  .string()
  .max(255)
  .transform((text) => (text.trim() === '' ? null : text.trim()))
  .nullish()
  .transform((text) => text ?? null)

/** iPXE's `${platform}`. */
const platformSchema = z.enum(['pcbios', 'efi']).nullable().catch(null)

/** iPXE's `${buildarch}`. The BIOS build is 32 bit and starts 64-bit kernels. */
const architectureSchema = z
  .enum(['i386', 'x86_64', 'arm64'])
  .transform((name) => (name === 'arm64' ? 'arm64' : 'x64'))
  .catch('x64')

const macSchema = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)

/** iPXE asks for at most eight NICs. */
const macsMaximum = 16

/**
 * What iPXE said of its machine. Anybody can say anything here, so it only chooses a script: what
 * is malformed counts as not said.
 */
export function parseBootRequest(query: URLSearchParams, address: string | null): BootRequest {
  const macs = query
    .getAll('mac')
    .slice(0, macsMaximum)
    .map((mac) => mac.toLowerCase())
    .filter((mac) => macSchema.safeParse(mac).success)
  return {
    uuid: optionalText.catch(null).parse(query.get('uuid'))?.toLowerCase() ?? null,
    serial: optionalText.catch(null).parse(query.get('serial')),
    macs: [...new Set(macs)].toSorted(),
    platform: platformSchema.parse(query.get('platform')),
    architecture: architectureSchema.parse(query.get('arch')),
    address,
  }
}
