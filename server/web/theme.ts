/** `auto` follows the reader's system. */
export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'assay-theme'

export function storedTheme(): Theme {
  const stored = window.localStorage.getItem(key)
  return themes.find((theme) => theme === stored) ?? 'auto'
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  window.localStorage.setItem(key, theme)
}
