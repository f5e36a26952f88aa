/** A subnet that an operator imported, in the words of the tool that found it. */
export interface FabricSource {
  readonly name: string
  readonly importedAtMs: number
  readonly importedBy: string
}

/** Imported subnets: few and large, so that they are read one by one. */
export interface FabricStore {
  /** By name. */
  fabricSources(): Promise<readonly FabricSource[]>
  /** The text as it was imported; null: there is no such import. */
  fabricText(name: string): Promise<string | null>
  /** Takes the place of an import of that name. */
  putFabric(source: FabricSource, text: string): Promise<void>
  /** False: there was none. */
  removeFabric(name: string): Promise<boolean>
}
