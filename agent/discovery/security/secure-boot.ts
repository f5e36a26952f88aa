import { createHash } from 'node:crypto'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { SecurityFacts } from '../../../protocol/facts/security.ts'
import type { Host } from '../../host.ts'
import { countSignatures } from '../decode/efi-signatures.ts'
import { all } from '../probe.ts'
import {
  efiVariable,
  globalVariable,
  globalVariableNames,
  securityDatabase,
} from './efi-variables.ts'

type SecureBoot = Pick<
  SecurityFacts,
  'secureBoot' | 'setupMode' | 'auditMode' | 'deployedMode' | 'keys' | 'bootVariablesDigest'
>

/** Variables that decide how the machine boots, but its `Boot####`. */
const decisive: readonly (readonly [name: string, guid: string])[] = [
  ['AuditMode', globalVariable],
  ['BootOrder', globalVariable],
  ['DeployedMode', globalVariable],
  ['KEK', globalVariable],
  ['PK', globalVariable],
  ['SecureBoot', globalVariable],
  ['SetupMode', globalVariable],
  ['db', securityDatabase],
  ['dbx', securityDatabase],
]

/** Secure Boot by the firmware's variables, UEFI 2.10 §32.3. */
export async function readSecureBoot(
  host: Host,
): Promise<{ readonly facts: SecureBoot; readonly findings: readonly Finding[] }> {
  const contents = await bootVariables(host)
  const flag = (name: string) => {
    const value = contents.get(name)
    return value?.length === 1 ? value[0] === 1 : null
  }
  const platformKey = contents.get('PK')
  const facts: SecureBoot = {
    secureBoot: flag('SecureBoot'),
    setupMode: flag('SetupMode'),
    auditMode: flag('AuditMode'),
    deployedMode: flag('DeployedMode'),
    keys: {
      platformKey: database(platformKey),
      keyExchangeKeys: database(contents.get('KEK')),
      allowed: database(contents.get('db')),
      forbidden: database(contents.get('dbx')),
    },
    bootVariablesDigest: contents.size === 0 ? null : digestOf(contents),
  }
  return { facts, findings: isTestKey(platformKey) ? [testKey] : [] }
}

async function bootVariables(host: Host): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = (await globalVariableNames(host))
    .filter((name) => /^Boot[0-9A-F]{4}$/.test(name))
    .map((name) => [name, globalVariable] as const)
  const read = await all([...decisive, ...entries], async ([name, guid]) => {
    const value = await efiVariable(host, name, guid)
    return value === null ? [] : [[name, value] as const]
  })
  return new Map(read.flat())
}

function database(contents: Uint8Array | undefined): SecurityFacts['keys']['platformKey'] {
  if (contents === undefined) return null
  const counts = countSignatures(contents)
  return {
    digest: sha256(contents),
    entryCount: counts?.entryCount ?? null,
    certificateCount: counts?.certificateCount ?? null,
  }
}

/** As {@link SecurityFacts.bootVariablesDigest} says. */
function digestOf(contents: ReadonlyMap<string, Uint8Array>): string {
  const lines = [...contents]
    .map(([name, value]) => `${name} ${sha256(value)}\n`)
    .toSorted((a, b) => (a < b ? -1 : 1))
  return sha256(new TextEncoder().encode(lines.join('')))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The keys that firmware makers hand out as samples say so in their names (CVE-2024-8105). */
function isTestKey(key: Uint8Array | undefined): boolean {
  if (key === undefined) return false
  return /DO NOT (TRUST|SHIP)/.test(new TextDecoder('latin1').decode(key))
}

const testKey: Finding = {
  code: 'security.test-platform-key',
  severity: 'warning',
  subject: 'security',
  message: "The platform key is its maker's sample, whose private half is known to others",
}
