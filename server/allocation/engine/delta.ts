import type { AttributeValues } from '../../../protocol/attributes/definition.ts'
import type { ProfileEntry } from '../../store/profile-store.ts'
import type { Standing } from '../outlook.ts'

/** What changed of a fleet since an engine was last told. Plain data: it goes to another thread. */
export interface FleetDelta {
  readonly machines: readonly MachineDelta[]
  /** Ids of machines that were no more at some time: to be taken before the others. */
  readonly gone: readonly string[]
  /** All changes of profiles, oldest first; null: as before. */
  readonly profiles: readonly ProfileEntry[] | null
}

export interface MachineDelta {
  readonly standing: Standing
  /** Null: as before. */
  readonly attributes: AttributeValues | null
}
