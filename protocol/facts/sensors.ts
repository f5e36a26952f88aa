import { z } from 'zod'
import { count, type Frozen, kernelName, pciAddress, textOrNull } from './fields.ts'

/** Attribute as the kernel names it, without the sensor before it: `input`, `max`, `crit_alarm`. */
const attributeName = z.string().regex(/^[a-z0-9_]{1,48}$/)

/**
 * What a sensor measures, with the unit of its values: `temp` Celsius, `in` volts, `fan` revolutions a
 * minute, `curr` amperes, `power` watts, `energy` joules, `humidity` percent, `freq` hertz; `pwm` and
 * `intrusion` have states alone (kernel document sysfs-interface of hwmon).
 */
export type SensorKind =
  | 'temp'
  | 'in'
  | 'fan'
  | 'curr'
  | 'power'
  | 'energy'
  | 'humidity'
  | 'freq'
  | 'pwm'
  | 'intrusion'

const sensor = z.strictObject({
  /** `temp1`: the kind, {@link SensorKind}, and a number. */
  name: z.string().regex(/^(?:temp|in|fan|curr|power|energy|humidity|freq|pwm|intrusion)\d{1,4}$/),
  label: textOrNull,
  /** Readings and limits, in the unit of its kind: `input` is the reading. */
  values: z.record(attributeName, z.number()),
  /**
   * Alarms, faults and what is switched on are true or false; what else the driver shows is the number
   * that the kernel writes.
   */
  states: z.record(attributeName, z.union([z.boolean(), z.int()])),
})

const chip = z.strictObject({
  /** The kernel's name in this boot, `hwmon3`. */
  name: kernelName,
  /** What the driver calls it, `coretemp`, `nvme`. */
  chip: kernelName.nullable(),
  /**
   * The device it belongs to, the last two parts of its path: `platform/coretemp.0`, `nvme/nvme0`; null
   * where it has none.
   */
  device: z
    .string()
    .min(1)
    .max(129)
    .regex(/^[^\p{Cc}]+$/u)
    .nullable(),
  pciAddress: pciAddress.nullable(),
  sensors: z.array(sensor).max(512),
})

const thermalZone = z.strictObject({
  name: kernelName,
  /** `x86_pkg_temp`, `acpitz`. */
  type: kernelName.nullable(),
  /** Null where it cannot be read now. */
  temperatureCelsius: z.number().nullable(),
  enabled: z.boolean().nullable(),
  policy: kernelName.nullable(),
  trips: z
    .array(
      z.strictObject({
        /** `active`, `passive`, `hot`, `critical`. */
        type: kernelName,
        temperatureCelsius: z.number(),
        hysteresisCelsius: z.number().nullable(),
      }),
    )
    .max(64),
})

const powerSupply = z.strictObject({
  name: kernelName,
  /** `Mains`, `Battery`, `UPS`, `USB`. */
  type: kernelName.nullable(),
  status: textOrNull,
  technology: textOrNull,
  capacityLevel: textOrNull,
  health: textOrNull,
  manufacturer: textOrNull,
  model: textOrNull,
  serial: textOrNull,
  online: z.boolean().nullable(),
  present: z.boolean().nullable(),
  capacityPercent: count.nullable(),
  cycleCount: count.nullable(),
  /**
   * The electrical ones, in volts, amperes, watts, watt hours, ampere hours and Celsius as their names
   * say (kernel document sysfs-class-power): `voltage_now`, `energy_full_design`.
   */
  values: z.record(attributeName, z.number()),
})

/** Power zone of the processor (RAPL), kernel document powercap. */
const powerZone = z.strictObject({
  /** `intel-rapl:0:1`. */
  zone: kernelName,
  /** `package-0`, `core`, `dram`. */
  name: kernelName.nullable(),
  /** Counter of the energy used, which falls back to 0 past the range. */
  energyJoules: z.number().nonnegative().nullable(),
  energyRangeJoules: z.number().nonnegative().nullable(),
  enabled: z.boolean().nullable(),
  constraints: z
    .array(
      z.strictObject({
        /** `long_term`, `short_term`, `peak_power`. */
        name: kernelName.nullable(),
        limitWatts: z.number().nonnegative().nullable(),
        maxWatts: z.number().nonnegative().nullable(),
        windowSeconds: z.number().nonnegative().nullable(),
      }),
    )
    .max(8),
})

/** Sensors the kernel reads itself; those of the BMC are the BMC's. Readings change all the time. */
export const sensorsFacts = z.strictObject({
  chips: z.array(chip).max(4096),
  thermalZones: z.array(thermalZone).max(1024),
  coolingDevices: z
    .array(
      z.strictObject({
        name: kernelName,
        type: kernelName.nullable(),
        state: count.nullable(),
        maxState: count.nullable(),
      }),
    )
    .max(4096),
  powerSupplies: z.array(powerSupply).max(64),
  powerZones: z.array(powerZone).max(1024),
})

/** See {@link sensorsFacts}. */
export type SensorsFacts = Frozen<z.infer<typeof sensorsFacts>>

/** One sensor of a chip. */
export type Sensor = SensorsFacts['chips'][number]['sensors'][number]
