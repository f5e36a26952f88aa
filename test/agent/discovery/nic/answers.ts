/** Answers of drivers as the kernel gives them, for recorded trees. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answerPath } from '../../../../agent/device-question.ts'
import { furtherPieces, lowerPiece } from '../../../../agent/discovery/decode/module/module.ts'
import { ethtoolQuestions } from '../../../../agent/discovery/nic/ethtool-questions.ts'

/** Little-endian 32-bit words. */
export function wordsAnswer(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4))
  for (const [at, word] of words.entries()) view.setUint32(at * 4, word, true)
  return new Uint8Array(view.buffer)
}

/** Fields of struct ethtool_link_settings. */
export interface MadeSettings {
  readonly speedMegabits: number
  readonly duplex: number
  readonly port: number
  readonly autonegotiation: number
  /** Supported, advertised and of the partner, all of one length. */
  readonly masks: readonly [readonly number[], readonly number[], readonly number[]]
}

/** struct ethtool_link_settings. */
export function linkSettingsAnswer(made: MadeSettings): Uint8Array {
  const answer = wordsAnswer([
    0x4c,
    made.speedMegabits,
    ...Array<number>(10).fill(0),
    ...made.masks.flat(),
  ])
  answer.set([made.duplex, made.port, 0, made.autonegotiation, 0, 0, 0, made.masks[0].length], 8)
  return answer
}

/** What the driver of one interface answers. */
export interface MadeDriver {
  readonly driverInfo: readonly [string, string, string, string]
  readonly permanentAddress: string
  readonly settings: MadeSettings
  readonly activeFec: number
  readonly module: Uint8Array | null
}

/** Files of a recording with these answers, by their paths. */
export function answerFiles(name: string, made: MadeDriver): ReadonlyMap<string, Uint8Array> {
  const info = new Uint8Array(196)
  for (const [index, text] of made.driverInfo.entries()) {
    info.set(new TextEncoder().encode(text), 4 + index * 32)
  }
  const address = Uint8Array.fromHex(made.permanentAddress)
  const wordCount = made.settings.masks[0].length
  const refusal = new Uint8Array(48)
  refusal[15] = 0x100 - wordCount
  const { module } = made
  return new Map(
    [
      [ethtoolQuestions.driverInfo(name), info] as const,
      [
        ethtoolQuestions.permanentAddress(name),
        new Uint8Array([...wordsAnswer([0x20, address.length]), ...address, ...new Uint8Array(26)]),
      ] as const,
      [ethtoolQuestions.linkSettings(name, 0), refusal] as const,
      [ethtoolQuestions.linkSettings(name, wordCount), linkSettingsAnswer(made.settings)] as const,
      [ethtoolQuestions.fec(name), wordsAnswer([0x50, made.activeFec, 2, 0])] as const,
      ...(module === null
        ? []
        : [
            [
              ethtoolQuestions.moduleInfo(name),
              wordsAnswer([0x42, 4, module.length, ...Array<number>(8).fill(0)]),
            ] as const,
            [
              ethtoolQuestions.moduleEeprom(name, module.length),
              new Uint8Array([...wordsAnswer([0x43, 0, 0, module.length]), ...module]),
            ] as const,
          ]),
    ].map(([question, bytes]) => [answerPath(question), bytes]),
  )
}

/** The pages of a module, which a newer kernel gives one by one; those past its end are not there. */
export function pageFiles(device: string, memory: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const pieces = [lowerPiece, ...furtherPieces(memory.subarray(0, 128))]
  return new Map(
    pieces.map(({ i2cAddress, page, offset, at }) => {
      const place = { i2cAddress, bank: 0, page, offset, lengthBytes: 128 }
      const path = answerPath({ kind: 'module-page', device, ...place })
      return [path, memory.subarray(at, at + 128)]
    }),
  )
}

/** A recording of files and of links (`-> target`), which goes when the value is disposed. */
export async function recordedTree(
  files: Readonly<Record<string, string>>,
  answers: ReadonlyMap<string, Uint8Array> = new Map(),
) {
  const root = await mkdtemp(join(tmpdir(), 'assay-nic-'))
  for (const [path, content] of [...Object.entries(files), ...answers]) {
    const place = join(root, path)
    await mkdir(dirname(place), { recursive: true })
    const target = typeof content === 'string' ? /^-> (.*)$/.exec(content)?.[1] : undefined
    if (target === undefined) await writeFile(place, content)
    else await symlink(target, place)
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}
