import { expect } from 'vitest'
import { archiveOf, unpackArchive } from '../../../agent/capture/archive.ts'
import { captureMachine } from '../../../agent/capture/capture.ts'
import { discovered } from '../../../agent/discovery/discovered.ts'
import { rootedHost } from '../../../agent/host.ts'
import { systemClock } from '../../../protocol/system-effects.ts'

const never = new AbortController().signal
const discover = (root: string) => discovered(rootedHost(root), systemClock, never)
/** What a capture of the recorded machine holds. */
export const capture = async (root: string) =>
  (await captureMachine(rootedHost(root), systemClock, never)).recording

/** Captures the machine, and expects the capture to be the same machine in every respect. */
export async function expectSame(root: string): Promise<void> {
  const archive = archiveOf(await capture(root))
  await using recorded = await unpackArchive(archive)
  const original = await discover(root)
  expect(await discover(recorded.root)).toEqual(withoutRoot(original, root, recorded.root))
  const again = await capture(recorded.root)
  expect(Bun.hash(archiveOf(again))).toBe(Bun.hash(archive))
}

/** Messages of failed reads name the folder of the recording. */
function withoutRoot(value: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(from, to))
}
