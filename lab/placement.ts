/** Where a virtual machine's parts lie on the machine the lab runs on. */
export interface Placement {
  /** Raw files, one for each disk of the plan, in its order. */
  readonly diskFiles: readonly string[]
  /** Raw files, one for each USB storage device of the shape, in its order. */
  readonly usbFiles: readonly string[]
  /** What the serial console wrote is appended here. */
  readonly consoleFile: string
  /** Unix socket of the monitor; at most 107 bytes. */
  readonly monitorSocket: string
  readonly firmware: FirmwarePlacement
  readonly network: NetworkPlacement
}

export type FirmwarePlacement =
  /** SeaBIOS. `romDirectory` holds iPXE option ROMs that go before QEMU's own; null: QEMU's own. */
  | { readonly kind: 'bios'; readonly romDirectory: string | null }
  /** OVMF. `variablesFile` is the machine's own copy. */
  | { readonly kind: 'uefi'; readonly codeFile: string; readonly variablesFile: string }

export type NetworkPlacement =
  /** One tap for each NIC of the plan, in its order. */
  | { readonly kind: 'taps'; readonly names: readonly string[] }
  /** QEMU's own user network; the first NIC is told to boot `bootFile`. */
  | {
      readonly kind: 'user'
      /** URL, or under UEFI a file in `tftpDirectory`. */
      readonly bootFile: string
      readonly tftpDirectory: string | null
    }
