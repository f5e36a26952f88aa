/**
 * Whether the whole of `text` fits `pattern`: `*` stands for any characters, `?` for one. No regular
 * expression, so that no pattern takes more than pattern times text steps.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resumeAt = 0
  for (let index = 0; index < text.length;) {
    if (pattern[at] === '*') {
      star = at
      resumeAt = index
      at += 1
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) {
      at += 1
      index += 1
    } else if (star === -1) {
      return false
    } else {
      // Let the last star take one character more.
      at = star + 1
      resumeAt += 1
      index = resumeAt
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
