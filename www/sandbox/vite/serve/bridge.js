// Goes into every page of the sandbox before the app: tells the page around
// it (if any) that the app is on screen, or what went wrong while running.
import { hash } from '/@carrel/version.js'

const atMost = 20
const seen = new Set()
let version = hash
let isShown = false
let isBroken = false

function tell(message) {
  if (parent !== window) parent.postMessage(message, '*')
}

function root() {
  return document.getElementById('root')
}

function showNotice() {
  const place = root()
  if (!place || place.childNodes.length) return
  const notice = document.createElement('p')
  notice.setAttribute('role', 'alert')
  notice.style.cssText = 'max-width:24rem;margin:40vh auto 0;padding:0 2rem;'
    + 'text-align:center;font:16px/1.5 system-ui,sans-serif;color:#737373'
  notice.textContent = 'This app ran into a problem and could not start.'
  place.append(notice)
}

/** Line numbers of what the browser runs → those of the file as written. */
async function written(file, line, column) {
  const path = new URL(file, location.href)
  if (path.origin !== location.origin || !path.pathname.startsWith('/src/'))
    return null
  const query = new URLSearchParams({ file: path.pathname, line, column })
  const reply = await fetch(`/@carrel/where?${query}`)
  return reply.ok ? reply.json() : null
}

async function report(error, file, line, column) {
  const message = String(error?.message ?? error ?? 'Unknown error')
  const stack = String(error?.stack ?? '')
  if (/^ResizeObserver loop/.test(message)) return
  isBroken = true
  if (!isShown) showNotice()

  // The frame in the app's own files says more than one inside React.
  const own = /(https?:\/\/[^\s()]+\/src\/[^\s():?]+)(?:\?[^\s():]*)?:(\d+):(\d+)/
    .exec(stack)
  if (own) [, file, line, column] = own
  const key = `${message}\n${file}:${line}`
  if (seen.has(key) || seen.size >= atMost) return
  seen.add(key)

  let place = null
  try {
    place = file ? await written(file, line, column) : null
  } catch {
    // The sandbox may be asleep; the message alone is still worth telling.
  }
  tell({
    carrel: 'error',
    message: message.slice(0, 2000),
    stack: stack.slice(0, 4000),
    file: place?.file ?? '',
    line: place?.line ?? 0,
    column: place?.column ?? 0,
  })
}

function ready() {
  isShown = true
  // Two frames: the first may be the one that is being prepared. A hidden
  // page has no frames at all, so a timer stands beside them.
  let told = false
  const say = () => {
    // A frozen page changes no more; who looks on may want the live one.
    if (!told) tell({ carrel: 'ready', version, live: Boolean(import.meta.hot) })
    told = true
  }
  requestAnimationFrame(() => requestAnimationFrame(say))
  setTimeout(say, 250)
}

function watchRoot() {
  const place = root()
  if (!place) return
  const look = () => {
    if (!place.childNodes.length || isBroken) return false
    watcher.disconnect()
    ready()
    return true
  }
  const watcher = new MutationObserver(look)
  if (!look()) watcher.observe(place, { childList: true })
}

addEventListener('error', (event) => {
  // A script or picture that did not load has no error of its own.
  if (event.target !== window) return
  report(event.error ?? event.message, event.filename, event.lineno,
    event.colno)
})
addEventListener('unhandledrejection', (event) => {
  report(event.reason)
})

/** Vite keeps the old module when a new one throws, and only logs it. */
function loaded({ type, acceptedPath, timestamp, explicitImportRequired }) {
  if (type !== 'js-update') return
  const [path, query] = acceptedPath.split('?')
  // The very address that Vite used: the browser has the answer already.
  import(/* @vite-ignore */ `${path}?${explicitImportRequired ? 'import&' : ''}t=`
    + timestamp + (query ? `&${query}` : '')).catch((error) => report(error))
}

if (document.readyState === 'loading')
  addEventListener('DOMContentLoaded', watchRoot)
else
  watchRoot()

if (import.meta.hot) {
  import.meta.hot.on('carrel:version', (data) => {
    version = data.hash
  })
  import.meta.hot.on('vite:beforeUpdate', () => {
    seen.clear()
    isBroken = false
    // A module that failed while loading is never loaded again by an update.
    if (!isShown) location.reload()
  })
  import.meta.hot.on('vite:afterUpdate', ({ updates }) => {
    for (const update of updates) loaded(update)
    // React exchanges components, and the app tries again, a moment later.
    setTimeout(() => {
      if (isShown && !isBroken) ready()
    }, 100)
  })
}
