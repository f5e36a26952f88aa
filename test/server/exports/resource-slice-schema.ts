import { z } from 'zod'

/**
 * What the API server checks of a ResourceSlice (resource.k8s.io/v1; limits of KEP-4381), as far as
 * our slices use it: everything else is refused.
 */
const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
const subdomain = (length: number) =>
  z
    .string()
    .max(length)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)

/** A C identifier of 32 characters at most, perhaps after a domain of 63. */
const qualifiedName = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?\/)?[A-Za-z_][A-Za-z0-9_]{0,31}$/)

const attribute = z
  .strictObject({
    string: z.string().min(1).max(64).optional(),
    int: z.int().optional(),
    bool: z.boolean().optional(),
    version: z.string().max(64).optional(),
  })
  .refine((value) => Object.keys(value).length === 1, 'exactly one kind')

const quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/)

const device = z
  .strictObject({
    name: dnsLabel,
    attributes: z.record(qualifiedName, attribute),
    capacity: z.record(qualifiedName, z.strictObject({ value: quantity })).optional(),
  })
  .refine(
    ({ attributes, capacity = {} }) =>
      Object.keys(attributes).length + Object.keys(capacity).length <= 32,
    'at most 32 attributes and capacities',
  )

export const resourceSliceSchema = z.strictObject({
  apiVersion: z.literal('resource.k8s.io/v1'),
  kind: z.literal('ResourceSlice'),
  metadata: z.strictObject({ name: subdomain(253), labels: z.record(z.string(), z.string()) }),
  spec: z.strictObject({
    driver: subdomain(63),
    nodeName: subdomain(253),
    pool: z.strictObject({
      name: subdomain(253),
      generation: z.int().min(0),
      resourceSliceCount: z.int().min(1),
    }),
    devices: z
      .array(device)
      .max(128)
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names twice'),
  }),
})
