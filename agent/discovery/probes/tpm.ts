import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Tpm } from '../../../protocol/facts/tpm.ts'
import type { Host } from '../../host.ts'
import { attempt, attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { parseTpmCaps, parseTpmPcrs } from '../decode/tpm/kernel-text.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { attribute, flagAttribute, linkName } from '../sysfs.ts'
import { readSmbios } from '../smbios.ts'
import { announcedTpms } from '../tpm/announced.ts'
import { askTpm, type TpmAnswers } from '../tpm/ask.ts'
import { readEventLog } from '../tpm/event-log.ts'

/**
 * Kernel documents sysfs-class-tpm and security/tpm; the TPM itself by TPM 2.0 part 3; SMBIOS type 43.
 */
export const tpmProbe: Probe<'tpm'> = {
  class: 'tpm',
  async read(host) {
    const names = (await host.list(paths.tpm)).filter((name) => /^tpm\d{1,3}$/.test(name))
    const smbios = await readSmbios(host)
    const read = await attemptEach('tpm', names, (name) => readTpm(host, name))
    return {
      facts: { tpms: read.found.map(({ tpm }) => tpm), announced: announcedTpms(smbios) },
      findings: [...read.findings, ...read.found.flatMap(({ findings }) => findings)],
    }
  },
}

interface TpmReading {
  readonly tpm: Tpm
  readonly findings: readonly Finding[]
}

async function readTpm(host: Host, name: string): Promise<TpmReading> {
  const folder = `${paths.tpm}/${name}`
  const either = async (file: string) =>
    (await attribute(host, `${folder}/${file}`)) ?? attribute(host, `${folder}/device/${file}`)
  const [version, caps, driver, hid, alias] = await Promise.all([
    versionOf(host, folder),
    either('caps'),
    linkName(host, `${folder}/device/driver`),
    attribute(host, `${folder}/device/firmware_node/hid`),
    attribute(host, `${folder}/device/modalias`),
  ])
  const [asked, shown, switches] = await Promise.all([
    version === '1.2' ? null : attempt('tpm', name, () => askTpm(host, deviceOf(name))),
    shownRegisters(host, folder, either),
    switchesOf(host, folder),
  ])
  const told = asked?.kind === 'done' ? asked.value : null
  const registers = shown ?? told?.registers ?? null
  const log = await attempt('tpm', name, () => readEventLog(host, name, registers))
  const tpm: Tpm = {
    name,
    version: version ?? (caps === null ? null : '1.2'),
    driver,
    hardwareId: deviceText(hid) ?? /^[a-z]+:(\w+)/.exec(alias ?? '')?.[1] ?? null,
    ...identityOf(told, caps),
    endorsementCertificates: told?.certificates ?? null,
    ...switches,
    registers,
    eventLog: log.kind === 'done' ? (log.value?.facts ?? null) : null,
  }
  const findings = [
    ...(asked?.kind === 'failed' ? [asked.finding] : []),
    ...(log.kind === 'failed' ? [log.finding] : (log.value?.findings ?? [])),
  ]
  return { tpm, findings }
}

/** Through the resource manager, which leaves what other programs loaded alone. */
function deviceOf(name: string): string {
  return `/dev/tpmrm${name.slice('tpm'.length)}`
}

function identityOf(told: TpmAnswers | null, caps: string | null) {
  const none = {
    manufacturerId: null,
    manufacturer: null,
    vendorText: null,
    firmwareVersion: null,
    specification: null,
  }
  if (told !== null) return told.identity
  return caps === null ? none : { ...none, ...parseTpmCaps(caps) }
}

/** `tpm_version_major` came with Linux 5.6; ACPI's description is older. */
async function versionOf(host: Host, folder: string): Promise<Tpm['version']> {
  const major = await attribute(host, `${folder}/tpm_version_major`)
  if (major === '2') return '2.0'
  if (major === '1') return '1.2'
  const description = await attribute(host, `${folder}/device/description`)
  return /TPM 2\.0/.test(description ?? '') ? '2.0' : null
}

/** Enabled and active stand beside `caps`: only a TPM 1.2 has them. */
async function switchesOf(host: Host, folder: string): Promise<Pick<Tpm, 'enabled' | 'active'>> {
  const flag = async (name: string) =>
    (await flagAttribute(host, `${folder}/${name}`)) ??
    flagAttribute(host, `${folder}/device/${name}`)
  return { enabled: await flag('enabled'), active: await flag('active') }
}

/** `pcr-sha256/0` since Linux 5.12, `pcrs` of a TPM 1.2. */
async function shownRegisters(
  host: Host,
  folder: string,
  either: (file: string) => Promise<string | null>,
): Promise<Tpm['registers']> {
  const banks = (await host.list(folder)).filter((name) => /^pcr-[a-z0-9_-]{1,16}$/.test(name))
  if (banks.length === 0) {
    const text = await either('pcrs')
    return text === null ? null : { sha1: parseTpmPcrs(text) }
  }
  const read = await all(banks, async (bank) => {
    const numbers = (await host.list(`${folder}/${bank}`)).filter((name) => /^\d{1,2}$/.test(name))
    const values = await all(
      numbers.toSorted((a, b) => Number(a) - Number(b)),
      async (number) => {
        const digest = (await attribute(host, `${folder}/${bank}/${number}`))?.toLowerCase()
        return digest === undefined || !/^(?:[0-9a-f]{2})+$/.test(digest) ? [] : [[number, digest]]
      },
    )
    return [bankName(bank.slice('pcr-'.length)), Object.fromEntries(values.flat())] as const
  })
  return Object.fromEntries(read)
}

/** The kernel's crypto names, `sm3`, as the event log spells them. */
function bankName(name: string): string {
  return name === 'sm3' ? 'sm3_256' : name.replaceAll('-', '_')
}
