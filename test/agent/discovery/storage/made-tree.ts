import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answerPath, type DeviceQuestion } from '../../../../agent/device-question.ts'
import { storageProbe } from '../../../../agent/discovery/probes/storage.ts'
import { rootedHost } from '../../../../agent/host.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import type { StorageFacts } from '../../../../protocol/facts/storage.ts'

/** A machine of a few files: texts end in a newline, `-> target` is a link, bytes are bytes. */
export type MadeFiles = Readonly<Record<string, string | Uint8Array>>

/** What the devices of a machine answer. */
export type MadeAnswers = readonly (readonly [DeviceQuestion, Uint8Array])[]

/** What the storage probe finds on such a machine; its facts are in their schema. */
export async function storageOf(
  files: MadeFiles,
  answers: MadeAnswers = [],
): Promise<{ readonly facts: StorageFacts; readonly findings: readonly Finding[] }> {
  const root = await mkdtemp(join(tmpdir(), 'assay-storage-'))
  try {
    const all = [
      ...Object.entries(files),
      ...answers.map(([question, bytes]) => [answerPath(question), bytes] as const),
    ]
    for (const [path, content] of all) await write(join(root, path), content)
    const { facts, findings } = await storageProbe.read(rootedHost(root))
    return { facts: parseFacts('storage', facts), findings }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const target = typeof content === 'string' ? /^-> (.*)$/.exec(content)?.[1] : undefined
  if (target !== undefined) await symlink(target, path)
  else await writeFile(path, typeof content === 'string' ? `${content}\n` : content)
}

/** The folder of a disk in sysfs and the links to it. */
export function madeDisk(
  name: string,
  place: string,
  more: Readonly<Record<string, string | Uint8Array>> = {},
): MadeFiles {
  const folder = `/sys/devices/${place}/${name}`
  const own = {
    size: '20480',
    'queue/logical_block_size': '512',
    'queue/physical_block_size': '4096',
    'queue/rotational': '0',
    removable: '0',
    ro: '0',
    ...more,
  }
  return {
    [`/sys/block/${name}`]: `-> ../devices/${place}/${name}`,
    ...Object.fromEntries(Object.entries(own).map(([file, text]) => [`${folder}/${file}`, text])),
  }
}
