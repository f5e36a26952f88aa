import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sensorsProbe } from '../../../../agent/discovery/probes/sensors.ts'
import { sensorsFacts } from '../../../../protocol/facts/sensors.ts'
import { madeTree } from '../made-tree.ts'

const nvme = '/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/hwmon1'

test('chip is told with its device, sensors in their units and what is no number left out', async () => {
  await using tree = await madeTree({
    [`${nvme}/name`]: 'nvme\n',
    [`${nvme}/temp1_input`]: '38850\n',
    [`${nvme}/temp1_max`]: '81850\n',
    [`${nvme}/temp1_min`]: '-273150\n',
    [`${nvme}/temp1_alarm`]: '0\n',
    [`${nvme}/temp1_label`]: 'Composite\n',
    [`${nvme}/power1_average`]: '12500000\n',
    [`${nvme}/power1_accuracy`]: '12.5%\n',
    [`${nvme}/power1_average_interval`]: '1000\n',
    [`${nvme}/pwm1`]: '128\n',
    [`${nvme}/pwm1_enable`]: '2\n',
    [`${nvme}/in0_input`]: 'not a number\n',
    [`${nvme}/uevent`]: 'X=1\n',
    '/sys/class/hwmon/.keep': '',
  })
  await symlink(`../..${nvme.slice('/sys'.length)}`, join(tree.root, 'sys/class/hwmon/hwmon1'))
  await symlink('../../nvme0', join(tree.root, nvme, 'device'))
  const { facts, findings } = await sensorsProbe.read(tree.host)
  expect(findings).toEqual([])
  const none = { values: {}, states: {}, label: null }
  expect(sensorsFacts.parse(facts).chips).toEqual([
    {
      name: 'hwmon1',
      chip: 'nvme',
      device: 'nvme/nvme0',
      pciAddress: '0000:01:00.0',
      sensors: [
        { ...none, name: 'in0' },
        {
          ...none,
          name: 'power1',
          values: { average: 12.5 },
          states: { average_interval: 1000 },
        },
        { ...none, name: 'pwm1', states: { duty: 128, enable: 2 } },
        {
          name: 'temp1',
          label: 'Composite',
          values: { input: 38.85, max: 81.85, min: -273.15 },
          states: { alarm: false },
        },
      ],
    },
  ])
})

test('sensor that cannot be read costs itself and is worth a note only', async () => {
  await using tree = await madeTree({
    '/sys/class/hwmon/hwmon0/name': 'acpitz\n',
    '/sys/class/hwmon/hwmon0/temp1_input': `${'9'.repeat(18)}\n`,
    '/sys/class/hwmon/hwmon0/temp2_input': '40000\n',
  })
  const { facts, findings } = await sensorsProbe.read(tree.host)
  expect(facts.chips[0]?.sensors.map(({ name }) => name)).toEqual(['temp2'])
  expect(findings).toMatchObject([
    { code: 'sensors.malformed', severity: 'info', subject: 'hwmon0 temp1' },
  ])
})

test('thermal zones, fans and supplies are told', async () => {
  await using tree = await madeTree({
    '/sys/class/thermal/thermal_zone0/type': 'x86_pkg_temp\n',
    '/sys/class/thermal/thermal_zone0/temp': '-5000\n',
    '/sys/class/thermal/thermal_zone0/mode': 'enabled\n',
    '/sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical\n',
    '/sys/class/thermal/thermal_zone0/trip_point_0_temp': '100000\n',
    '/sys/class/thermal/cooling_device3/type': 'Fan\n',
    '/sys/class/thermal/cooling_device3/cur_state': '0\n',
    '/sys/class/thermal/cooling_device3/max_state': '1\n',
    '/sys/class/power_supply/PSU1/type': 'Mains\n',
    '/sys/class/power_supply/PSU1/online': '1\n',
    '/sys/class/power_supply/PSU1/power_now': '350000000\n',
    '/sys/class/powercap/intel-rapl/enabled': '1\n',
    '/sys/class/powercap/intel-rapl:0/name': 'package-0\n',
    '/sys/class/powercap/intel-rapl:0/energy_uj': '1500000\n',
    '/sys/class/powercap/intel-rapl:0/constraint_0_name': 'long_term\n',
    '/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw': '350000000\n',
  })
  const { facts, findings } = await sensorsProbe.read(tree.host)
  expect(findings).toEqual([])
  expect(sensorsFacts.parse(facts)).toMatchObject({
    thermalZones: [
      {
        type: 'x86_pkg_temp',
        temperatureCelsius: -5,
        enabled: true,
        trips: [{ type: 'critical', temperatureCelsius: 100, hysteresisCelsius: null }],
      },
    ],
    coolingDevices: [{ name: 'cooling_device3', type: 'Fan', state: 0, maxState: 1 }],
    powerSupplies: [{ name: 'PSU1', type: 'Mains', online: true, values: { power_now: 350 } }],
    powerZones: [
      {
        zone: 'intel-rapl:0',
        name: 'package-0',
        energyJoules: 1.5,
        constraints: [{ name: 'long_term', limitWatts: 350, maxWatts: null, windowSeconds: null }],
      },
    ],
  })
})

test('many sensors that cannot be read are counted, not listed one by one', async () => {
  const files = Array.from({ length: 40 }, (_, index) => [
    `/sys/class/hwmon/hwmon0/temp${index + 1}_input`,
    `${'9'.repeat(18)}\n`,
  ])
  await using tree = await madeTree(Object.fromEntries(files))
  const { findings } = await sensorsProbe.read(tree.host)
  expect(findings).toHaveLength(33)
  expect(findings.at(-1)).toMatchObject({ code: 'sensors.unread', subject: 'sensors' })
  expect(findings.at(-1)?.message).toContain('8 more')
})
