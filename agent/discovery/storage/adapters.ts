import type { StorageAdapter } from '../../../protocol/facts/storage-adapters.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, linkName, pciAddressesIn, resolveLink } from '../sysfs.ts'
import { physBelow, readPhys } from './sas.ts'

type ScsiHost = StorageAdapter['hosts'][number]

/**
 * Storage controllers: PCI functions of class 01, and what else has a SCSI host. `diskAddresses` are
 * functions that disks hang on: one with a disk and no host is that disk (NVMe, virtio), told there.
 */
export async function readAdapters(
  host: Host,
  diskAddresses: ReadonlySet<string | null>,
): Promise<StorageAdapter[]> {
  const classes = await all(await host.list(paths.pci), async (address) => ({
    address,
    classCode: classCodeOf(await attribute(host, `${paths.pci}/${address}/class`)),
  }))
  const found = await all(await host.list(paths.scsiHosts), (name) => readScsiHost(host, name))
  const hosts = found.filter((one) => one !== null)
  const functions = classes.filter(
    ({ address, classCode }) =>
      classCode?.startsWith('01') === true || hosts.some((one) => one.pciAddress === address),
  )
  const onPci = await all(functions, async ({ address, classCode }): Promise<StorageAdapter> => {
    return {
      pciAddress: address,
      classCode,
      driver: await linkName(host, `${paths.pci}/${address}/driver`),
      hosts: hosts.filter((one) => one.pciAddress === address).map(({ facts }) => facts),
    }
  })
  const adapters = onPci.filter(
    ({ driver, pciAddress, hosts: own }) =>
      own.length > 0 || (driver !== 'nvme' && !diskAddresses.has(pciAddress)),
  )
  const known = new Set(functions.map(({ address }) => address))
  const others = hosts
    .filter(({ pciAddress }) => pciAddress === null || !known.has(pciAddress))
    .map(({ facts, pciAddress }): StorageAdapter => {
      return { pciAddress, classCode: null, driver: null, hosts: [facts] }
    })
  return [...adapters, ...others]
}

/** `0x010601` */
function classCodeOf(text: string | null): string | null {
  return /^0x([0-9a-f]{6})$/i.exec(text ?? '')?.[1]?.toLowerCase() ?? null
}

/** Null for the hosts of USB sticks, which are no adapters. */
async function readScsiHost(
  host: Host,
  name: string,
): Promise<{ readonly facts: ScsiHost; readonly pciAddress: string | null } | null> {
  const folder = `${paths.scsiHosts}/${name}`
  const link = (await host.link(folder)) ?? ''
  const place = link === '' ? folder : resolveLink(paths.scsiHosts, link)
  if (/\/usb\d+\//.test(place)) return null
  const told = await all(
    (await host.list(folder)).filter((file) => attributeNames.has(file)),
    async (file) => [file, deviceText(await attribute(host, `${folder}/${file}`))] as const,
  )
  const attributes = told.flatMap(([file, text]) =>
    text === null || text.length > 128 ? [] : [[file, text] as const],
  )
  const phys = await physBelow(host, name.replace('host', ''))
  return {
    pciAddress: pciAddressesIn(place).at(-1) ?? null,
    facts: {
      name,
      driver: deviceText(await attribute(host, `${folder}/proc_name`)),
      mode: deviceText(await attribute(host, `${folder}/active_mode`)),
      attributes: Object.fromEntries(attributes),
      sasPhys: await readPhys(host, phys),
    },
  }
}

/**
 * What drivers tell of an adapter: mpt3sas, megaraid_sas, smartpqi, hpsa, aacraid, arcmsr, lpfc,
 * qla2xxx, pm80xx. Others of their files are settings, counters or commands.
 */
const attributeNames: ReadonlySet<string> = new Set([
  'board_assembly',
  'board_name',
  'board_tracer',
  'bios_version',
  'controller_fatal_error',
  'driver_version',
  'firmware_revision',
  'firmware_version',
  'flash_version',
  'fw_version',
  'fwrev',
  'fw_state',
  'hba_model',
  'host_driver_version',
  'host_fw_version',
  'host_fw_model',
  'host_fw_numbers_queue',
  'host_sas_address',
  'info_fwver',
  'interface_type',
  'isp_id',
  'isp_name',
  'lockup_detected',
  'model',
  'model_desc',
  'model_name',
  'modeldesc',
  'modelname',
  'monitor_version',
  'mpi_version',
  'option_rom_version',
  'optrom_bios_version',
  'optrom_efi_version',
  'optrom_fw_version',
  'programtype',
  'protocol',
  'raid_offload_status',
  'resettable',
  'serial_num',
  'serial_number',
  'serialnum',
  'supported_mode',
  'transport_mode',
  'unique_id',
  'vendor',
  'version_bios',
  'version_fw',
  'version_mpi',
  'version_nvdata_default',
  'version_nvdata_persistent',
  'version_product',
])
