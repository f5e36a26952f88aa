/** Words of IDENTIFY DEVICE whose bits name commands and features, by ACS-5 and older standards. */
interface FeatureWord {
  readonly supported: number
  /** The word whose bits say which are enabled; the same one where that is not told apart. */
  readonly enabled: number
  /** By bit, from 0 on; empty names are reserved or told elsewhere. */
  readonly names: readonly string[]
}

function names(text: string): readonly string[] {
  return text.split('|').map((name) => name.trim())
}

/** In the order in which `hdparm -I` has them. */
export const featureWords: readonly FeatureWord[] = [
  {
    supported: 82,
    enabled: 85,
    names: names(
      `smart|security|removable-media|power-management|packet|write-cache|read-look-ahead
      |release-interrupt|service-interrupt|device-reset|host-protected-area|write-verify
      |write-buffer|read-buffer|nop`,
    ),
  },
  {
    supported: 83,
    enabled: 86,
    names: names(
      `download-microcode|read-write-dma-queued|cfa|advanced-power-management
      |removable-media-status-notification|power-up-in-standby|spin-up-by-set-features
      |address-offset-reserved-area|set-max-security|automatic-acoustic-management
      |48-bit-address|device-configuration-overlay|flush-cache|flush-cache-ext`,
    ),
  },
  {
    supported: 84,
    enabled: 87,
    names: names(
      `smart-error-log|smart-self-test|media-serial-number|media-card-pass-through
      |streaming|general-purpose-logging|write-fua-ext|write-dma-queued-fua-ext
      |world-wide-name|urgent-read-stream|urgent-write-stream|time-limited-commands
      |command-completion-time-limit|idle-immediate-unload`,
    ),
  },
  {
    supported: 119,
    enabled: 120,
    names: names(
      `data-transfer-after-error-control|write-read-verify|write-uncorrectable-ext
      |read-write-log-dma-ext|segmented-download-microcode|free-fall-control
      |sense-data-reporting|extended-power-conditions|accessible-max-address|dsn`,
    ),
  },
  {
    supported: 76,
    enabled: 76,
    names: names(
      `||||||||native-command-queuing|host-initiated-power-management|phy-event-counters
      |unload-while-queued|queue-priority|host-partial-to-slumber|device-partial-to-slumber
      |read-log-dma-ext-as-read-log-ext`,
    ),
  },
  {
    supported: 78,
    enabled: 79,
    names: names(
      `|non-zero-buffer-offsets|dma-setup-auto-activate|device-initiated-power-management
      |in-order-delivery|asynchronous-notification|software-settings-preservation
      |hardware-feature-control|device-sleep`,
    ),
  },
  {
    supported: 206,
    enabled: 206,
    names: names(
      `sct-command-transport|sct-read-write-long|sct-write-same|sct-error-recovery-control
      |sct-features-control|sct-data-tables`,
    ),
  },
  {
    supported: 59,
    enabled: 59,
    names: names(
      `||||||||||sanitize-antifreeze-lock||sanitize|crypto-scramble-ext|overwrite-ext
      |block-erase-ext`,
    ),
  },
  {
    supported: 69,
    enabled: 69,
    names: names(
      `||volatile-cache-absent|extended-sector-count|encrypts-all-data|trim-reads-zeros
      |optional-28-bit-commands|ieee-1667|download-microcode-dma|set-max-dma
      |write-buffer-dma|read-buffer-dma|configuration-overlay-dma
      |long-physical-sector-diagnostics|trim-is-deterministic|cfast`,
    ),
  },
]

/** Words that tell something only when their two highest bits are 01. */
export const markedWords: ReadonlySet<number> = new Set([83, 84, 87, 119, 120])
