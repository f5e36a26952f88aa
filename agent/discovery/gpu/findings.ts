import type { Finding } from '../../../protocol/facts/finding.ts'
import type { GpuFacts } from '../../../protocol/facts/gpu.ts'
import { uncorrectedErrors } from '../../../protocol/facts/gpu-errors.ts'

type Gpu = GpuFacts['gpus'][number]

/** What an operator should know of the GPUs: errors, degraded links, pieces unlike their siblings. */
export function gpuFindings({ gpus }: Pick<GpuFacts, 'gpus'>): readonly Finding[] {
  const computing = gpus.filter(({ kind }) => kind !== 'console')
  return [...computing.flatMap((gpu) => faultsOf(gpu)), ...unequal(computing), ...links(computing)]
}

function faultsOf(gpu: Gpu): readonly Finding[] {
  const told = gpu.management
  if (told === null) return []
  const say = (code: string, severity: Finding['severity'], message: string): Finding => ({
    code: `gpu.${code}`,
    severity,
    subject: gpu.address,
    message,
  })
  const now = uncorrectedErrors(told.eccErrorsVolatile)
  const everything = uncorrectedErrors(told.eccErrorsAggregate)
  const rows = told.remappedRows
  const pages = told.retiredPages
  const lanes = told.link?.maxLaneWidth ?? null
  const used = told.readings.linkLaneWidth
  const found: (Finding | null)[] = [
    now > 0
      ? say('ecc-uncorrected', 'error', `${now} uncorrected ECC errors since the start`)
      : null,
    now === 0 && everything > 0
      ? say('ecc-uncorrected-before', 'warning', `${everything} uncorrected ECC errors in its life`)
      : null,
    rows?.failed === true
      ? say('row-remap-failed', 'error', 'a memory row could not be remapped: replace the GPU')
      : null,
    rows?.pending === true
      ? say('row-remap-pending', 'warning', 'a memory row is remapped at the next reset of the GPU')
      : null,
    pages?.pending === true
      ? say('page-retirement-pending', 'warning', 'a memory page is retired at the next reset')
      : null,
    told.resetRequired === true
      ? say('reset-required', 'error', 'the driver wants the GPU to be reset')
      : null,
    told.repairPending === true
      ? say('repair-pending', 'warning', 'memory is repaired at the next reset of the GPU')
      : null,
    lanes !== null && used !== null && used > 0 && used < lanes
      ? say('link-narrow', 'warning', `PCI Express link runs with ${used} of ${lanes} lanes`)
      : null,
    told.fabric !== null && told.fabric.state !== 'completed'
      ? say('fabric-not-ready', 'warning', `NVLink fabric: ${told.fabric.state}`)
      : null,
    told.fabric?.state === 'completed' && !/^(success|n\/a)$/i.test(told.fabric.status ?? 'success')
      ? say('fabric-failed', 'error', `NVLink fabric: ${told.fabric.status}`)
      : null,
  ]
  return found.filter((one) => one !== null)
}

/** Boards of one model that differ in firmware or memory; and several models in one machine. */
function unequal(gpus: readonly Gpu[]): readonly Finding[] {
  const findings: Finding[] = []
  const models = groups(gpus, (gpu) => `${gpu.vendorId}:${gpu.deviceId}`)
  // The graphics of a processor are no part of a set, nor are pieces of several makers.
  const boards = gpus.filter(({ formFactor }) => formFactor !== 'integrated')
  for (const made of groups(boards, ({ vendorId }) => vendorId).values()) {
    const kinds = groups(made, ({ vendorId, deviceId }) => `${vendorId}:${deviceId}`)
    if (kinds.size === 1) continue
    const list = [...kinds].map(([id, same]) => `${same.length} × ${same[0]?.model ?? id}`)
    findings.push(mixed('mixed-models', `GPUs of several models: ${list.join(', ')}`))
  }
  for (const [id, same] of models) {
    const name = same[0]?.model ?? id
    const versions = groups(same, (gpu) => gpu.management?.vbiosVersion ?? null)
    if (versions.size > 1) {
      const list = [...versions].map(([version, some]) => `${version} (${some.length})`)
      findings.push(mixed('mixed-vbios', `${name} with several VBIOS versions: ${list.join(', ')}`))
    }
    const sizes = groups(same, (gpu) =>
      gpu.memorySource === 'driver' ? String(gpu.memorySizeBytes) : null,
    )
    if (sizes.size > 1) {
      findings.push(mixed('mixed-memory', `${name} with several memory sizes`))
    }
  }
  return findings
}

function mixed(code: string, message: string): Finding {
  return {
    code: `gpu.${code}`,
    severity: 'warning',
    subject: 'gpu',
    message: message.slice(0, 1024),
  }
}

/** A GPU with fewer NVLinks up than the others of its model. */
function links(gpus: readonly Gpu[]): readonly Finding[] {
  const up = (gpu: Gpu) => gpu.management?.nvLinks.filter(({ active }) => active).length ?? 0
  return [...groups(gpus, ({ vendorId, deviceId }) => `${vendorId}:${deviceId}`).values()].flatMap(
    (same) => {
      const most = Math.max(0, ...same.map(up))
      return same
        .filter((gpu) => gpu.management !== null && up(gpu) < most)
        .map((gpu): Finding => ({
          code: 'gpu.nvlink-down',
          severity: 'warning',
          subject: gpu.address,
          message: `${up(gpu)} NVLinks are up, its siblings have ${most}`,
        }))
    },
  )
}

/** Items by their key; those without one are left out. */
function groups<T>(
  items: readonly T[],
  keyOf: (item: T) => string | null,
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === null) continue
    const group = found.get(key) ?? []
    group.push(item)
    found.set(key, group)
  }
  return found
}
