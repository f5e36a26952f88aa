import { DecodeError } from '../../../../protocol/errors.ts'
import type { GpuImport } from '../../../../protocol/facts/gpu-import.ts'
import { emptyManagement, type GpuManagement } from '../../../../protocol/facts/gpu-management.ts'
import {
  kernelAddress,
  known,
  positiveAmount,
  told,
  toldIdentity,
  wholeAmount,
  yes,
} from './amounts.ts'
import { eccErrors, remappedRows, retiredPages } from './nvidia-smi-health.ts'
import { readingsOf } from './nvidia-smi-readings.ts'
import { leafOf, numbersIn } from './nvidia-smi-tree.ts'
import { elementAt, parseXml, type XmlElement } from './xml.ts'

const decoder = new TextDecoder()
const maxGpus = 256

/** `nvidia-smi -q -x`: nvsmi_device.dtd of all versions since 4. */
export function decodeNvidiaSmi(bytes: Uint8Array): GpuImport {
  const log = parseXml(decoder.decode(bytes))
  if (log.name !== 'nvidia_smi_log') {
    throw new DecodeError(`Cannot read nvidia-smi's XML: the root is ${log.name.slice(0, 64)}`)
  }
  const gpus = log.children.filter(({ name }) => name === 'gpu')
  if (gpus.length > maxGpus) throw new DecodeError(`Cannot take ${gpus.length} GPUs`)
  return {
    driverVersion: told(leafOf(log, 'driver_version')),
    runtimeVersion: told(leafOf(log, 'cuda_version')),
    gpus: gpus.map((gpu, index) => gpuOf(gpu, index)),
    links: [],
  }
}

function gpuOf(gpu: XmlElement, index: number): GpuImport['gpus'][number] {
  const [, deviceId, vendorId] = idPair(leafOf(gpu, 'pci.pci_device_id'))
  const [, subsystemDeviceId, subsystemVendorId] = idPair(leafOf(gpu, 'pci.pci_sub_system_id'))
  return {
    address: kernelAddress(leafOf(gpu, 'pci.pci_bus_id') ?? gpu.attributes.get('id')),
    vendorId: vendorId ?? null,
    deviceId: deviceId ?? null,
    subsystemVendorId: subsystemVendorId ?? null,
    subsystemDeviceId: subsystemDeviceId ?? null,
    revision: null,
    numaNode: null,
    management: managementOf(gpu, index),
  }
}

/** Device and vendor in one number, `27B010DE`. */
function idPair(text: string | null): readonly (string | undefined)[] {
  return /^(?:0x)?([0-9a-f]{4})([0-9a-f]{4})$/.exec(text?.toLowerCase() ?? '') ?? []
}

function managementOf(gpu: XmlElement, index: number): GpuManagement {
  const leaf = (path: string) => leafOf(gpu, path)
  const word = (path: string) => told(leaf(path))
  return {
    ...emptyManagement('nvidia-smi'),
    index,
    name: word('product_name'),
    brand: word('product_brand'),
    architecture: word('product_architecture'),
    uuid: word('uuid'),
    serial: toldIdentity(leaf('serial')),
    boardId: word('board_id'),
    boardPartNumber: toldIdentity(leaf('board_part_number')),
    gpuPartNumber: toldIdentity(leaf('gpu_part_number')),
    fruPartNumber: toldIdentity(leaf('gpu_fru_part_number')),
    moduleId: wholeAmount(leaf('platformInfo.module_id') ?? leaf('gpu_module_id')),
    minorNumber: wholeAmount(leaf('minor_number')),
    vbiosVersion: word('vbios_version'),
    firmwareVersions: known([
      ['inforom-image', word('inforom_version.img_version')],
      ['inforom-oem', word('inforom_version.oem_object')],
      ['inforom-ecc', word('inforom_version.ecc_object')],
      ['inforom-power', word('inforom_version.pwr_object')],
      ['gsp', word('gsp_firmware_version')],
    ]),
    memorySizeBytes: wholeAmount(leaf('fb_memory_usage.total')),
    memoryReservedBytes: wholeAmount(leaf('fb_memory_usage.reserved')),
    visibleMemorySizeBytes: wholeAmount(leaf('bar1_memory_usage.total')),
    computeMode: word('compute_mode'),
    persistence: yes(leaf('persistence_mode')),
    virtualizationMode: virtualization(leaf('gpu_virtualization_mode.virtualization_mode')),
    link: linkOf(gpu),
    ecc: switchable(leaf('ecc_mode.current_ecc'), leaf('ecc_mode.pending_ecc')),
    eccErrorsVolatile: eccErrors(gpu, 'volatile'),
    eccErrorsAggregate: eccErrors(gpu, 'aggregate'),
    remappedRows: remappedRows(gpu),
    retiredPages: retiredPages(gpu),
    mig: migOf(gpu),
    fabric: fabricOf(gpu),
    resetRequired: yes(leaf('gpu_reset_status.reset_required')),
    repairPending: anyOf(
      yes(leaf('ecc_errors.channel_repair_pending')),
      yes(leaf('ecc_errors.tpc_repair_pending')),
    ),
    powerLimitsWatts: powerLimits(gpu),
    maxClocksHz: clocks(gpu, 'max_clocks'),
    applicationClocksHz: clocks(gpu, 'applications_clocks'),
    defaultApplicationClocksHz: clocks(gpu, 'default_applications_clocks'),
    temperatureLimitsCelsius: temperatureLimits(gpu),
    readings: readingsOf(gpu),
  }
}

/** True where one is; null where none is told. */
function anyOf(a: boolean | null, b: boolean | null): boolean | null {
  return a === null ? b : a || b === true
}

/** `None` is an answer here: the GPU is not passed through. */
function virtualization(text: string | null): string | null {
  return text === 'None' ? text : told(text)
}

function switchable(current: string | null, pending: string | null) {
  const enabled = yes(current)
  return enabled === null ? null : { enabled, pendingEnabled: yes(pending) }
}

function linkOf(gpu: XmlElement): GpuManagement['link'] {
  const number = (path: string) => wholeAmount(leafOf(gpu, `pci.${path}`))
  const link = {
    maxGeneration: number('pci_gpu_link_info.pcie_gen.max_link_gen'),
    deviceMaxGeneration: number('pci_gpu_link_info.pcie_gen.max_device_link_gen'),
    hostMaxGeneration: number('pci_gpu_link_info.pcie_gen.max_host_link_gen'),
    maxLaneWidth: number('pci_gpu_link_info.link_widths.max_link_width'),
    replayCount: number('replay_counter'),
    replayRolloverCount: number('replay_rollover_counter'),
  }
  return Object.values(link).every((value) => value === null) ? null : link
}

function migOf(gpu: XmlElement): GpuManagement['mig'] {
  const mode = switchable(leafOf(gpu, 'mig_mode.current_mig'), leafOf(gpu, 'mig_mode.pending_mig'))
  if (mode === null) return null
  const listed = elementAt(gpu, 'mig_devices')?.children ?? []
  if (listed.length > 64) throw new DecodeError(`Cannot take ${listed.length} MIG devices`)
  const devices = listed.flatMap((device) => {
    const number = (path: string) => wholeAmount(leafOf(device, path))
    const [place, gpuInstanceId, computeInstanceId] = [
      number('index'),
      number('gpu_instance_id'),
      number('compute_instance_id'),
    ]
    if (place === null || gpuInstanceId === null || computeInstanceId === null) return []
    return [
      {
        index: place,
        gpuInstanceId,
        computeInstanceId,
        uuid: told(leafOf(device, 'uuid')),
        memorySizeBytes: number('fb_memory_usage.total'),
        multiprocessorCount: number('device_attributes.shared.multiprocessor_count'),
      },
    ]
  })
  return { ...mode, devices }
}

const fabricStates = {
  'not started': 'not-started',
  'in progress': 'in-progress',
  completed: 'completed',
} as const

function fabricOf(gpu: XmlElement): GpuManagement['fabric'] {
  const text = leafOf(gpu, 'fabric.state')?.toLowerCase() ?? ''
  const state =
    text === 'completed' || text === 'in progress' || text === 'not started'
      ? fabricStates[text]
      : null
  if (state === null) return null
  return {
    state,
    status: told(leafOf(gpu, 'fabric.status')),
    cliqueId: wholeAmount(leafOf(gpu, 'fabric.cliqueId')),
    clusterUuid: told(leafOf(gpu, 'fabric.clusterUuid')),
  }
}

function powerLimits(gpu: XmlElement): GpuManagement['powerLimitsWatts'] {
  const watts = (...names: readonly string[]) =>
    names
      .flatMap((name) =>
        ['gpu_power_readings', 'power_readings'].map((group) =>
          positiveAmount(leafOf(gpu, `${group}.${name}`)),
        ),
      )
      .find((value) => value !== null) ?? null
  return known([
    ['limit', watts('current_power_limit', 'power_limit')],
    ['requested', watts('requested_power_limit')],
    ['default', watts('default_power_limit')],
    ['enforced', watts('enforced_power_limit')],
    ['min', watts('min_power_limit')],
    ['max', watts('max_power_limit')],
  ])
}

function clocks(gpu: XmlElement, group: string): GpuManagement['maxClocksHz'] {
  const found = elementAt(gpu, group)
  return found === undefined ? {} : numbersIn(found, (name) => name.replace(/_clock$/, ''))
}

/** `gpu_temp_max_threshold` -> `max`; a T.Limit counts degrees down to the threshold. */
function temperatureLimits(gpu: XmlElement): GpuManagement['temperatureLimitsCelsius'] {
  const group = elementAt(gpu, 'temperature')
  const target = elementAt(gpu, 'supported_gpu_target_temp')
  const isLimit = (name: string) => /_threshold$|^gpu_target_temperature$/.test(name)
  return {
    ...(group === undefined
      ? {}
      : numbersIn(group, (name) =>
          isLimit(name) ? name.replace(/^gpu_(temp_)?/, '').replace(/_threshold$/, '') : null,
        )),
    ...(target === undefined ? {} : numbersIn(target, (name) => name.replace(/^gpu_/, ''))),
  }
}
