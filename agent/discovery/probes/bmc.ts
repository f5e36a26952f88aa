import { z } from 'zod'
import type { BmcFacts } from '../../../protocol/facts/bmc.ts'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { decodeStructure } from '../decode/smbios/decoded.ts'
import { type ControllerReading, readController } from '../ipmi/controller.ts'
import { kernelController } from '../ipmi/kernel-id.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { redfishServices } from '../redfish.ts'
import { readSmbios } from '../smbios.ts'
import { attribute, linkName } from '../sysfs.ts'

/** IPMI 2.0 over the kernel's driver; SMBIOS types 38 and 42 (DSP0134 §7.39, §7.43). */
export const bmcProbe: Probe<'bmc'> = {
  class: 'bmc',
  async read(host) {
    const names = (await host.list(paths.ipmi)).filter((name) => /^ipmi\d{1,3}$/.test(name))
    const [announced, interfaces, controllers] = await Promise.all([
      announcedBy(host),
      all(names, (name) => interfaceOf(host, name)),
      attemptEach('bmc', names, (name) => controllerOf(host, name)),
    ])
    const facts: BmcFacts = {
      announcedInterfaces: announced.interfaces,
      interfaces,
      controllers: controllers.found.map(({ controller }) => controller),
      redfish: announced.redfish,
    }
    const findings: readonly Finding[] = [
      ...controllers.findings,
      ...controllers.found.flatMap((one) => one.findings),
    ]
    return { facts, findings }
  },
}

/** As it answers, else as the kernel heard it when it loaded its driver. */
async function controllerOf(host: Host, name: string): Promise<ControllerReading | null> {
  const answered = await readController(host, `/dev/${name}`)
  if (answered !== null) return answered
  const controller = await kernelController(host, name)
  return controller === null ? null : { controller, findings: [] }
}

/** `type` and `driver` of the platform device that the interface belongs to. */
async function interfaceOf(host: Host, name: string): Promise<BmcFacts['interfaces'][number]> {
  const folder = `${paths.ipmi}/${name}/device`
  const [type, driver] = await Promise.all([
    attribute(host, `${folder}/type`),
    linkName(host, `${folder}/driver`),
  ])
  return { name, type: deviceText(type), driver }
}

const announcedFields = z.object({
  interfaceType: z.string().nullish(),
  specificationVersion: z.string().nullish(),
  i2cAddress: z.string().nullish(),
  baseAddress: z.string().nullish(),
})

async function announcedBy(host: Host): Promise<{
  readonly interfaces: BmcFacts['announcedInterfaces']
  readonly redfish: BmcFacts['redfish']
}> {
  const { structures, version } = await readSmbios(host)
  if (version === null) return { interfaces: [], redfish: [] }
  const fieldsOf = (type: number) =>
    structures
      .filter((structure) => structure.type === type)
      .map((structure) => decodeStructure(structure, version).fields)
  const interfaces = fieldsOf(38).map((fields) => {
    const found = announcedFields.parse(fields)
    return {
      type: deviceText(found.interfaceType),
      specificationVersion: deviceText(found.specificationVersion),
      // Address 0 is the bus's general call: the firmware left it open.
      slaveAddress: found.i2cAddress === '0x00' ? null : deviceText(found.i2cAddress),
      baseAddress: deviceText(found.baseAddress),
    }
  })
  return { interfaces, redfish: fieldsOf(42).flatMap(redfishServices) }
}
