/**
 * Rows of an lsblk table, each by the titles of its columns. Text stands left and may have blanks in
 * it, numbers stand right: a word belongs to the title above it, else to the last one before it.
 */
export function rowsOfTable(text: string): readonly ReadonlyMap<string, string>[] {
  const [head = '', ...lines] = text.split('\n')
  const titles = [...head.matchAll(/\S+/g)].map(({ 0: title, index }) => ({
    title,
    start: index,
    end: index + title.length,
  }))
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = new Map(titles.map(({ title }) => [title, '']))
      for (const { 0: word, index } of line.matchAll(/\S+/g)) {
        const above = titles.find(({ start, end }) => index < end && index + word.length > start)
        const { title = '' } = above ?? titles.findLast(({ start }) => start <= index) ?? {}
        const cell = cells.get(title) ?? ''
        cells.set(title, cell === '' ? word : `${cell} ${word}`)
      }
      // The signs of the tree.
      cells.set('NAME', (cells.get('NAME') ?? '').replace(/^[|`\s-]+/, ''))
      return cells
    })
    .filter((cells) => cells.get('NAME') !== '')
}
