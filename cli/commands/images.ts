import type { Command } from 'commander'
import { z } from 'zod'
import type { Image } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Cli } from '../cli.ts'
import { agoText, percentText, sizeText } from '../format.ts'
import { tableText } from '../table.ts'
import type { Column } from '../table.ts'

/** `assay images list|import|remove`: what can be written to machines. */
export function addImageCommands(program: Command, cli: Cli): void {
  const images = program.command('images').description('what can be written to machines')
  images
    .command('list', { isDefault: true })
    .description('images, the newest version first')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const list = await client.images.list()
      cli.print(command, list, () => imagesText(list, cli.nowMs))
    })
  images
    .command('import')
    .description('take a raw disk image: the bytes that a disk shall hold')
    .argument('<file>', 'raw image')
    .requiredOption('--name <name>', 'such as debian')
    .requiredOption('--version <version>', 'such as 12.8')
    .option('--allow-no-gpt', 'take an image without a partition table')
    .action(async (file: string, _: unknown, command: Command) => {
      const { name, version, allowNoGpt } = z
        .object({ name: z.string(), version: z.string(), allowNoGpt: z.boolean().default(false) })
        .parse(command.opts())
      const client = await cli.connect(command)
      const raw = Bun.file(file)
      if (!(await raw.exists())) {
        throw new AppError('bad-request', `cannot read image '${file}', wanted a raw disk image`)
      }
      const image = await client.images.import(name, version, raw, allowNoGpt)
      cli.print(command, image, () => {
        const { sizeBytes, blobSizeBytes } = image
        const travel = `${sizeText(blobSizeBytes)} travel, ${percentText(blobSizeBytes, sizeBytes)}`
        return `imported ${image.name}@${image.version}: ${sizeText(sizeBytes)}, ${travel}`
      })
    })
  images
    .command('remove')
    .description('forget an image; machines that run it are not touched')
    .argument('<image>', 'name@version')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const [name, version] = wanted.split('@')
      if (name === undefined || version === undefined) {
        throw new AppError('bad-request', `image '${wanted}' is not name@version`)
      }
      const client = await cli.connect(command)
      await client.images.remove(name, version)
      cli.print(command, { removed: wanted }, () => `removed ${wanted}`)
    })
}

const columns: readonly Column[] = [
  { title: 'NAME' },
  { title: 'VERSION' },
  { title: 'KIND' },
  { title: 'SIZE', align: 'right' },
  { title: 'TRAVELS', align: 'right' },
  { title: 'SECTOR', align: 'right' },
  { title: 'BOOTS' },
  { title: 'IMPORTED' },
]

function imagesText(images: readonly Image[], nowMs: number): string {
  if (images.length === 0) return "no images: 'assay images import FILE --name N --version V'"
  return tableText(
    columns,
    images.map((image) => [
      image.name,
      image.version,
      image.kind,
      sizeText(image.sizeBytes),
      sizeText(image.blobSizeBytes),
      `${image.logicalBlockSizeBytes} B`,
      image.bootModes.join(', '),
      agoText(image.createdAtMs, nowMs),
    ]),
  )
}
