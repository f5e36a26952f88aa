import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { BootDecision } from '../service.ts'
import { renderScript } from './ipxe-template.ts'
import type { ScriptFields } from './ipxe-template.ts'

/** The templates of `ipxe-scripts/`, by their file name without `.ipxe`. */
export const scriptNames = ['autoexec', 'boot', 'agent', 'disk', 'hold', 'refuse'] as const
export type ScriptName = (typeof scriptNames)[number]
export type ScriptTemplates = Readonly<Record<ScriptName, string>>

/** What every script of this server has in common. */
export interface ScriptSite {
  /** `http://host:port` of the netboot listener, as machines reach it. */
  readonly serverUrl: string
  /** `host:port` of the agent port, as machines reach it. */
  readonly agentAddress: string
  /** Beside what the agent needs: consoles, `quiet`, debugging. */
  readonly kernelArguments: readonly string[]
}

/** Times a machine asks before its firmware tries the next boot device: two minutes. */
const attempts = 24
const retrySeconds = 5
/** A held machine asks again this often. */
const holdSeconds = 30

export async function readTemplates(dir: string): Promise<ScriptTemplates> {
  const read = async (name: ScriptName) => {
    const file = path.join(dir, `${name}.ipxe`)
    try {
      return await readFile(file, 'utf8')
    } catch (cause) {
      throw new Error(`cannot read iPXE template '${file}'`, { cause })
    }
  }
  const [autoexec, boot, agent, disk, hold, refuse] = await Promise.all([
    read('autoexec'),
    read('boot'),
    read('agent'),
    read('disk'),
    read('hold'),
    read('refuse'),
  ])
  return { autoexec, boot, agent, disk, hold, refuse }
}

/** The chain entry: what DHCP names, the same for every machine. */
export function renderBootScript(templates: ScriptTemplates, site: ScriptSite): string {
  return renderScript(templates.boot, entryFields(site))
}

/** What iPXE looks for by itself beside its own file: brings up the network, then the chain entry. */
export function renderAutoexec(templates: ScriptTemplates, site: ScriptSite): string {
  return renderScript(templates.autoexec, entryFields(site))
}

function entryFields(site: ScriptSite): ScriptFields {
  return {
    serverUrl: { kind: 'url', value: site.serverUrl },
    attempts: { kind: 'word', value: String(attempts) },
    retrySeconds: { kind: 'word', value: String(retrySeconds) },
  }
}

/** The script for one machine. */
export function renderDecision(
  templates: ScriptTemplates,
  site: ScriptSite,
  decision: BootDecision,
): string {
  const common: ScriptFields = {
    reason: { kind: 'text', value: decision.reason },
    retrySeconds: { kind: 'word', value: String(retrySeconds) },
  }
  if (decision.kind === 'disk') return renderScript(templates.disk, common)
  const serverUrl = { kind: 'url', value: site.serverUrl } as const
  if (decision.kind === 'hold') {
    return renderScript(templates.hold, {
      ...common,
      serverUrl,
      holdSeconds: { kind: 'word', value: String(holdSeconds) },
    })
  }
  return renderScript(templates.agent, {
    ...common,
    serverUrl,
    bootId: { kind: 'word', value: decision.bootId },
    agentAddress: { kind: 'word', value: site.agentAddress },
    kernelArguments: { kind: 'words', value: site.kernelArguments },
  })
}

/** For a machine this server cannot boot. */
export function renderRefusal(templates: ScriptTemplates, reason: string): string {
  return renderScript(templates.refuse, {
    reason: { kind: 'text', value: reason },
    retrySeconds: { kind: 'word', value: String(retrySeconds) },
  })
}
