import type { Tpm } from '../../../../protocol/facts/tpm.ts'
import { deviceText } from '../device-text.ts'
import { manufacturerOf } from './properties.ts'

type Identity = Pick<Tpm, 'manufacturerId' | 'manufacturer' | 'firmwareVersion'>

/** `caps` of a TPM 1.2: a line each for `Manufacturer`, `TCG version` and `Firmware version`. */
export function parseTpmCaps(text: string): Identity {
  const line = (name: string) => new RegExp(`^${name}: *(.+)$`, 'm').exec(text)?.[1]
  const id = /^0x([0-9a-f]{1,8})$/i.exec(line('Manufacturer')?.trim() ?? '')?.[1]
  return {
    ...manufacturerOf(id === undefined ? null : Number.parseInt(id, 16)),
    firmwareVersion: deviceText(line('Firmware version')),
  }
}

/** `pcrs` of a TPM 1.2: `PCR-00: 3A 3F 78 ...`. Digests by register, in hex. */
export function parseTpmPcrs(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/^PCR-(\d\d): ((?:[0-9A-F]{2} ?){20})\s*$/gim)]
  return Object.fromEntries(
    found.map(([, number, digits]) => [
      String(Number(number)),
      (digits ?? '').replaceAll(' ', '').toLowerCase(),
    ]),
  )
}
