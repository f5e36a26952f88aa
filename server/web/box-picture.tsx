import type { Box, BoxDevice, BoxNode, BoxSocket, Dimm } from './box-model.ts'
import { plural, sizeText } from './format.ts'
import { Lanes } from './lanes.tsx'
import { Mark } from './marks.tsx'

/** Squares that are drawn for the CPUs of a node; more are told in words alone. */
const squaresMaximum = 256

/** The machine as one would draw it: sockets with their nodes and devices, and the DIMM slots. */
export function BoxPicture({ box }: { readonly box: Box }) {
  const dimms = box.dimmRows.flatMap((row) => row.dimms)
  return (
    <section class="card box" aria-labelledby="box">
      <h2 id="box">The box</h2>
      <div class="sockets">
        {box.sockets.map((socket, at) => (
          <Socket key={at} socket={socket} />
        ))}
      </div>
      {dimms.length > 0 && (
        <>
          <h3>
            Memory slots <small>{dimmSummary(dimms)}</small>
          </h3>
          {box.dimmRows.map(({ name, dimms: row }) => (
            <div key={name} class="dimm-row">
              {name !== null && <b>{name}</b>}
              <ul class="dimms" aria-label={name === null ? 'DIMM slots' : `DIMM slots of ${name}`}>
                {row.map((dimm, at) => (
                  <DimmSlot key={dimm.locator ?? at} dimm={dimm} />
                ))}
              </ul>
            </div>
          ))}
        </>
      )}
      {box.devices.length > 0 && (
        <>
          <h3>Devices of no known node</h3>
          <Devices devices={box.devices} />
        </>
      )}
    </section>
  )
}

function Socket({ socket: { packages, nodes } }: { readonly socket: BoxSocket }) {
  return (
    <div class="socket">
      {packages.length === 0 && <p class="package">Memory without processors</p>}
      {packages.map(({ name, figures, caches }) => (
        <div key={name} class="package">
          <p>
            <b>{name}</b> <small>{figures.join(' · ')}</small>
          </p>
          {caches.length > 0 && (
            <ul class="caches" aria-label="Caches">
              {caches.map((cache) => (
                <li key={cache}>{cache}</li>
              ))}
            </ul>
          )}
        </div>
      ))}
      <div class="nodes">
        {nodes.map((node) => (
          <Node key={node.id ?? 'machine'} node={node} />
        ))}
      </div>
    </div>
  )
}

function Node({ node }: { readonly node: BoxNode }) {
  const { id, coreCount, threadCount, memorySizeBytes, distances, devices } = node
  const figures = [
    ...(coreCount === 0 ? [] : [plural(coreCount, 'core'), plural(threadCount, 'thread')]),
    ...(memorySizeBytes === null ? [] : [sizeText(memorySizeBytes, true)]),
    ...(distances.length > 1 ? [`distances ${distances.join(' ')}`] : []),
  ]
  return (
    <div class="node">
      <h3>
        {id === null ? 'Machine' : `NUMA node ${id}`} <small>{figures.join(' · ')}</small>
      </h3>
      <Squares threadCount={threadCount} coreCount={coreCount} />
      <Devices devices={devices} />
    </div>
  )
}

/** One square a core, halved where it has two threads. */
function Squares(props: { readonly threadCount: number; readonly coreCount: number }) {
  const { threadCount, coreCount } = props
  if (coreCount === 0 || coreCount > squaresMaximum) return null
  const perRow = 32
  const rows = Math.ceil(coreCount / perRow)
  const isThreaded = threadCount > coreCount
  const width = Math.min(coreCount, perRow) * 10
  return (
    <svg
      class="cores"
      role="img"
      aria-label={`${plural(coreCount, 'core')}, ${plural(threadCount, 'thread')}`}
      viewBox={`0 0 ${width} ${rows * 10}`}
      width={width}
      height={rows * 10}
    >
      {Array.from({ length: coreCount }, (_, at) => {
        const [x, y] = [(at % perRow) * 10, Math.floor(at / perRow) * 10]
        return (
          <g key={at}>
            <rect x={x} y={y} width={8} height={8} rx={1.5} />
            {isThreaded && <path d={`M${x + 8} ${y} V${y + 8} H${x} Z`} />}
          </g>
        )
      })}
    </svg>
  )
}

function Devices({ devices }: { readonly devices: readonly BoxDevice[] }) {
  if (devices.length === 0) return null
  return (
    <ul class="devices">
      {devices.map(({ key, kind, title, detail, link }) => (
        <li key={key} class={`device device-${kind}`}>
          <span class="kind">{kind}</span>
          <span class="title">
            {title} <Mark subject={key.slice(kind.length + 1)} />
          </span>
          <span class="muted">{detail}</span>
          {link !== null && <Lanes link={link} />}
        </li>
      ))}
    </ul>
  )
}

function DimmSlot({ dimm }: { readonly dimm: Dimm }) {
  const { locator, bankLocator, populated, sizeBytes, type, configuredSpeedMtPerS } = dimm
  const name = locator ?? bankLocator ?? 'slot'
  const speed = configuredSpeedMtPerS === null ? null : `${configuredSpeedMtPerS} MT/s`
  const words = [type, speed, dimm.manufacturer, dimm.partNumber, dimm.serial].filter(
    (word) => word !== null,
  )
  return (
    <li class={populated ? 'dimm' : 'dimm empty-slot'} title={words.join(' · ')}>
      <b>
        {populated ? sizeText(sizeBytes, true) : 'empty'} <Mark subject={name} />
      </b>
      <span>{name}</span>
      {populated && <small>{[type, speed].filter((word) => word !== null).join(' ')}</small>}
    </li>
  )
}

function dimmSummary(dimms: readonly Dimm[]): string {
  const populated = dimms.filter((dimm) => dimm.populated).length
  return `${populated} of ${plural(dimms.length, 'slot')} populated`
}
