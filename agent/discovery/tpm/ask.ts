import type { Tpm } from '../../../protocol/facts/tpm.ts'
import type { Host } from '../../host.ts'
import {
  answerParameters,
  getCapability,
  handles,
  nvDataSize,
  nvReadPublic,
  pcrRead,
  pcrSelections,
  pcrValues,
  taggedProperties,
  tpmCapability,
} from '../decode/tpm/commands.ts'
import { algorithmName } from '../decode/tpm/event-names.ts'
import { certificateIndices, identityProperties, tpmIdentity } from '../decode/tpm/properties.ts'
import { toHex } from '../decode/integers.ts'

/** What a TPM 2.0 says of itself. */
export interface TpmAnswers {
  readonly identity: Pick<
    Tpm,
    'manufacturerId' | 'manufacturer' | 'vendorText' | 'firmwareVersion' | 'specification'
  >
  readonly certificates: Tpm['endorsementCertificates']
  readonly registers: Tpm['registers']
}

const maxAnswerBytes = 4096

/** NV indices that the platform and endorsement certificates are kept in. */
const firstCertificate = 0x01c0_0000
const lastCertificate = 0x01c0_7fff

/** Asks the TPM behind `device`; null where there is none to ask. */
export async function askTpm(host: Host, device: string): Promise<TpmAnswers | null> {
  const ask = async (command: string) => {
    const answer = await host.ask({ kind: 'tpm', device, command, lengthBytes: maxAnswerBytes })
    return answer === undefined ? null : answerParameters(answer)
  }
  const properties = await ask(
    getCapability(tpmCapability.properties, identityProperties.first, identityProperties.count),
  )
  if (properties === null) return null
  return {
    identity: tpmIdentity(taggedProperties(properties)),
    certificates: await certificatesOf(ask),
    registers: await registersOf(ask),
  }
}

type Ask = (command: string) => Promise<Uint8Array | null>

async function certificatesOf(ask: Ask): Promise<Tpm['endorsementCertificates']> {
  const list = await ask(getCapability(tpmCapability.handles, firstCertificate, 64))
  if (list === null) return null
  // Handles come in order from the one asked for on, whatever they are.
  const indices = handles(list).filter(
    (index) => index >= firstCertificate && index <= lastCertificate,
  )
  const certificates: { index: string; key: string | null; sizeBytes: number }[] = []
  for (const index of indices.slice(0, 64)) {
    const found = await ask(nvReadPublic(index))
    if (found === null || isTemplate(index)) continue
    const key = certificateIndices.get(index) ?? null
    certificates.push({ index: toHex(index, 8), key, sizeBytes: nvDataSize(found) })
  }
  return certificates
}

/** Nonces and templates of the keys lie between the certificates (EK credential profile §2.2.1.4). */
function isTemplate(index: number): boolean {
  const low = index & 0xffff
  if ([0x03, 0x04, 0x0b, 0x0c].includes(low)) return true
  return low >= 0x12 && low < 0x100 && low % 2 === 1
}

/** Eight registers at a time is what every TPM gives. */
const registersAtOnce = 8

async function registersOf(ask: Ask): Promise<Tpm['registers']> {
  const banks = await ask(getCapability(tpmCapability.pcrs, 0, 1))
  if (banks === null) return null
  const registers: Record<string, Record<string, string>> = {}
  for (const { algorithm, numbers } of pcrSelections(banks)) {
    const values = new Map<number, string>()
    for (let at = 0; at < numbers.length; at += registersAtOnce) {
      const wanted = numbers.slice(at, at + registersAtOnce).filter((number) => number < 24)
      const read = wanted.length === 0 ? null : await ask(pcrRead(algorithm, wanted))
      for (const [number, digest] of read === null ? [] : pcrValues(read))
        values.set(number, digest)
    }
    const inOrder = [...values].toSorted(([a], [b]) => a - b)
    registers[algorithmName(algorithm)] = Object.fromEntries(inOrder)
  }
  return registers
}
