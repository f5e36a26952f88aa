import { useMemo } from 'preact/hooks'
import { type DeviceNames, pciNameText } from '../../protocol/device-names.ts'
import type { FactsOf } from '../../protocol/facts/inventory.ts'
import { type LinkState, linkStates } from '../../protocol/facts/pci-links.ts'
import { type PciBranch, pciTree } from '../../protocol/facts/pci-tree.ts'
import { plural } from './format.ts'
import { Lanes } from './lanes.tsx'
import { Mark } from './marks.tsx'

/** Longer trees are closed until somebody opens them. */
const openMaximum = 48

interface Props {
  readonly pci: FactsOf<'pci'>
  readonly names: DeviceNames
}

/** Every PCI function where it hangs, with its name and its link. */
export function PciTreeView({ pci, names }: Props) {
  const roots = useMemo(() => pciTree(pci.functions), [pci])
  const links = useMemo(() => linkStates(pci.functions), [pci])
  if (roots.length === 0) return null
  const narrow = [...links.values()].filter(({ state }) => state === 'narrow').length
  const figures = [
    plural(pci.functions.length, 'function'),
    roots.length === 1 ? '1 root bus' : `${roots.length} root buses`,
    ...(narrow === 0 ? [] : [plural(narrow, 'narrow link')]),
  ]
  return (
    <section class="card" aria-labelledby="pci">
      <details open={pci.functions.length <= openMaximum}>
        <summary>
          <h2 id="pci">
            PCI <small>{figures.join(' · ')}</small>
          </h2>
        </summary>
        {roots.map(({ bus, children }) => (
          <div key={bus} class="pci-root">
            <h3>
              Root bus <code>{bus}</code>
            </h3>
            <Branches branches={children} links={links} names={names} />
          </div>
        ))}
      </details>
    </section>
  )
}

interface BranchesProps {
  readonly branches: readonly PciBranch[]
  readonly links: ReadonlyMap<string, LinkState>
  readonly names: DeviceNames
}

function Branches({ branches, links, names }: BranchesProps) {
  return (
    <ul class="pci-tree">
      {branches.map((branch) => (
        <li key={branch.pci.address}>
          <Row branch={branch} link={links.get(branch.pci.address) ?? null} names={names} />
          {branch.children.length > 0 && (
            <Branches branches={branch.children} links={links} names={names} />
          )}
        </li>
      ))}
    </ul>
  )
}

function Row(props: {
  readonly branch: PciBranch
  readonly link: LinkState | null
  readonly names: DeviceNames
}) {
  const { branch, link, names } = props
  const { pci, virtualFunctionCount } = branch
  const known = names.pci[pci.address]
  const more = [
    `${pci.vendorId}:${pci.deviceId}`,
    pci.driver,
    pci.slot === null ? null : `slot ${pci.slot}`,
    virtualFunctionCount === 0 ? null : plural(virtualFunctionCount, 'virtual function'),
  ].filter((word) => word !== null)
  const isBridge = pci.bridge !== null
  return (
    <div class={isBridge ? 'pci-row bridge' : 'pci-row'}>
      <code>{pci.address.replace(/^\w+:/, '')}</code>
      <span class="pci-name">
        <b>{known?.class ?? `class ${pci.classCode}`}</b> {pciNameText(pci, known)}{' '}
        <Mark subject={pci.address} />
      </span>
      <small>{more.join(' · ')}</small>
      {link !== null && <Lanes link={link} />}
    </div>
  )
}
