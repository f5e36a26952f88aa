import type { FabricSwitch } from '../../protocol/fabric.ts'
import type { Finding } from '../../protocol/facts/finding.ts'

/** Links between switches have one speed where at least this share of them has it. */
const mostRatio = 0.9
const maxFindings = 100

/** Links between switches that run slower than nearly all others of the subnet: a cable, a port. */
export function slowLinks(switches: readonly FabricSwitch[]): readonly Finding[] {
  const links = switches.flatMap(({ name, ports }) =>
    ports.flatMap(({ port, peer, linkSpeedBitsPerSecond: speed }) =>
      peer.kind === 'switch' && speed !== null ? [{ name, port, peer, speed }] : [],
    ),
  )
  const [usual = []] = [...Map.groupBy(links, ({ speed }) => speed).values()].toSorted(
    (a, b) => b.length - a.length,
  )
  const usualSpeed = usual[0]?.speed
  if (usualSpeed === undefined || usual.length / links.length < mostRatio) return []
  const names = new Map(switches.map(({ id, name }) => [id, name]))
  return links
    .filter(({ speed }) => speed < usualSpeed)
    .slice(0, maxFindings)
    .map(({ name, port, peer, speed }) => ({
      code: 'fabric.link-slow',
      severity: 'warning' as const,
      subject: name.slice(0, 128) || 'switch',
      message:
        `${name} port ${port} to ${names.get(peer.id) ?? peer.id} port ${peer.port} runs at ` +
        `${speed / 1e9} Gbit/s, links between switches here at ${usualSpeed / 1e9} Gbit/s`,
    }))
}
