/**
 * The drivers inside the initramfs, by what they are for; their dependencies follow by themselves.
 * A driver is here because the agent must reach a disk, a network or a sensor through it. GPUs have
 * none: what Assay says about them comes from PCI.
 */
export const moduleGroups = {
  virtio: ['virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_scsi', 'virtio_rng', 'virtio_console'],
  nvme: ['nvme', 'vmd'],
  ata: ['ahci', 'ata_piix', 'ata_generic'],
  scsi: [
    'sd_mod',
    'sg',
    'megaraid_sas',
    'mpt3sas',
    'mpi3mr',
    'mptspi',
    'mptsas',
    'sym53c8xx',
    'hpsa',
    'smartpqi',
    'aacraid',
    'isci',
    'vmw_pvscsi',
  ],
  usb: [
    'xhci_pci',
    'ehci_pci',
    'ohci_pci',
    'uhci_hcd',
    'usb_storage',
    'uas',
    'usbhid',
    'hid_generic',
  ],
  ethernet: [
    'e1000',
    'e1000e',
    'igb',
    'igc',
    'ixgbe',
    'ixgbevf',
    'i40e',
    'iavf',
    'ice',
    'bnxt_en',
    'mlx4_en',
    'mlx5_core',
    'r8169',
    'tg3',
    'vmxnet3',
    'ena',
    'atlantic',
  ],
  rdma: ['mlx4_ib', 'mlx5_ib', 'ib_uverbs'],
  fileSystems: ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859_1', 'nls_utf8', 'efivarfs', 'loop'],
  management: ['ipmi_si', 'ipmi_devintf'],
  sensors: ['coretemp', 'k10temp', 'drivetemp', 'intel_rapl_msr', 'msr'],
  memoryErrors: ['amd64_edac', 'skx_edac', 'i10nm_edac', 'sb_edac', 'ie31200_edac'],
} as const satisfies Record<string, readonly string[]>

/** What a recent kernel may have built in or dropped; absence of any other module is an error. */
export const optionalModules: readonly string[] = ['ohci_pci', 'mptsas', 'mptspi', 'isci']

/** Loaded at each start because no device asks for them by its modalias. */
export const alwaysLoaded: readonly string[] = ['ipmi_devintf', 'drivetemp', 'msr', 'sg']
