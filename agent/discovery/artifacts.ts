import type { z } from 'zod'
import { smbiosDump } from '../../protocol/facts/smbios.ts'
import { ataIdentifyFile } from '../../protocol/facts/ata-details.ts'
import { ataSmartFile } from '../../protocol/facts/ata.ts'
import { decodeAtaIdentifyFile, decodeAtaSmartFile } from './decode/ata/file.ts'
import { pciConfigFile } from '../../protocol/facts/pci-config.ts'
import { decodePciFile } from './decode/pci/file.ts'
import { fabricDump } from '../../protocol/fabric-dump.ts'
import { decodeIbnetdiscover } from '../../protocol/fabric-ibnetdiscover.ts'
import { neighborCapture } from '../../protocol/facts/lldp.ts'
import { decodeNeighborFile } from './decode/lldp/capture.ts'
import { usbDescriptors } from '../../protocol/facts/usb-descriptors.ts'
import { decodeUsbFile } from './decode/usb/file.ts'
import { edid } from '../../protocol/facts/edid.ts'
import { decodeEdidFile } from './decode/edid/edid.ts'
import { ipmiFru } from '../../protocol/facts/ipmi.ts'
import { decodeFruFile } from './decode/ipmi/fru.ts'
import { tpmEventLog } from '../../protocol/facts/tpm-event-log.ts'
import { decodeTpmEventLog } from './decode/tpm/event-log.ts'
import { amdgpuFirmware } from '../../protocol/facts/amdgpu-firmware.ts'
import { gpuImport, gpuTopologyMatrix } from '../../protocol/facts/gpu-import.ts'
import { ncclTopology } from '../../protocol/facts/nccl-topology.ts'
import { decodeAmdSmi } from './decode/gpu/amd-smi.ts'
import { decodeAmdgpuFirmware } from './decode/gpu/amdgpu-firmware.ts'
import { decodeNcclTopology } from './decode/gpu/nccl-topo.ts'
import { decodeNvidiaSmi } from './decode/gpu/nvidia-smi.ts'
import { decodeNvidiaSmiTopo } from './decode/gpu/nvidia-smi-topo.ts'
import { decodeRocmSmi } from './decode/gpu/rocm-smi.ts'
import { moduleEeprom } from '../../protocol/facts/transceiver-module.ts'
import { decodeModuleFile } from './decode/module/file.ts'
import { diskContents } from '../../protocol/facts/disk-contents.ts'
import { nvmeIdentify, nvmeSmart } from '../../protocol/facts/nvme.ts'
import { scsiVpdPage } from '../../protocol/facts/scsi.ts'
import { decodeDiskHead } from './decode/contents/file.ts'
import { decodeNvmeIdentifyFile, decodeNvmeSmartFile } from './decode/nvme/file.ts'
import { decodeScsiVpdFile } from './decode/scsi/vpd-page.ts'
import { decodeSmbiosFile } from './decode/smbios/decoded.ts'

/**
 * One thing a machine keeps that can be carried off as a file and decoded by itself: a table, a
 * descriptor, an event log. `assay-agent decode` prints what `decode` gives, as JSON.
 */
export interface Artifact {
  /** As it is called on the command line: `smbios`, `ata-identify`. */
  readonly name: string
  /** What the file may be, and where Linux keeps it. */
  readonly description: string
  /** The schema of what {@link decode} gives, from protocol/facts. */
  readonly schema: z.ZodType
  /**
   * Takes the file in any of the forms that `description` names. Throws DecodeError for bytes that
   * are none of them; what is wrong inside such a form is told by findings in the result.
   */
  decode(bytes: Uint8Array): unknown
}

/** Every artifact, by the name of its decoder. */
export const artifacts: readonly Artifact[] = [
  {
    name: 'smbios',
    description:
      'SMBIOS table: `dmidecode --dump-bin`, entry point and table in one file, or ' +
      '/sys/firmware/dmi/tables/DMI',
    schema: smbiosDump,
    decode: decodeSmbiosFile,
  },
  {
    name: 'pci',
    description:
      'PCI configuration space: /sys/bus/pci/devices/*/config, or the text of `lspci -x` to `-xxxx`',
    schema: pciConfigFile,
    decode: decodePciFile,
  },
  {
    name: 'tpm-eventlog',
    description: 'measured boot: /sys/kernel/security/tpm0/binary_bios_measurements',
    schema: tpmEventLog,
    decode: decodeTpmEventLog,
  },
  {
    name: 'usb',
    description:
      'USB descriptors: /sys/bus/usb/devices/*/descriptors or bos_descriptors, or a hex text of them',
    schema: usbDescriptors,
    decode: decodeUsbFile,
  },
  {
    name: 'edid',
    description: 'EDID of a display: /sys/class/drm/*/edid, or a hex text of it',
    schema: edid,
    decode: decodeEdidFile,
  },
  {
    name: 'ipmi-fru',
    description: 'IPMI FRU inventory: what `ipmitool fru read` writes, or a hex text of it',
    schema: ipmiFru,
    decode: decodeFruFile,
  },
  {
    name: 'lldp',
    description: 'LLDP and CDP announcements: pcap, pcapng, one Ethernet frame, or an LLDPDU',
    schema: neighborCapture,
    decode: decodeNeighborFile,
  },
  {
    name: 'ata-identify',
    description: 'ATA IDENTIFY DEVICE data: 512 bytes, or the words of `hdparm --Istdout`',
    schema: ataIdentifyFile,
    decode: decodeAtaIdentifyFile,
  },
  {
    name: 'ata-smart',
    description:
      'ATA SMART data: what libatasmart saves, or the sectors of data, thresholds and identify',
    schema: ataSmartFile,
    decode: decodeAtaSmartFile,
  },
  {
    name: 'nvme-identify',
    description:
      'NVMe Identify Controller or Namespace: 4096 bytes, as `nvme id-ctrl -b` gives them, or a ' +
      'hex dump of them',
    schema: nvmeIdentify,
    decode: decodeNvmeIdentifyFile,
  },
  {
    name: 'nvme-smart',
    description:
      'NVMe SMART / Health log: 512 bytes, as `nvme smart-log -b` gives them, or a hex dump',
    schema: nvmeSmart,
    decode: decodeNvmeSmartFile,
  },
  {
    name: 'scsi-vpd',
    description: 'SCSI vital product data: /sys/block/*/device/vpd_pg*, or `sg_vpd -H`',
    schema: scsiVpdPage,
    decode: decodeScsiVpdFile,
  },
  {
    name: 'disk-head',
    description: 'the beginning of a disk or partition, one MiB or more: what it holds',
    schema: diskContents,
    decode: decodeDiskHead,
  },
  {
    name: 'nvidia-smi',
    description: 'NVIDIA GPUs: the XML of `nvidia-smi -q -x`',
    schema: gpuImport,
    decode: decodeNvidiaSmi,
  },
  {
    name: 'nvidia-smi-topo',
    description: 'paths between NVIDIA GPUs and NICs: the table of `nvidia-smi topo -m`',
    schema: gpuTopologyMatrix,
    decode: decodeNvidiaSmiTopo,
  },
  {
    name: 'rocm-smi',
    description: 'AMD GPUs: the JSON of `rocm-smi -a --json`',
    schema: gpuImport,
    decode: decodeRocmSmi,
  },
  {
    name: 'amd-smi',
    description: 'AMD GPUs: the JSON of `amd-smi static`, `metric`, `list` or `firmware`',
    schema: gpuImport,
    decode: decodeAmdSmi,
  },
  {
    name: 'nccl-topo',
    description: "devices and the paths between them: NCCL's topology XML",
    schema: ncclTopology,
    decode: decodeNcclTopology,
  },
  {
    name: 'amdgpu-firmware',
    description: 'firmware of an AMD GPU: /sys/kernel/debug/dri/*/amdgpu_firmware_info',
    schema: amdgpuFirmware,
    decode: decodeAmdgpuFirmware,
  },
  {
    name: 'module-eeprom',
    description:
      'transceiver module (SFP, QSFP, QSFP-DD, OSFP): `ethtool -m eth0 raw on`, or the text of ' +
      '`ethtool -m eth0 hex on`',
    schema: moduleEeprom,
    decode: decodeModuleFile,
  },
  {
    name: 'ibnetdiscover',
    description: 'InfiniBand subnet: what `ibnetdiscover` prints, also with --grouping and --full',
    schema: fabricDump,
    decode: decodeIbnetdiscover,
  },
]
