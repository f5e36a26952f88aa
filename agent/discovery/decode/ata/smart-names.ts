/** What the raw bytes count; `percent`: the normalized value is meant and they tell nothing. */
type Unit =
  | 'count'
  | 'sectors'
  | 'reallocated sectors'
  | 'spin-up milliseconds'
  | 'milliseconds'
  | 'seconds'
  | 'half minutes'
  | 'minutes'
  | 'workload minutes'
  | 'hours'
  | 'celsius'
  | 'tenths of celsius'
  | 'percent'
  | '1024ths of percent'
  | 'units of 32 MiB'

/** The usual name of an attribute and what its raw bytes count; null: makers do not agree. */
export interface AttributeName {
  readonly name: string
  readonly unit: Unit | null
}

function table(text: string): ReadonlyMap<number, AttributeName> {
  const units: Readonly<Record<string, Unit>> = {
    n: 'count',
    s: 'sectors',
    rs: 'reallocated sectors',
    su: 'spin-up milliseconds',
    ms: 'milliseconds',
    sec: 'seconds',
    half: 'half minutes',
    m: 'minutes',
    wm: 'workload minutes',
    h: 'hours',
    c: 'celsius',
    dc: 'tenths of celsius',
    p: 'percent',
    wp: '1024ths of percent',
    mib32: 'units of 32 MiB',
  }
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [id = '', name = '', unit = ''] = entry.split(':')
        return [Number(id), { name, unit: units[unit] ?? null }]
      }),
  )
}

/** Number, name, unit: what disks of most makers mean. */
const usual = table(`
  1:raw-read-error-rate:n 2:throughput-performance 3:spin-up-time:su 4:start-stop-count:n
  5:reallocated-sector-count:rs 6:read-channel-margin 7:seek-error-rate:n 8:seek-time-performance
  9:power-on-hours:h 10:spin-retry-count:n 11:calibration-retry-count:n 12:power-cycle-count:n
  13:read-soft-error-rate:n 170:available-reserved-space:p 171:program-fail-count:n
  172:erase-fail-count:n 175:program-fail-count-chip:n 176:erase-fail-count-chip:n
  177:wear-leveling-count:n 178:used-reserved-blocks-chip:n 179:used-reserved-blocks-total:n
  180:unused-reserved-blocks:n 181:program-fail-count-total:n 182:erase-fail-count-total:n
  183:runtime-bad-block-total:n 184:end-to-end-error:n 187:reported-uncorrect:s
  188:command-timeout:n 189:high-fly-writes:n 190:airflow-temperature-celsius:c
  191:g-sense-error-rate:n 192:power-off-retract-count:n 193:load-cycle-count:n
  194:temperature-celsius-2:c 195:hardware-ecc-recovered:n 196:reallocated-event-count:n
  197:current-pending-sector:rs 198:offline-uncorrectable:s 199:udma-crc-error-count:n
  200:multi-zone-error-rate:n 201:soft-read-error-rate:n 202:ta-increase-count:n 203:run-out-cancel
  204:shock-count-write-open:n 205:shock-rate-write-open:n 206:flying-height 207:spin-high-current
  208:spin-buzz 209:offline-seek-performance 220:disk-shift 221:g-sense-error-rate-2:n
  222:loaded-hours:h 223:load-retry-count:n 224:load-friction 225:load-cycle-count-2:n
  226:load-in-time:ms 227:torq-amp-count:n 228:power-off-retract-count-2:n 230:head-amplitude
  231:temperature-celsius:c 232:endurance-remaining:p 233:power-on-seconds-2
  234:uncorrectable-ecc-count:s 235:good-block-rate 240:head-flying-hours:h
  241:total-lbas-written 242:total-lbas-read 250:read-error-retry-rate:n
`)

/** Disks, by model and firmware, that mean something else by a number. Facts from their makers. */
const exceptions: readonly {
  readonly model: RegExp
  readonly firmware?: RegExp
  readonly names: ReadonlyMap<number, AttributeName | null>
}[] = [
  {
    model: /^INTEL SSDSA2(CT|BT|CW|BW)[0-9]{3}G3/,
    names: table(`225:total-lbas-written:mib32 226:timed-workload-media-wear:wp
      227:timed-workload-host-reads 228:workload-timer:wm 232:available-reserved-space:p
      233:media-wearout-indicator:p 3:spin-up-time 4:start-stop-count
      241:total-lbas-written:mib32 242:total-lbas-read:mib32`),
  },
  {
    model: /^FUJITSU MHR2040AT$/,
    names: table(
      '9:power-on-seconds:sec 192:emergency-retract-cycle-count:n 200:write-error-count:n',
    ),
  },
  {
    model: /^FUJITSU MHS20[2346]0AT/,
    names: table(`9:power-on-seconds:sec 192:emergency-retract-cycle-count:n
      200:write-error-count:n 201:detected-ta-count:n`),
  },
  {
    model:
      /^FUJITSU (M1623TAU|MH[GHJKNTUV]2...A|MH[TV]2...B|MHL2300AT|MHM2(06|10|15|20)0AT|MHR2020AT|MP[A-G]3...A)/,
    names: table('9:power-on-seconds:sec'),
  },
  {
    model: /^SAMSUNG (SV0412|SV1204)H$/,
    names: table('9:power-on-half-minutes:half 194:temperature-centi-celsius:dc'),
  },
  {
    model: /^SAMSUNG (SV4012H|SP(0451|08[0124]2|12[0145]3|16[0145]4)[CN])$/,
    names: table('9:power-on-half-minutes:half'),
  },
  {
    model: /^SAMSUNG (SP40A2|SP80A4|SP8004)H$/,
    firmware: /^(RR100-07|RT100-06|QW100-61)$/,
    names: table('9:power-on-half-minutes:half'),
  },
  {
    model: /^HTS541010G9SA00$/,
    firmware: /^MBZOC60P$/,
    names: new Map([[5, null]]),
  },
  {
    model: /^(HITACHI_DK(14|23)|HTA4220|HE[JN]4230|HTC4260)/,
    names: table('9:power-on-minutes:m'),
  },
  {
    model: /^FUJITSU MHY2(120|250)BH$/,
    firmware: /^0085000B$/,
    names: new Map([
      [9, { name: 'power-on-minutes', unit: 'minutes' }],
      [197, null],
      [198, null],
    ]),
  },
  {
    model: /^MCCOE64GEMPP$/,
    firmware: /^2\.9\.0[3-9]$/,
    names: new Map([
      [5, null],
      [190, null],
    ]),
  },
  {
    model: /^Maxtor (2B0|4D0|4G1)/,
    names: new Map([[194, null], ...table('9:power-on-minutes:m')]),
  },
  {
    // 7V, 7H, 6V, 6G and 6H are later ones that count hours.
    model: /^Maxtor (2F|4[ARW]|5[AT]|6[BEKLY]|7[LY]|[34589]\d{4})/,
    names: table('9:power-on-minutes:m'),
  },
]

/** The name of an attribute of that disk; `attribute-240` where nobody knows. */
export function attributeName(
  id: number,
  disk: { readonly model: string | null; readonly firmware: string | null } | null,
): AttributeName {
  const special = exceptions.find(
    ({ model, firmware, names }) =>
      names.has(id) &&
      model.test(disk?.model ?? '') &&
      (firmware === undefined || firmware.test(disk?.firmware ?? '')),
  )
  const found = special === undefined ? usual.get(id) : special.names.get(id)
  return found ?? { name: `attribute-${id}`, unit: null }
}
