/**
 * Assay's answer beside a peer's for the same bytes of a real machine. Code that maps one to the
 * other knows formats (a peer's spelling of a field), never machines.
 */
export interface Comparison {
  /** The recording, and the device in it where there are several. */
  readonly machine: string
  /** `Memory Device.Part Number`, `LnkSta.speed`. */
  readonly field: string
  /** As text in the peer's spelling; null: we hold that there is no such value. */
  readonly ours: string | null
  readonly theirs: string | null
  /** Where the two differ and the peer is wrong: why, with the clause of the standard. */
  readonly peerIsWrong?: string
}

/** What a source came to. Every field the peer prints is in exactly one of the two lists. */
export interface Score {
  readonly machineCount: number
  readonly comparisons: readonly Comparison[]
  /** Fields the peer tells and Assay does not, as `machine: field`. */
  readonly uncovered: readonly string[]
}

/** One corpus held against one peer. */
export interface Scorer {
  /** `smbios`, `lspci`: what `npm run score -- --source` takes. */
  readonly source: string
  /** The peer, with its version: `dmidecode 3.4`. */
  readonly peer: string
  /** Folder of the corpora. */
  readonly corpus: string
  /** Least share of equal fields among those compared, 0 to 1. */
  readonly targetRatio: number
  measure(): Promise<Score>
}
