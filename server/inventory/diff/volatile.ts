/**
 * Facts that differ from one look to the next on a machine nobody touched: readings, counters that
 * only rise by use, names the kernel gives anew at each boot.
 */
const patterns: readonly RegExp[] = [
  /^sensors\./,
  /^memory\.(sizeBytes|hugepages)$/,
  /^numa\.nodes\.(memorySizeBytes|hugepages)$/,
  /^firmware\.kernel$/,
  /^storage\.disks\.name$/,
  /^nic\.interfaces\.(name|operationalState)$/,
  /^usb\.devices\.deviceNumber$/,
  /\.(temperatureCelsius|powerOnHours|powerOnSeconds|freeCount)$/,
]

/** Whether the facts of a pattern (`storage.disks.name`) are no news when they differ. */
export function isVolatile(pattern: string): boolean {
  return patterns.some((one) => one.test(pattern))
}
