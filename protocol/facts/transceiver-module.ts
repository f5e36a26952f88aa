import { z } from 'zod'
import { count, type Frozen, hex, text, textOrNull } from './fields.ts'
import { finding } from './finding.ts'

/** Limits that the maker wrote into the module; null: none for that quantity. */
const limits = z
  .strictObject({
    highAlarm: z.number(),
    lowAlarm: z.number(),
    highWarning: z.number(),
    lowWarning: z.number(),
  })
  .nullable()

/** CMIS goes to 8 lanes a bank; one bank is read. */
const laneReadings = z.array(z.number().nonnegative().nullable()).max(8).nullable()

/** What can be wrong with a module: `temperature-high-alarm`, `rx-power-low-warning`, `rx-loss`. */
const moduleFlag = z.strictObject({
  name: z
    .string()
    .max(32)
    .regex(/^[a-z]+(-[a-z]+)*$/),
  /** Lanes it is raised for, from 1; null when it is about the whole module. */
  lanes: z.array(z.int().min(1).max(8)).min(1).max(8).nullable(),
})

/** What a CMIS module can be set to; ids and names of SFF-8024 tables 4-5 to 4-9. */
const moduleApplication = z.strictObject({
  hostInterfaceId: hex(2),
  hostInterface: textOrNull,
  mediaInterfaceId: hex(2),
  mediaInterface: textOrNull,
  hostLaneCount: count.max(15),
  /** 0: as the cable has it (BASE-T and active cables may leave it open). */
  mediaLaneCount: count.max(15),
})

/** Readings and limits; null where the module has no such monitor. */
const moduleMonitors = z.strictObject({
  temperatureCelsius: z.number().nullable(),
  supplyVolts: z.number().nullable(),
  /** By lane; a null inside is a lane without a reading. */
  rxPowerWatts: laneReadings,
  /** Whether received power is an average or the optical modulation amplitude. */
  rxPowerKind: z.enum(['average', 'oma']).nullable(),
  txPowerWatts: laneReadings,
  txBiasAmperes: laneReadings,
  thresholds: z
    .strictObject({
      temperatureCelsius: limits,
      supplyVolts: limits,
      rxPowerWatts: limits,
      txPowerWatts: limits,
      txBiasAmperes: limits,
    })
    .nullable(),
  /** What is raised now or, where the module latches it, was since the last look. */
  flags: z.array(moduleFlag).max(64),
})

/**
 * A transceiver or cable in the cage of a port, out of its management memory: SFF-8472 (SFP),
 * SFF-8636 (QSFP), CMIS (QSFP-DD, OSFP). Names are those of SFF-8024.
 */
export const transceiverModule = z.strictObject({
  /** The map that the memory follows. */
  standard: z.enum(['sff-8472', 'sff-8636', 'cmis']),
  /** Revision of that map the module claims: `2.8`, `12.3`, `5.2`; null when it claims none we know. */
  standardRevision: textOrNull,
  /** SFF-8024 table 4-1. */
  identifier: hex(2),
  /** {@link transceiverModule} `identifier` as a word: `SFP`, `QSFP28`; null for one without a name. */
  formFactor: textOrNull,
  /** SFF-8024 table 4-3; null when the module says it is unknown, or for a reserved number. */
  connector: textOrNull,
  vendor: textOrNull,
  /** IEEE company id. */
  vendorOui: hex(6).nullable(),
  partNumber: textOrNull,
  revision: textOrNull,
  serial: textOrNull,
  /** ISO 8601; null when there is none, or what is there is no date. */
  manufactureDate: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .nullable(),
  lotCode: textOrNull,
  cleiCode: textOrNull,
  firmwareVersion: textOrNull,
  hardwareVersion: textOrNull,
  /** What it says it complies with: `100GBASE-SR4 or 25GBASE-SR`, `1000BASE-LX`. */
  compliance: z.array(text).max(96),
  /** CMIS: every application it offers, in its order. */
  applications: z.array(moduleApplication).max(15),
  /** Of a copper cable, an optical cable or BASE-T the transmitter says so: `850 nm VCSEL`. */
  transmitter: textOrNull,
  encoding: textOrNull,
  /** Of one lane; null when the module leaves it open. */
  signallingRateBaud: count.nullable(),
  wavelengthNanometres: z.number().positive().nullable(),
  /** How far it reaches by medium; `cable` is the length of the cable itself. */
  lengths: z
    .array(
      z.strictObject({
        medium: z.enum(['smf', 'om5', 'om4', 'om3', 'om2', 'om1', 'cable']),
        metres: z.number().positive(),
        /** The field is at its end: this length or more. */
        orMore: z.boolean(),
      }),
    )
    .max(8),
  /** Most it may draw; null when it does not say. */
  maxPowerWatts: z.number().positive().nullable(),
  /** Lanes of the media side; null when the memory does not tell. */
  laneCount: count.max(16).nullable(),
  /** CMIS module state. */
  state: z.enum(['low-power', 'power-up', 'ready', 'power-down', 'fault']).nullable(),
  /** Null for a module without digital monitoring, as passive cables are. */
  monitors: moduleMonitors.nullable(),
})

/** See {@link transceiverModule}. */
export type TransceiverModule = Frozen<z.infer<typeof transceiverModule>>

/** What a module reads of itself; see {@link transceiverModule}. */
export type ModuleMonitors = NonNullable<TransceiverModule['monitors']>

/** One entry of {@link ModuleMonitors.flags}. */
export type ModuleFlag = ModuleMonitors['flags'][number]

/** What `assay-agent decode module-eeprom` prints. */
export const moduleEeprom = z.strictObject({
  module: transceiverModule,
  findings: z.array(finding).max(64),
})

/** See {@link moduleEeprom}. */
export type ModuleEeprom = Frozen<z.infer<typeof moduleEeprom>>
