import type { z } from 'zod'
import { smbiosDump } from '../../protocol/facts/smbios.ts'
import { ataIdentify, ataSmartFile } from '../../protocol/facts/ata.ts'
import { decodeAtaIdentifyFile, decodeAtaSmartFile } from './decode/ata/file.ts'
import { pciConfigFile } from '../../protocol/facts/pci-config.ts'
import { decodePciFile } from './decode/pci/file.ts'
import { neighborCapture } from '../../protocol/facts/lldp.ts'
import { decodeNeighborFile } from './decode/lldp/capture.ts'
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
    name: 'lldp',
    description: 'LLDP and CDP announcements: pcap, pcapng, one Ethernet frame, or an LLDPDU',
    schema: neighborCapture,
    decode: decodeNeighborFile,
  },
  {
    name: 'ata-identify',
    description: 'ATA IDENTIFY DEVICE data: 512 bytes, or the words of `hdparm --Istdout`',
    schema: ataIdentify,
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
]
