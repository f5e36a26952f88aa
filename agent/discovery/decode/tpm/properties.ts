import type { Tpm } from '../../../../protocol/facts/tpm.ts'
import { deviceText } from '../device-text.ts'
import { toHex } from '../integers.ts'

/** TPM_PT, TPM 2.0 part 2 §6.13. */
const property = {
  family: 0x100,
  level: 0x101,
  revision: 0x102,
  dayOfYear: 0x103,
  year: 0x104,
  manufacturer: 0x105,
  vendorText: 0x106,
  firmware1: 0x10b,
  firmware2: 0x10c,
} as const

/** The first fixed property and how many there are that tell the TPM's identity. */
export const identityProperties = { first: property.family, count: 13 } as const

type Identity = Pick<
  Tpm,
  'manufacturerId' | 'manufacturer' | 'vendorText' | 'firmwareVersion' | 'specification'
>

/** What fixed properties say of the TPM. */
export function tpmIdentity(properties: ReadonlyMap<number, number>): Identity {
  const manufacturer = properties.get(property.manufacturer)
  const firmware = [property.firmware1, property.firmware2].map((one) => properties.get(one))
  const vendor = [0, 1, 2, 3]
    .map((index) => letters(properties.get(property.vendorText + index) ?? 0))
    .join('')
  const level = properties.get(property.level)
  const revision = properties.get(property.revision)
  const year = properties.get(property.year)
  return {
    ...manufacturerOf(manufacturer ?? null),
    vendorText: deviceText(vendor),
    firmwareVersion: firmwareOf(firmware[0], firmware[1]),
    specification:
      level === undefined || year === undefined
        ? null
        : {
            family: deviceText(letters(properties.get(property.family) ?? 0)),
            level,
            // 138 is 1.38.
            revision: revision === undefined ? null : (revision / 100).toFixed(2),
            year,
            dayOfYear: properties.get(property.dayOfYear) ?? 0,
          },
  }
}

/** Id and name of the maker. */
export function manufacturerOf(id: number | null): Pick<Tpm, 'manufacturerId' | 'manufacturer'> {
  if (id === null) return { manufacturerId: null, manufacturer: null }
  const name = manufacturers.get(letters(id).trim())
  return { manufacturerId: toHex(id, 8), manufacturer: name ?? null }
}

function firmwareOf(first: number | undefined, second: number | undefined): string | null {
  if (first === undefined || second === undefined) return null
  return [first, second].flatMap((word) => [Math.floor(word / 0x1_0000), word % 0x1_0000]).join('.')
}

/** Four bytes as ASCII, the first the highest; zeros end it. */
function letters(word: number): string {
  return [24, 16, 8, 0]
    .map((shift) => String.fromCharCode((word >>> shift) & 0xff))
    .join('')
    .replaceAll('\0', '')
}

/** TCG vendor id registry 1.06. */
const manufacturers: ReadonlyMap<string, string> = new Map([
  ['AMD', 'AMD'],
  ['ANT', 'Ant Group'],
  ['ATML', 'Atmel'],
  ['BRCM', 'Broadcom'],
  ['CSCO', 'Cisco'],
  ['FLYS', 'Flyslice Technologies'],
  ['GOOG', 'Google'],
  ['HISI', 'Huawei'],
  ['HPE', 'HPE'],
  ['HPI', 'HPI'],
  ['IBM', 'IBM'],
  ['IFX', 'Infineon'],
  ['INTC', 'Intel'],
  ['LEN', 'Lenovo'],
  ['MSFT', 'Microsoft'],
  ['NSG', 'NSING'],
  ['NSM', 'National Semiconductor'],
  ['NTC', 'Nuvoton Technology'],
  ['NTZ', 'Nationz'],
  ['NVDA', 'NVIDIA'],
  ['QCOM', 'Qualcomm'],
  ['ROCC', 'Fuzhou Rockchip'],
  ['SEAL', 'Wisekey'],
  ['SEC', 'Secunet'],
  ['SIM0', 'Simulator 0'],
  ['SIM1', 'Simulator 1'],
  ['SIM2', 'Simulator 2'],
  ['SIM3', 'Simulator 3'],
  ['SIM4', 'Simulator 4'],
  ['SIM5', 'Simulator 5'],
  ['SIM6', 'Simulator 6'],
  ['SIM7', 'Simulator 7'],
  ['SMSC', 'SMSC'],
  ['SMSN', 'Samsung'],
  ['SNS', 'Sinosun'],
  ['STM', 'STMicroelectronics'],
  ['TXN', 'Texas Instruments'],
  ['WEC', 'Winbond'],
])

/** NV indices of EK certificates and the keys they certify: TCG EK credential profile 2.5 §2.2.1. */
export const certificateIndices: ReadonlyMap<number, string> = new Map([
  [0x01c0_0002, 'RSA 2048'],
  [0x01c0_000a, 'ECC NIST P-256'],
  [0x01c0_0012, 'RSA 2048 (high range)'],
  [0x01c0_0014, 'ECC NIST P-256 (high range)'],
  [0x01c0_0016, 'ECC NIST P-384'],
  [0x01c0_0018, 'ECC NIST P-521'],
  [0x01c0_001a, 'ECC SM2 P-256'],
  [0x01c0_001c, 'RSA 3072'],
  [0x01c0_001e, 'RSA 4096'],
])
