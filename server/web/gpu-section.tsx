import type { ComponentChildren } from 'preact'
import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'
import { uncorrectedErrors } from '../../protocol/facts/gpu-errors.ts'
import { linkState, linkStates } from '../../protocol/facts/pci-links.ts'
import { DeviceTable } from './device-table.tsx'
import { sizeText } from './format.ts'
import { Lanes } from './lanes.tsx'
import { Mark } from './marks.tsx'
import { pathMatrix } from './path-matrix.ts'
import type { PathMatrix } from './path-matrix.ts'

type Gpu = FactsOf<'gpu'>['gpus'][number]

/** GPUs one by one, and how they reach each other, the network and the disks. */
export function GpuSection({ inventory }: { readonly inventory: Inventory }) {
  const { gpu, pci } = inventory
  if (gpu === null || gpu.gpus.length === 0) return null
  const links = linkStates(pci?.functions ?? [])
  const matrix = pathMatrix(inventory)
  return (
    <>
      <DeviceTable
        id="gpus"
        name="GPUs and accelerators"
        note={[gpu.baseBoard?.model, switchText(gpu), driverText(gpu)]}
        columns={['GPU', 'Model', 'Memory', 'Serial', 'VBIOS', 'ECC', 'NVLink', 'Link', 'Node']}
        rows={gpu.gpus.map((each, index) => {
          const link = links.get(each.address) ?? (each.link && linkState(each.link, null))
          return [
            <>
              {each.kind === 'console' ? 'console' : index} <code>{each.address}</code>{' '}
              <Mark subject={each.address} />
            </>,
            each.model ?? `${each.vendorId}:${each.deviceId}`,
            sizeText(each.memorySizeBytes, true),
            each.management?.serial ?? null,
            each.management?.vbiosVersion ?? null,
            eccText(each),
            linksText(each),
            link === null ? null : <Lanes link={link} />,
            each.numaNode === null ? null : String(each.numaNode),
          ]
        })}
      />
      {matrix !== null && <Matrix matrix={matrix} />}
    </>
  )
}

function Matrix({ matrix: { columns, rows } }: { readonly matrix: PathMatrix }) {
  return (
    <section class="card scroll" aria-labelledby="paths">
      <table class="matrix">
        <caption id="paths">
          Paths of the GPUs{' '}
          <small>
            NV, XGMI direct · PIX one switch · PXB switches · PHB host bridge · NODE same NUMA node
            · SYS across nodes
          </small>
        </caption>
        <thead>
          <tr>
            <td />
            {columns.map(({ address, name }) => (
              <th key={address} scope="col" title={address}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ device, cells }) => (
            <tr key={device.address}>
              <th scope="row" title={device.address}>
                {device.name}
              </th>
              {cells.map(({ kind, text }, at) => (
                <td key={columns[at]?.address} class={`path path-${kind}`}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function eccText({ management }: Gpu): ComponentChildren {
  if (management === null || management.ecc === null) return null
  const errors = uncorrectedErrors(management.eccErrorsAggregate)
  const state = management.ecc.enabled ? 'on' : 'off'
  return errors === 0 ? state : `${state}, ${errors} uncorrected`
}

function linksText({ management }: Gpu): string | null {
  const links = management?.nvLinks ?? []
  return links.length === 0
    ? null
    : `${links.filter(({ active }) => active).length} of ${links.length}`
}

function switchText({ switches }: FactsOf<'gpu'>): string | null {
  return switches.length === 0 ? null : `${switches.length} NVSwitch`
}

function driverText({ driverVersion }: FactsOf<'gpu'>): string | null {
  return driverVersion === null ? null : `driver ${driverVersion}`
}
