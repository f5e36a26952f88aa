import { render } from 'preact'
import { z } from 'zod'
import { App } from './app.tsx'
import { LiveFleet } from './live-fleet.ts'
import { applyTheme, storedTheme } from './theme.ts'

// The page's policy forbids code made of text, which zod would try for speed.
z.config({ jitless: true })
applyTheme(storedTheme())
const root = document.querySelector('#page')
if (root !== null) render(<App live={new LiveFleet()} />, root)
