import type { Image } from '../../protocol/api.ts'
import { instantText, sizeText } from './format.ts'
import { useTitle } from './hooks.ts'

/** What can be written to machines. */
export function ImagesPage({ images }: { readonly images: readonly Image[] }) {
  useTitle('Images')
  return (
    <>
      <div class="bar">
        <h1>Images</h1>
      </div>
      <div class="card scroll">
        {images.length === 0 ? (
          <p class="empty">
            No images yet: <code>assay images import FILE --name NAME --version VERSION</code>
          </p>
        ) : (
          <table>
            <thead>
              <tr>
                {['Name', 'Version', 'Kind', 'Size', 'Travels', 'Sector', 'Boots', 'Imported'].map(
                  (title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {images.map((image) => (
                <tr key={`${image.name}@${image.version}`}>
                  <th scope="row">{image.name}</th>
                  <td>{image.version}</td>
                  <td>{image.kind}</td>
                  <td>{sizeText(image.sizeBytes)}</td>
                  <td>{sizeText(image.blobSizeBytes)}</td>
                  <td>{image.logicalBlockSizeBytes} B</td>
                  <td>{image.bootModes.join(', ')}</td>
                  <td>{instantText(image.createdAtMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  )
}
