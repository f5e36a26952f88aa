/**
 * Facts that differ from one look to the next on a machine nobody touched: readings, counters that
 * only rise by use, names the kernel gives anew at each boot, and what is worked out of other facts.
 */
export const volatilePatterns: readonly RegExp[] = [
  /^sensors\./,
  /^memory\.(sizeBytes|hugepages|blocks)$/,
  /^memory\.errorControllers\.(.*Count|secondsSinceReset)$/,
  /^cpu\.events$/,
  /^numa\.nodes\.(memorySizeBytes|hugepages)$/,
  /^firmware\.kernel$/,
  /^usb\.devices\.deviceNumber$/,
  // GPUs: what the driver reads now, counts since it was loaded, and how it numbers them.
  /^gpu\.gpus\.management\.(readings|eccErrorsVolatile|index|minorNumber|memoryReservedBytes)$/,
  /^gpu\.gpus\.management\.link\.replay\w*$/,
  /^gpu\.kfd\.nodes\.(gpuId|drmRenderMinor)$/,
  // Made of the PCI tree, which tells the same.
  /^gpu\.paths$/,
  /^pci\.details\.(errorCounts|lowPower)$/,
  // Networks: counters since the driver was loaded, and addresses that come and go.
  /^nic\.interfaces\.(name|operationalState|rdmaDevices)$/,
  /^nic\.\w+\.carrier(Change|Up|Down)Count$/,
  /^nic\.interfaces\.module\.(monitors|state)$/,
  /^nic\.interfaces\.linkModes\.partner$/,
  /^nic\.rdmaDevices\.(name|interfaces|nodeDescription)$/,
  /^nic\.rdmaDevices\.ports\.(gids|errorCounts|unkeptCounters)$/,
  /^nic\.fibreChannelHosts\.(name|statistics)$/,
  /^neighbors\.settled$/,
  /^neighbors\.ports\.interface$/,
  /^neighbors\.ports\.neighbors\.(timeToLiveSeconds|details)$/,
  // Storage: names of this boot, use, and how this kernel treats its devices.
  /^storage\.(disks|arrays|volumes|opticalDrives|expanders|nvmeControllers|nvmeSubsystems)\.name$/,
  /^storage\.(disks|volumes)\.(holders|members)$/,
  /^storage\.(disks|volumes)\.partitions\.(name|holders)$/,
  /^storage\.disks\.attachment\.(address|paths|usedBytes)$/,
  /^storage\.disks\.health\.(readBytes|writtenBytes|powerCycleCount)$/,
  /^storage\.(limits|abilities\.disks|contents\.device)$/,
  /^storage\.nvmeSubsystems\.(controllers|namespaces)$/,
  /^storage\.nvmeControllers\.(address|state)$/,
  /^storage\.arrays\.(members|syncAction|mismatchCount)$/,
  /^storage\.enclosures\.(name|slots\.disk)$/,
  /^storage\.adapters\.hosts$/,
  /^storage\.expanders\.phys$/,
  /^storage\.boot\.(current|next)$/,
  /^bmc\.controllers\.(eventLog|chassis\.lastEvents|fru\.findings)$/,
  /^security\.(kernelTaint|securityModules|ima)$/,
  /^tpm\.tpms\.eventLog\.(sizeBytes|eventCount|eventCounts)$/,
  /\.(temperatureCelsius|powerOnHours|powerOnSeconds|freeCount)$/,
]

/** Whether the facts of a pattern (`storage.disks.name`) are no news when they differ. */
export function isVolatile(pattern: string): boolean {
  return volatilePatterns.some((one) => one.test(pattern))
}
