// The app on show as files that need no sandbox: index.html and what it
// loads, built for production within this process. Only the app's own src/ is
// compiled; packages were made ready with the image (chunks.mjs).
//
// The answer is a buffer in the form of shared/wire/guest.def, FROZEN.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { build, parseSync } from 'vite'
import react from '@vitejs/plugin-react'
import tailwindcss from '@tailwindcss/vite'
import { isScript } from './check.mjs'
import { moduleImports } from './links.mjs'
import { isBaked } from './packages.mjs'
import { problemFrom } from './problem.mjs'

const entryUrl = '\0frozen:entry.js'
const iconsUrl = '\0frozen:icons.js'
const icons = 'lucide-react'
const where = '/__carrel/vite/'
const tailwind = /@(?:apply|config|custom-variant|plugin|reference|source|tailwind|theme|utility|variant)\b|["']tailwindcss|\b(?:theme|--alpha|--spacing)\(/
const mostFiles = 96, mostBytes = 2 * 1024 * 1024
const worthSmall = /\.(?:js|css|svg|json|wasm|ttf)$/

/** The page that the built entry makes; the project's own, but for its script. */
function pageOf(html, base, entry, sheet, imports) {
  const head = [
    sheet && `<link rel="stylesheet" href="${base}${sheet}" />`,
    `<script type="module" src="${base}${entry}"></script>`,
    ...imports.map((url) => `<link rel="modulepreload" href="${url}" />`),
  ].filter(Boolean).map((line) => `    ${line}\n`).join('')
  return html.replace(/[ \t]*<script type="module"[^>]*><\/script>\n?/, '')
    .replace(/[ \t]*<\/head>/, `${head}  </head>`)
}

function u32(n) {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(n)
  return out
}

function bytes(data) {
  const content = Buffer.from(data)
  return Buffer.concat([u32(content.length), content])
}

/**
 * The icons that `files` name, or null where one asks for all of them. Each is
 * a file of its own; together they would be a third of a megabyte to load.
 */
function iconNames(files) {
  const found = new Set()
  for (const [path, data] of files) {
    const text = data.toString()
    if (!isScript(path) || !text.includes(icons)) continue
    for (const { from, names } of moduleImports(parseSync(path, text).program)) {
      if (from !== icons) continue
      if (!names.length) return null
      for (const name of names) found.add(name)
    }
  }
  return found
}

/**
 * Tailwind has compiled the style sheets for the page already, and a second
 * one for each build would keep a megabyte for ever. Only the names of a CSS
 * module are those of this build, so one that needs Tailwind gets it.
 */
function sheets(root, source, server) {
  const theirs = [...source].filter(([path, data]) => path.endsWith('.css')
    && tailwind.test(data.toString())).map(([path]) => path)
  if (theirs.some((path) => path.endsWith('.module.css'))) return [tailwindcss()]
  const ids = new Map(theirs.map((path) => [join(root, path), `/${path}?direct`]))
  return [{
    name: 'carrel:sheets',
    enforce: 'pre',
    async load(id) {
      const url = ids.get(id)
      return url && (await server.environments.client.transformRequest(url)).code
    },
  }]
}

/** { key, files: Map path → Buffer } → FROZEN's payload. */
function pack(key, files) {
  return Buffer.concat([u32(files.size), bytes(key),
    ...[...files].flatMap(([path, data]) => [bytes(path), bytes(data)])])
}

function packError(error) {
  return Buffer.concat([u32(0), bytes(JSON.stringify(error))])
}

export class Freezer {
  #root
  #image
  #chunks = null
  #icons = null

  /** image: folder with what chunks.mjs wrote. */
  constructor(root, image) {
    this.#root = root
    this.#image = image
  }

  /**
   * base: the address below which the files will be, but for index.html;
   * source: Map path → Buffer of the app and its frame; server: the one that
   * shows it; plugins: those of the sandbox.
   */
  async answer(base, source, server, plugins) {
    try {
      if (!/^\/[\w/]+\/$/.test(base)) throw new Error('That is no address.')
      const { key, files } = await this.#build(base, source, server, plugins)
      const packed = pack(key, files)
      if (files.size > mostFiles || packed.length > mostBytes)
        throw new Error(`Built, the app has ${files.size} files and `
          + `${(packed.length / 1e6).toFixed(1)} MB; at most ${mostFiles} and `
          + '2 MB can be kept.')
      return packed
    } catch (thrown) {
      // Of several only the first one is told; the others often follow from it.
      const error = thrown.errors?.[0] ?? thrown
      const file = error.id?.replace(`${this.#root}/`, '').split('?', 1)[0] ?? ''
      return packError(problemFrom(error, file,
        source.get(file)?.toString() ?? '', this.#root))
    }
  }

  async #build(base, source, server, plugins) {
    this.#chunks ??= this.#read('chunks.json')
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    let output
    try {
      ;({ output } = await build(this.#config(base,
        [this.#baked(iconNames(source)), ...sheets(this.#root, source, server),
          ...plugins])))
    } finally {
      process.env.NODE_ENV = before
    }
    return { key: this.#chunks.key, files: await this.#files(base, output) }
  }

  #read(name) {
    return JSON.parse(readFileSync(join(this.#image, name), 'utf8'))
  }

  #config(base, plugins) {
    return {
      root: this.#root,
      base,
      mode: 'production',
      configFile: false,
      envFile: false,
      publicDir: false,
      clearScreen: false,
      logLevel: 'silent',
      cacheDir: `${this.#root}/node_modules/.vite`,
      plugins: [...plugins, react()],
      build: {
        write: false,
        modulePreload: false,
        reportCompressedSize: false,
        cssCodeSplit: false,
        // Lightning CSS would cost more than it saves on the way.
        cssMinify: false,
        rolldownOptions: {
          input: { app: entryUrl },
          output: {
            entryFileNames: 'assets/[name]-[hash].js',
            chunkFileNames: 'assets/[name]-[hash].js',
            assetFileNames: 'assets/[name]-[hash][extname]',
          },
        },
      },
    }
  }

  #baked(names) {
    const { key, urls } = this.#chunks
    const main = `${this.#root}/src/main.tsx`
    return {
      name: 'carrel:frozen',
      enforce: 'pre',
      resolveId(source, importer) {
        if (source === entryUrl) return source
        if (importer === entryUrl && source === main) return main
        if (source === icons && names) return iconsUrl
        if (isBaked(source))
          return { id: `${where}${key}/${urls[source]}`, external: 'absolute' }
        return undefined
      },
      load: (id) => {
        if (id === entryUrl)
          return `import '/@carrel/bridge.js'\nimport ${JSON.stringify(main)}\n`
        return id === iconsUrl ? this.#iconModule(names) : undefined
      },
    }
  }

  /** Names that are no icons are types, which nobody asks for in the end. */
  #iconModule(names) {
    this.#icons ??= this.#read('icons.json')
    return [...names].filter((name) => Object.hasOwn(this.#icons, name))
      .map((name) => {
        const [file, local] = this.#icons[name]
        return `export { ${local} as ${name} } from ${JSON.stringify(file)}\n`
      }).join('')
  }

  async #files(base, output) {
    const files = new Map()
    const entry = output.find(({ isEntry }) => isEntry)
    const sheet = output.find(({ fileName }) => fileName.endsWith('.css'))
    const html = readFileSync(join(this.#root, 'index.html'), 'utf8')
    files.set('index.html', Buffer.from(pageOf(html, base, entry.fileName,
      sheet?.fileName, entry.imports.filter((url) => url.startsWith(where)))))
    for (const part of output) {
      const data = Buffer.from(part.code ?? part.source)
      files.set(part.fileName, data)
      if (worthSmall.test(part.fileName))
        files.set(`${part.fileName}.gz`, await promisify(gzip)(data))
    }
    return files
  }
}
