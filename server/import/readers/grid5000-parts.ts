import type { Json } from '../../../protocol/canonical.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { fieldsAt, flagAt, isFields, listAt, onlyKnown, textAt, wholeAt } from './loose.ts'
import type { Fields } from './loose.ts'

type Stated = Readonly<Record<string, Json | undefined>>

/** `ram_size` is what is in the slots; how much of it a kernel can use is not stated. */
export function memoryAttributes(node: Fields): Stated {
  const installed = wholeAt(fieldsAt(node, 'main_memory'), 'ram_size', 'main_memory')
  const modules = listAt(node, 'memory_devices')
  if (modules === undefined) return { 'memory.installed': installed }
  const dimms = modules.map((module) =>
    onlyKnown({
      locator: textAt(module, 'device'),
      size: wholeAt(module, 'size', 'memory_devices'),
    }),
  )
  return { 'memory.installed': installed, 'memory.dimmCount': dimms.length, dimms }
}

/** A node without `gpu_devices` states nothing of GPUs; only the old `gpu.gpu: false` says none. */
export function gpuAttributes(node: Fields): Stated {
  const devices = fieldsAt(node, 'gpu_devices')
  if (devices === undefined) {
    const hasGpu = flagAt(fieldsAt(node, 'gpu'), 'gpu', 'gpu')
    return hasGpu === false ? { 'gpu.count': 0, 'gpu.model': null, gpus: [] } : {}
  }
  const cards = Object.values(devices).filter(isFields)
  if (cards.length !== Object.keys(devices).length) {
    throw new DecodeError("'gpu_devices' holds something that is no object")
  }
  const models = cards.map((card) => textAt(card, 'model'))
  return {
    'gpu.count': cards.length,
    'gpu.model': cards.length === 0 ? null : allKnown(models),
    gpus: cards.map((card) =>
      onlyKnown({
        kind: 'gpu',
        model: textAt(card, 'model'),
        memorySize: wholeAt(card, 'memory', 'gpu_devices'),
      }),
    ),
  }
}

/**
 * Interfaces of the machine itself: not the BMC's, and not entries that are but a name for an
 * address. The rate of an interface that is not enabled is nobody's measurement.
 */
export function nicAttributes(node: Fields): Stated {
  const adapters = listAt(node, 'network_adapters')
  if (adapters === undefined) return {}
  const own = adapters.filter(
    (adapter) =>
      adapter['management'] !== true &&
      (textAt(adapter, 'mac') !== undefined || textAt(adapter, 'interface') !== undefined),
  )
  const nics = own.map((adapter) => {
    const rate = wholeAt(adapter, 'rate', 'network_adapters')
    const isUp = adapter['enabled'] === true && rate !== undefined && rate > 0
    return onlyKnown({
      mac: macOf(textAt(adapter, 'mac')),
      driver: textAt(adapter, 'driver'),
      linkType: linkTypes[textAt(adapter, 'interface')?.toLowerCase() ?? ''],
      linkSpeed: isUp ? rate : undefined,
      virtualFunctions: virtualFunctions(adapter),
    })
  })
  const speeds = nics.flatMap(({ linkSpeed }) => (typeof linkSpeed === 'number' ? [linkSpeed] : []))
  return {
    'nic.count': nics.length,
    'nic.speedMax': speeds.length === 0 ? undefined : Math.max(...speeds),
    nics,
  }
}

/** Omni-Path interfaces are InfiniBand's to the kernel. */
const linkTypes: Readonly<Record<string, string>> = {
  ethernet: 'ethernet',
  infiniband: 'infiniband',
  'omni-path': 'infiniband',
  myrinet: 'other',
}

function macOf(text: string | undefined): string | undefined {
  const mac = text?.toLowerCase()
  return mac !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5,31}$/.test(mac) ? mac : undefined
}

/** Null: the interface is stated to have none. */
function virtualFunctions(adapter: Fields): number | null | undefined {
  const capable = flagAt(adapter, 'sriov', 'network_adapters')
  if (capable === false) return null
  return capable === true ? wholeAt(adapter, 'sriov_totalvfs', 'network_adapters') : undefined
}

export function diskAttributes(node: Fields): Stated {
  const devices = listAt(node, 'storage_devices')
  if (devices === undefined) return {}
  const found = devices.map((device) => ({
    transport: transportOf(textAt(device, 'interface')),
    sizeBytes: wholeAt(device, 'size', 'storage_devices'),
    rotational: rotating[textAt(device, 'storage')?.toLowerCase() ?? ''],
    device,
  }))
  const nvme = found.filter(({ transport }) => transport === 'nvme')
  const isToldAll = found.every(({ transport }) => transport !== undefined)
  const isTurningTold = found.every(({ rotational }) => rotational !== undefined)
  return {
    'storage.diskCount': found.length,
    'storage.size': total(found),
    'storage.nvmeCount': isToldAll ? nvme.length : undefined,
    'storage.nvmeSize': isToldAll ? total(nvme) : undefined,
    'storage.rotationalSize': isTurningTold
      ? total(found.filter(({ rotational }) => rotational === true))
      : undefined,
    disks: found.map(({ transport, sizeBytes, rotational, device }) =>
      onlyKnown({
        transport,
        model: textAt(device, 'model'),
        vendor: textAt(device, 'vendor'),
        wwn: wwnOf(textAt(device, 'by_id')),
        size: sizeBytes,
        rotational,
      }),
    ),
  }
}

function transportOf(text: string | undefined): string | undefined {
  const [word] = text?.toLowerCase().split(/\s/) ?? []
  return ['nvme', 'sata', 'sas', 'scsi'].find((transport) => transport === word)
}

const rotating: Readonly<Record<string, boolean>> = { hdd: true, ssd: false }

/** `/dev/disk/by-id/wwn-0x...` and `nvme-eui....` carry the disk's own name. */
function wwnOf(path: string | undefined): string | undefined {
  const [, name] =
    /\/(?:wwn-0x|nvme-eui\.)([0-9a-f]{16}|[0-9a-f]{32})$/.exec(path?.toLowerCase() ?? '') ?? []
  return name
}

/** Not known where one size is not. */
function total(disks: readonly { readonly sizeBytes: number | undefined }[]): number | undefined {
  let sum = 0
  for (const { sizeBytes } of disks) {
    if (sizeBytes === undefined) return undefined
    sum += sizeBytes
  }
  return sum
}

/** The texts when every one is known: half a set would answer wrongly. */
function allKnown(texts: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = texts.filter((text) => text !== undefined)
  return known.length === texts.length ? known : undefined
}
