import { boardTypes } from './types/board.ts'
import { firmwareTypes } from './types/firmware.ts'
import { memoryTypes } from './types/memory.ts'
import { managementTypes } from './types/management.ts'
import { powerTypes } from './types/power.ts'
import { processorTypes } from './types/processor.ts'
import { slotTypes } from './types/slots.ts'
import type { StructureType } from './field.ts'

/** Every structure of DSP0134 3.7, by type. */
export const structureTypes: ReadonlyMap<number, StructureType> = new Map([
  ...firmwareTypes,
  ...boardTypes,
  ...processorTypes,
  ...memoryTypes,
  ...slotTypes,
  ...powerTypes,
  ...managementTypes,
])
