import { useEffect, useState } from 'preact/hooks'
import type { ExportFile, ExportFormat, SlurmTopology } from '../../protocol/exports.ts'
import { useClient } from './hooks.ts'

interface Choice {
  readonly title: string
  readonly format: ExportFormat
  readonly topology: SlurmTopology
}

const choices: readonly Choice[] = [
  { title: 'Slurm, tree', format: 'slurm', topology: 'tree' },
  { title: 'Slurm, blocks', format: 'slurm', topology: 'block' },
  { title: 'Kubernetes labels', format: 'kubernetes-labels', topology: 'tree' },
  { title: 'Kubernetes DRA', format: 'dra', topology: 'tree' },
]

type Shown =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly title: string; readonly message: string }
  | { readonly kind: 'made'; readonly title: string; readonly files: readonly ExportFile[] }

/** The allocation in the words of a scheduler, to look at and to download. */
export function AllocationExports({ id }: { readonly id: string }) {
  const client = useClient()
  const [shown, setShown] = useState<Shown>({ kind: 'none' })
  const make = ({ title, format, topology }: Choice) => {
    client.allocations.export(id, format, topology).then(
      ({ files }) => setShown({ kind: 'made', title, files }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : 'the server did not answer'
        setShown({ kind: 'failed', title, message })
      },
    )
  }
  return (
    <section class="card" aria-label="Exports">
      <h2>
        Exports <small>of its machines as they are now</small>
      </h2>
      <div class="filters">
        {choices.map((choice) => (
          <button
            key={choice.title}
            type="button"
            aria-pressed={shown.kind !== 'none' && shown.title === choice.title}
            onClick={() => make(choice)}
          >
            {choice.title}
          </button>
        ))}
      </div>
      {shown.kind === 'failed' && <p role="alert">{shown.message}</p>}
      {shown.kind === 'made' &&
        shown.files.map((file) => (
          <DownloadableFile key={`${shown.title} ${file.name}`} file={file} />
        ))}
    </section>
  )
}

function DownloadableFile({ file }: { readonly file: ExportFile }) {
  const { name, mediaType, text } = file
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: mediaType }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [text, mediaType])
  return (
    <figure class="file">
      <figcaption>
        <code>{name}</code>{' '}
        {url !== null && (
          <a href={url} download={name}>
            Download
          </a>
        )}
      </figcaption>
      <pre>{text}</pre>
    </figure>
  )
}
