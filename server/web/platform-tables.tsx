import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { Sensor } from '../../protocol/facts/sensors.ts'
import { amountText } from '../../protocol/human-text.ts'
import { DeviceTable } from './device-table.tsx'

/** What the platform as a whole tells: how it boots, who manages it, how warm it was. */
export function PlatformTables({ inventory }: { readonly inventory: Inventory }) {
  return (
    <>
      <BootEntries storage={inventory.storage} />
      <ManagementControllers bmc={inventory.bmc} />
      <Sensors sensors={inventory.sensors} />
    </>
  )
}

/** The boot manager's entries, those it tries first. */
function BootEntries({ storage }: Pick<Inventory, 'storage'>) {
  const boot = storage?.boot ?? null
  if (boot === null) return null
  const place = (number: string) => {
    const at = boot.order.indexOf(number)
    return at < 0 ? boot.order.length : at
  }
  return (
    <DeviceTable
      id="boot"
      name="Boot entries"
      columns={['Order', 'Entry', 'Name', 'Path', 'State']}
      rows={boot.entries
        .toSorted((a, b) => place(a.number) - place(b.number))
        .map(({ number, description, path, active, hidden }) => [
          boot.order.includes(number) ? String(place(number) + 1) : null,
          `Boot${number.toUpperCase()}`,
          description,
          path,
          [
            number === boot.current ? 'booted from' : null,
            number === boot.next ? 'next' : null,
            active ? null : 'not active',
            hidden ? 'hidden' : null,
          ]
            .filter((word) => word !== null)
            .join(', '),
        ])}
    />
  )
}

function ManagementControllers({ bmc }: Pick<Inventory, 'bmc'>) {
  return (
    <DeviceTable
      id="bmc"
      name="Management controllers"
      columns={[
        'Device',
        'Maker',
        'Firmware',
        'IPMI',
        'Channel',
        'Address',
        'From',
        'MAC',
        'Events',
      ]}
      rows={(bmc?.controllers ?? []).flatMap(({ device, id, channels, eventLog }) => {
        const head = [device, id.manufacturer, id.firmwareVersion, id.ipmiVersion] as const
        const events = eventLog === null ? null : `${eventLog.entryCount}`
        if (channels.length === 0) return [[...head, null, null, null, null, events]]
        return channels.map(({ number, lan }) => [
          ...head,
          String(number),
          [lan.address, ...lan.ipv6.map(({ address }) => address)]
            .filter((address) => address !== null)
            .join(' '),
          lan.source,
          lan.mac,
          events,
        ])
      })}
    />
  )
}

const units: Readonly<Record<string, (value: number) => string>> = {
  temp: (value) => `${value} °C`,
  in: (value) => `${value} V`,
  fan: (value) => `${value} rpm`,
  curr: (value) => `${value} A`,
  power: (value) => `${value} W`,
  energy: (value) => `${value} J`,
  humidity: (value) => `${value} %`,
  freq: (value) => amountText(value, 'Hz'),
}

/** Limits in the order of their worth to a reader. */
const limits = ['crit', 'max', 'min'] as const

/** Readings of the inspection; they are no live ones. */
function Sensors({ sensors }: Pick<Inventory, 'sensors'>) {
  const rows = (sensors?.chips ?? []).flatMap((chip) =>
    chip.sensors.flatMap((sensor) => {
      const reading = valueText(sensor, 'input') ?? valueText(sensor, 'average')
      if (reading === null) return []
      return [
        [
          chip.chip ?? chip.name,
          chip.device,
          sensor.label ?? sensor.name,
          reading,
          limitText(sensor),
          alarmText(sensor),
        ],
      ]
    }),
  )
  if (rows.length === 0) return null
  return (
    <details class="card">
      <summary>
        <h2 id="sensors">
          Sensors <small>{rows.length}, as the inspection read them</small>
        </h2>
      </summary>
      <DeviceTable
        id="sensor-table"
        name="Readings"
        columns={['Chip', 'Device', 'Sensor', 'Reading', 'Limits', 'Alarm']}
        rows={rows}
      />
    </details>
  )
}

function valueText({ name: sensor, values }: Sensor, name: string): string | null {
  const value = values[name]
  if (value === undefined) return null
  // The kernel's name begins with the kind: `temp1`.
  const unit = units[sensor.replace(/\d+$/, '')]
  return unit?.(value) ?? String(value)
}

function limitText(sensor: Sensor): string {
  return limits
    .flatMap((name) => {
      const text = valueText(sensor, name)
      return text === null ? [] : [`${name} ${text}`]
    })
    .join(', ')
}

function alarmText({ states }: Sensor): string {
  return Object.entries(states)
    .filter(([name, state]) => state === true && /alarm|fault/.test(name))
    .map(([name]) => name)
    .join(', ')
}
