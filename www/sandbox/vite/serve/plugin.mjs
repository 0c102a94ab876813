// Our part inside Vite: the bridge in every page, the judging folder, and
// the moment at which Vite has taken notice of a file.
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { isScript } from './check.mjs'
import { serveReady } from './ready.mjs'

const bridgeUrl = '/@carrel/bridge.js'
const versionUrl = '/@carrel/version.js'
const viteClient = /\/vite\/dist\/client\/client\.mjs$/

/**
 * hooks: { hash(): version of the source on show; packages: folder of what
 * ready.mjs wrote; folder: where a candidate is judged; inspect(code, id):
 * sees each module of a candidate after TypeScript and JSX are gone;
 * updated(file): Vite knows the change }
 */
export function carrelPlugins(root, hooks) {
  const live = `${root}/src/`
  const judged = `${hooks.folder}/src/`
  const bridge = new URL('./bridge.js', import.meta.url)

  return [{
    name: 'carrel',
    enforce: 'pre',

    resolveId(source, importer) {
      if (source === bridgeUrl || source === versionUrl) return source
      // "@/x" and "/src/x" mean the tree that the asking file belongs to.
      const inside = /^(?:@|\/src)\/(.*)/s.exec(source)
      if (!inside || !importer) return undefined
      const tree = importer.startsWith(judged) ? judged
        : importer.startsWith(live) ? live : null
      return tree && this.resolve(`./${inside[1]}`, `${tree}main.tsx`,
        { skipSelf: true })
    },

    load(id) {
      if (id === bridgeUrl) return readFileSync(bridge, 'utf8')
      if (id === versionUrl)
        return `export const hash = ${JSON.stringify(hooks.hash())}\n`
      return undefined
    },

    transform(code, id) {
      // Tailwind looks for classes in the app's files and nowhere else, not
      // in what is being judged beside them.
      if (id !== `${live}index.css` && id !== `${judged}index.css`)
        return undefined
      return code.replace(/(@import\s+["']tailwindcss["'])(?=\s*;|\s+layer)/,
        '$1 source("./")')
    },

    transformIndexHtml() {
      return [{
        tag: 'script',
        attrs: { type: 'module', src: bridgeUrl },
        injectTo: 'head-prepend',
      }]
    },

    configureServer(server) {
      if (hooks.packages) server.middlewares.use(serveReady(hooks.packages))
      server.middlewares.use((request, response, next) => {
        if (!isHidden(request.url)) {
          next()
          return
        }
        response.statusCode = 404
        response.end()
      })
      server.middlewares.use('/@carrel/where', (request, response) => {
        const place = written(server, root, request.url)
        response.statusCode = place ? 200 : 404
        response.setHeader('Content-Type', 'application/json')
        response.end(JSON.stringify(place ?? {}))
      })
    },
  }, {
    name: 'carrel:inspect',
    enforce: 'post',

    transform(code, id) {
      if (id.startsWith(judged) && isScript(id)) hooks.inspect(code, id)
      // Its source map would be made and written out anew for each page.
      return viteClient.test(id) ? { code, map: { mappings: '' } } : undefined
    },

    hotUpdate: {
      order: 'post',
      handler({ file }) {
        if (this.environment.name === 'client') hooks.updated(file)
      },
    },
  }]
}

/**
 * What is being judged is nobody's page yet, however one spells it; nor does
 * a visitor start an editor in here.
 */
function isHidden(url) {
  let path
  try {
    path = decodeURIComponent(url.split('?', 1)[0])
  } catch {
    return true
  }
  return path.startsWith('/__open-in-editor')
    || /(?:^|[\\/])\.(?:judge|candidate)(?:[\\/]|$)/.test(path)
}

/** Where in the written file something is that the browser ran. */
function written(server, root, url) {
  const query = new URL(url, 'http://localhost').searchParams
  const file = query.get('file') ?? ''
  const line = Number(query.get('line'))
  const column = Number(query.get('column'))
  if (!file.startsWith('/src/') || !(line > 0) || !(column > 0)) return null

  const modules = server.environments.client.moduleGraph
    .getModulesByFile(root + file)
  for (const module of modules ?? []) {
    const map = module.transformResult?.map
    if (!map?.mappings) continue
    const found = new SourceMap(map).findEntry(line - 1, column - 1)
    if (found.originalLine === undefined) continue
    return { file: file.slice(1), line: found.originalLine + 1,
      column: found.originalColumn + 1 }
  }
  return null
}
