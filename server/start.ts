import { networkInterfaces } from 'node:os'
import path from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { buildSiteLayer } from '../initramfs/site-layer.ts'
import type { Clock, Random } from '../protocol/effects.ts'
import { openAgentPort } from './agent-port/agent-port.ts'
import { createApiApp } from './api/api-app.ts'
import { FleetPlanner, spawnEngineThread, threadFrom } from './allocation/engine/fleet-planner.ts'
import { createService } from './assay.ts'
import type { Config } from './config.ts'
import { takeDataDir } from './data-dir.ts'
import { openHttpListener } from './http-listener.ts'
import { createImageCatalog, createImageLibrary } from './image-library.ts'
import { ImageStore } from './images/image-store.ts'
import { isErrorCode } from './error-code.ts'
import { readIdLists, systemIdFolder } from './ids/read-id-lists.ts'
import type { Logger } from './log.ts'
import { openBootFiles } from './netboot/boot-files.ts'
import type { StartProcess } from './netboot/child-process.ts'
import { superviseDnsmasq } from './netboot/dnsmasq.ts'
import type { Dnsmasq } from './netboot/dnsmasq.ts'
import { createNetbootApp } from './netboot/netboot-app.ts'
import { readTemplates } from './netboot/script-set.ts'
import { publicAddress } from './public-address.ts'
import type { ServiceDeps } from './service-deps.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import { serverName } from './tls/authority.ts'
import { openKeys } from './tls/key-store.ts'
import { ensureFirstToken } from './tokens/first-token.ts'
import { createTokenService } from './tokens/token-service.ts'
import { httpWebhookPort } from './webhooks/webhook-port.ts'

/** What the server takes from outside. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly startProcess: StartProcess
}

/** Where everything is, once the server serves. */
export interface ServerAddresses {
  readonly apiUrl: string
  /** As machines reach it. */
  readonly netbootUrl: string
  /** `host:port` as machines reach it. */
  readonly agentAddress: string
  readonly ports: { readonly api: number; readonly netboot: number; readonly agent: number }
  readonly dataDir: string
  readonly operatorTokenFile: string
}

export interface RunningServer {
  readonly addresses: ServerAddresses
  /** Ends every part, the last started first. */
  close(): Promise<void>
}

/** Starts every part. When one does not start, those before it are ended and the error thrown. */
export async function startServer(config: Config, world: World): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack()
  const addresses = await startParts(config, world, parts)
  const running = parts.move()
  return { addresses, close: () => running.disposeAsync() }
}

async function startParts(
  config: Config,
  world: World,
  parts: AsyncDisposableStack,
): Promise<ServerAddresses> {
  const { clock, random, log } = world
  const { dataDir } = config
  parts.use(await takeDataDir(dataDir))
  const keys = await openKeys(path.join(dataDir, 'keys'), random)
  const store = openSqliteStore(path.join(dataDir, 'assay.sqlite'), () => random.uuid())
  parts.defer(() => store.close())
  const tokens = createTokenService({ store, clock, random })
  const operatorTokenFile = await ensureFirstToken(tokens, dataDir)

  const netboot = await listen('netboot', config.netboot, () =>
    openHttpListener({ ...config.netboot, idleSeconds: 120 }),
  )
  parts.defer(() => netboot.close())
  const agentPort = await listen('agent', config.agent, () =>
    openAgentPort({ ...config.agent, authority: keys.authority, clock, log }),
  )
  parts.defer(() => agentPort.close())
  const api = await listen('api', config.api, () =>
    openHttpListener({ ...config.api, idleSeconds: 60 }),
  )
  parts.defer(() => api.close())
  const { netbootUrl, agentAddress } = publicAddresses(config, netboot.port, agentPort.port)

  const images = new ImageStore(path.join(dataDir, 'images'))
  const imageUrl = (image: { readonly name: string; readonly version: string }, file: string) =>
    `${netbootUrl}/images/${image.name}/${image.version}/${file}`
  const deps: ServiceDeps = {
    store,
    clock,
    random,
    log,
    commandKey: keys.commandKey,
    policy: config.policy,
    images: createImageCatalog(images),
    urls: {
      imageIndex: (image) => imageUrl(image, 'index.json'),
      imageBlob: (image) => imageUrl(image, 'blob.zst'),
      report: () => `${netbootUrl}/report`,
    },
    webhooks: httpWebhookPort(config.webhooks.origins),
    ids: await readIdLists([systemIdFolder, config.idDir]),
  }
  const service = createService(
    deps,
    (turns) => new FleetPlanner({ threadFrom, spawn: spawnEngineThread, log }, turns),
  )
  await service.start()
  parts.defer(() => service.close())

  const siteLayer = buildSiteLayer({
    servers: [agentAddress],
    serverName,
    caPem: keys.authority.caPem,
    commandKeys: [keys.commandKey.publicKey],
    imageKeys: [keys.imageKey.publicKey],
  })
  const netbootApp = createNetbootApp({
    service,
    images,
    files: await openBootFiles(config.bootDir, new Uint8Array(siteLayer)),
    ipxeDir: config.ipxeDir,
    templates: await readTemplates(config.scriptDir),
    site: { serverUrl: netbootUrl, agentAddress, kernelArguments: config.netboot.kernelArguments },
    log,
  })
  const dnsmasq = await startDnsmasq(config, world, netbootUrl)
  if (dnsmasq !== null) parts.defer(() => dnsmasq.close())
  const apiApp = createApiApp({
    service,
    tokens,
    clock,
    random,
    log,
    images: createImageLibrary({
      store: images,
      signingKey: keys.imageKey,
      incomingDir: path.join(dataDir, 'incoming'),
      clock,
      random,
    }),
    version: packageJson.version,
    webDir: config.webDir,
    agentConnections: () => agentPort.connectionCount(),
    degraded: () => (dnsmasq?.state() === 'failed' ? ['dnsmasq'] : []),
  })

  netboot.handle((request, address) => netbootApp.fetch(request, { address }))
  agentPort.onConnection((connection) => service.acceptAgent(connection))
  api.handle((request) => apiApp.fetch(request))
  const ports = { api: api.port, netboot: netboot.port, agent: agentPort.port }
  const apiUrl = `http://${publicAddress({}, config.api.host, null)}:${api.port}`
  return { apiUrl, netbootUrl, agentAddress, ports, dataDir, operatorTokenFile }
}

async function startDnsmasq(
  config: Config,
  world: World,
  serverUrl: string,
): Promise<Dnsmasq | null> {
  if (config.dnsmasq === null) return null
  const { commandPrefix, ...options } = config.dnsmasq
  return superviseDnsmasq({
    options: { ...options, serverUrl },
    commandPrefix,
    stateDir: config.dataDir,
    ipxeDir: config.ipxeDir,
    start: world.startProcess,
    clock: world.clock,
    log: world.log,
  })
}

/** Where machines find us, with the ports that were given to us. */
function publicAddresses(
  config: Config,
  netbootPort: number,
  agentPort: number,
): { readonly netbootUrl: string; readonly agentAddress: string } {
  const facing = config.dnsmasq?.interface ?? null
  const of = (host: string) => publicAddress(networkInterfaces(), host, facing)
  return {
    netbootUrl: config.netboot.publicUrl ?? `http://${of(config.netboot.host)}:${netbootPort}`,
    agentAddress: config.agent.publicAddress ?? `${of(config.agent.host)}:${agentPort}`,
  }
}

/** Opens a listener; its two common errors say what to do. */
async function listen<Listener>(
  name: 'api' | 'netboot' | 'agent',
  { host, port }: { readonly host: string; readonly port: number },
  open: () => Listener | Promise<Listener>,
): Promise<Listener> {
  try {
    return await open()
  } catch (cause) {
    if (isErrorCode(cause, 'EADDRINUSE')) {
      const find = `'ss -ltnp sport = :${port}' shows by what`
      const advice = `stop that, or choose another port with --set ${name}.port=...`
      const what = `port ${port} on ${host} is in use (${name}): ${find}; ${advice}`
      throw new Error(what, { cause })
    }
    throw new Error(`cannot listen on ${host}:${port} (${name})`, { cause })
  }
}
