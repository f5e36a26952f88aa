import type { FactsOf } from '../../protocol/facts/inventory.ts'
import type { PciLink } from '../../protocol/facts/pci.ts'
import { isDegraded, pciGeneration } from './box-model.ts'
import type { Box, BoxDevice, BoxNode } from './box-model.ts'
import { plural, sizeText } from './format.ts'

/** Squares that are drawn for the CPUs of a node; more are told in words alone. */
const squaresMaximum = 256

/** The machine as one would draw it: nodes with their cores and devices, and the DIMM slots. */
export function BoxPicture({ box }: { readonly box: Box }) {
  return (
    <section class="card box" aria-labelledby="box">
      <h2 id="box">The box</h2>
      <div class="nodes">
        {box.nodes.map((node) => (
          <Node key={node.id ?? 'machine'} node={node} />
        ))}
      </div>
      {box.dimms.length > 0 && (
        <>
          <h3>
            Memory slots <small>{dimmSummary(box.dimms)}</small>
          </h3>
          <ul class="dimms">
            {box.dimms.map((dimm, at) => (
              <Dimm key={dimm.locator ?? at} dimm={dimm} />
            ))}
          </ul>
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

function Node({ node }: { readonly node: BoxNode }) {
  const { id, coreCount, threadCount, memorySizeBytes, distances, packages, devices } = node
  const figures = [
    ...(coreCount === null ? [] : [plural(coreCount, 'core')]),
    plural(threadCount, 'thread'),
    ...(memorySizeBytes === null ? [] : [sizeText(memorySizeBytes, true)]),
  ]
  return (
    <div class="node">
      <h3>
        {id === null ? 'Machine' : `NUMA node ${id}`} <small>{figures.join(' · ')}</small>
      </h3>
      {packages.map((name) => (
        <p key={name} class="package">
          {name}
        </p>
      ))}
      <Squares threadCount={threadCount} coreCount={coreCount ?? threadCount} />
      {distances.length > 1 && <p class="muted">distance to nodes {distances.join(' · ')}</p>}
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
          <span class="title">{title}</span>
          <span class="muted">{detail}</span>
          {link !== null && <Lanes link={link} />}
        </li>
      ))}
    </ul>
  )
}

/** Lanes in use out of those there are; a link below its best is marked. */
export function Lanes({ link }: { readonly link: PciLink }) {
  const { laneWidth, maxLaneWidth, speedGtPerS, maxSpeedGtPerS } = link
  const speed = generationText(speedGtPerS)
  const best = generationText(maxSpeedGtPerS)
  const lanes = Math.min(32, Math.max(laneWidth, maxLaneWidth))
  const text = isDegraded(link)
    ? `x${laneWidth} ${speed}, can x${maxLaneWidth} ${best}`
    : `x${laneWidth} ${speed}`
  return (
    <span class={`lanes ${isDegraded(link) ? 'degraded' : ''}`}>
      <svg viewBox={`0 0 ${lanes * 4} 8`} width={lanes * 4} height={8} aria-hidden="true">
        {Array.from({ length: lanes }, (_, at) => (
          <rect
            key={at}
            class={at < laneWidth ? 'used' : ''}
            x={at * 4}
            y={0}
            width={3}
            height={8}
          />
        ))}
      </svg>
      {text}
    </span>
  )
}

function generationText(speedGtPerS: number | null): string {
  if (speedGtPerS === null) return 'down'
  const generation = pciGeneration(speedGtPerS)
  return generation === null ? `${speedGtPerS} GT/s` : `Gen${generation}`
}

function Dimm({ dimm }: { readonly dimm: FactsOf<'memory'>['dimms'][number] }) {
  const { locator, bankLocator, populated, sizeBytes, type, configuredSpeedMtPerS } = dimm
  const name = locator ?? bankLocator ?? 'slot'
  const speed = configuredSpeedMtPerS === null ? null : `${configuredSpeedMtPerS} MT/s`
  const words = [type, speed, dimm.manufacturer, dimm.partNumber, dimm.serial].filter(
    (word) => word !== null,
  )
  return (
    <li class={populated ? 'dimm' : 'dimm empty-slot'} title={words.join(' · ')}>
      <b>{populated ? sizeText(sizeBytes, true) : 'empty'}</b>
      <span>{name}</span>
      {populated && <small>{[type, speed].filter((word) => word !== null).join(' ')}</small>}
    </li>
  )
}

function dimmSummary(dimms: readonly FactsOf<'memory'>['dimms'][number][]): string {
  const populated = dimms.filter((dimm) => dimm.populated).length
  return `${populated} of ${plural(dimms.length, 'slot')} populated`
}
