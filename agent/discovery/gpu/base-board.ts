import type { GpuFacts } from '../../../protocol/facts/gpu.ts'

type Gpu = Pick<GpuFacts['gpus'][number], 'deviceId' | 'vendorId' | 'formFactor' | 'model' | 'kind'>

/**
 * The board that modules (SXM, OAM) sit on together; null where a GPU is not a module, or only one
 * is there. NVIDIA's HGX boards have 4 GPUs wired to each other, 8 with 4 (Hopper) or 6 (Ampere,
 * Volta) NVSwitches, or 16 with 12 (HGX-2).
 */
export function baseBoardOf(gpus: readonly Gpu[], switchCount: number): GpuFacts['baseBoard'] {
  const computing = gpus.filter(({ kind }) => kind !== 'console')
  const modules = computing.filter(({ formFactor }) => formFactor === 'sxm' || formFactor === 'oam')
  const [first] = modules
  if (first === undefined || modules.length < 2) return null
  const ids = new Set(modules.map(({ vendorId, deviceId }) => `${vendorId}:${deviceId}`))
  const model = ids.size === 1 ? boardModel(first, modules.length, switchCount) : null
  return { model, gpuCount: modules.length }
}

/** Switches of a board by its number of GPUs. */
const switchCounts: ReadonlyMap<number, readonly number[]> = new Map([
  [4, [0]],
  [8, [4, 6]],
  [16, [12]],
])

function boardModel(gpu: Gpu, gpuCount: number, switchCount: number): string | null {
  // `NVIDIA H100 SXM5 80GB` -> `H100`, `AMD Instinct MI300X` -> `MI300X`
  const chip = /\b([A-Z]{1,2}\d{2,4}[A-Z]?)\b/.exec(gpu.model ?? '')?.[1]
  if (chip === undefined) return null
  if (gpu.formFactor === 'oam') return gpuCount === 8 ? `OAM UBB ${chip} 8-GPU` : null
  const known = switchCounts.get(gpuCount)?.includes(switchCount) === true
  if (!known) return null
  return gpuCount === 16 ? `HGX-2 ${chip} 16-GPU` : `HGX ${chip} ${gpuCount}-GPU`
}
