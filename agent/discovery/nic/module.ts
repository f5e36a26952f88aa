import { DecodeError } from '../../../protocol/errors.ts'
import type { DeviceQuestion } from '../../device-question.ts'
import type { Host } from '../../host.ts'
import { moduleMemory, moduleMemoryBytes } from '../decode/ethtool/answers.ts'
import type { DecodedModule } from '../decode/module/fields.ts'
import {
  decodeModule,
  furtherPieces,
  lowerPiece,
  type ModulePiece,
} from '../decode/module/module.ts'
import { ethtoolQuestions } from './ethtool-questions.ts'

/**
 * The module in the cage of an interface: page by page where the kernel can, which alone reaches what
 * modules of CMIS measure, else in one piece. Null without a module.
 */
export async function readModule(host: Host, name: string): Promise<DecodedModule | null> {
  const memory = (await readPages(host, name)) ?? (await readWhole(host, name))
  return memory === null ? null : decodeModule(memory)
}

async function readPages(host: Host, name: string): Promise<Uint8Array | null> {
  const lower = await host.ask(pieceQuestion(name, lowerPiece))
  if (lower === undefined || lower.length < 128) return null
  const pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [{ at: 0, bytes: lower }]
  for (const piece of furtherPieces(lower)) {
    const bytes = await host.ask(pieceQuestion(name, piece))
    if (bytes !== undefined) pieces.push({ at: piece.at, bytes })
  }
  const memory = new Uint8Array(Math.max(...pieces.map(({ at, bytes }) => at + bytes.length)))
  for (const { at, bytes } of pieces) memory.set(bytes, at)
  return memory
}

function pieceQuestion(device: string, piece: ModulePiece): DeviceQuestion {
  const { i2cAddress, page, offset } = piece
  return { kind: 'module-page', device, i2cAddress, bank: 0, page, offset, lengthBytes: 128 }
}

async function readWhole(host: Host, name: string): Promise<Uint8Array | null> {
  const info = await host.ask(ethtoolQuestions.moduleInfo(name))
  if (info === undefined) return null
  const answer = await host.ask(ethtoolQuestions.moduleEeprom(name, moduleMemoryBytes(info)))
  if (answer === undefined) throw new DecodeError(`Cannot read the module of ${name}: no answer`)
  return moduleMemory(answer)
}
