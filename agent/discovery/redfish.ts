import { z } from 'zod'
import type { BmcFacts } from '../../protocol/facts/bmc.ts'
import { deviceText } from './decode/device-text.ts'

type RedfishService = BmcFacts['redfish'][number]

const textish = z.string().nullish()

/** What the SMBIOS decoder gives of a type 42 with a network interface (DSP0270 §8). */
const hostInterface = z.object({
  interface: z.object({
    device: z
      .object({
        type: textish,
        vendorId: textish,
        productId: textish,
        deviceId: textish,
        mac: textish,
        pciAddress: textish,
      })
      .nullish(),
  }),
  protocols: z.array(
    z.object({
      service: z
        .object({
          uuid: textish,
          hostAssignment: textish,
          hostAddress: textish,
          hostMask: textish,
          serviceAddress: textish,
          servicePort: z.number().nullish(),
          serviceVlan: z.number().nullish(),
          hostname: textish,
        })
        .nullish(),
    }),
  ),
})

/** Redfish services of a management controller host interface; none of an interface of other kind. */
export function redfishServices(fields: unknown): readonly RedfishService[] {
  const parsed = hostInterface.safeParse(fields)
  if (!parsed.success) return []
  const { device } = parsed.data.interface
  return parsed.data.protocols.flatMap(({ service }) => {
    if (service === null || service === undefined) return []
    const port = service.servicePort ?? 0
    return [
      {
        interfaceType: deviceText(device?.type),
        vendorId: device?.vendorId ?? null,
        productId: device?.productId ?? device?.deviceId ?? null,
        mac: device?.mac ?? null,
        pciAddress: device?.pciAddress ?? null,
        serviceUuid: service.uuid ?? null,
        hostAssignment: deviceText(service.hostAssignment),
        hostAddress: service.hostAddress ?? null,
        hostMask: service.hostMask ?? null,
        serviceAddress: service.serviceAddress ?? null,
        servicePort: port === 0 ? null : port,
        serviceVlan: service.serviceVlan ?? null,
        hostname: deviceText(service.hostname),
      },
    ]
  })
}
