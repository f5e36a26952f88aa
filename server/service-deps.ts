import type { Clock, Random } from '../protocol/effects.ts'
import type { BootMode } from '../protocol/image.ts'
import type { SigningKey } from '../protocol/signing.ts'
import type { IdLists } from './ids/read-id-lists.ts'
import type { Logger } from './log.ts'
import type { Store } from './store/store.ts'
import type { WebhookPort } from './webhooks/webhook-port.ts'

/** All that the service needs from the world. */
export interface ServiceDeps {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** Signs challenges and commits. Agents are built to trust its public half. */
  readonly commandKey: SigningKey
  readonly policy: ApprovalPolicy
  readonly images: ImageCatalog
  readonly urls: ServiceUrls
  readonly webhooks: WebhookPort
  /** What PCI and USB ids stand for. */
  readonly ids: IdLists
  readonly log: Logger
}

/**
 * Who approves a machine that nobody has seen before. `manual`: an operator, one by one. `all`: the
 * named policy, at once; for laboratories, where everything on the network is ours.
 */
export type ApprovalPolicy =
  | { readonly kind: 'manual' }
  | { readonly kind: 'all'; readonly name: string }

/** Images that may be deployed. */
export interface ImageCatalog {
  /** `name@version`, or `name` for its newest. Throws `not-found`. */
  resolve(nameAtVersion: string): Promise<CatalogImage>
}

/** What choosing a disk and writing a plan needs of an image. */
export interface CatalogImage {
  readonly name: string
  readonly version: string
  readonly indexDigest: string
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
  readonly minimumDiskSizeBytes: number
  readonly bootModes: readonly BootMode[]
}

/** Addresses that machines reach the server at, by plain HTTP. */
export interface ServiceUrls {
  imageIndex(image: CatalogImage): string
  imageBlob(image: CatalogImage): string
  /** Where a written system posts its report. */
  report(): string
}
