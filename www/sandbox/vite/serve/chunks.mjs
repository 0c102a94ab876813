// Runs once while the image is built: every baked package as a finished ES
// module for production, with what several share in chunks of their own.
// The web server hands them out at WHERE/<key>/, so that freezing an app
// compiles nothing but the app. Writes CHUNKS/<key>/*.js and, for whoever
// freezes, IMAGE/chunks.json: { key, urls: { specifier: file } }, and
// IMAGE/icons.json: { name of an icon: [its file, its name in there] }.
//   node chunks.mjs ROOT IMAGE CHUNKS
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { build, parseSync } from 'vite'
import { specifiers } from './packages.mjs'

const [root, image, folder] = process.argv.slice(2)
const prefix = '\0baked:'
const exported = JSON.parse(readFileSync(join(image, 'exports.json'), 'utf8'))
const { optimized } = JSON.parse(readFileSync(
  join(root, 'node_modules/.vite/deps/_metadata.json'), 'utf8'))

/** What an app may import of a package, under the names that it may use. */
function entryOf(specifier) {
  const from = JSON.stringify(specifier)
  const names = exported[specifier].filter((name) => name !== 'default'
    && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
  const hasDefault = exported[specifier].includes('default')
  if (!optimized[specifier].needsInterop)
    return `export * from ${from}\n`
      + (hasDefault ? `export { default } from ${from}\n` : '')
  // A CommonJS package has its names as properties.
  return `import whole from ${from}\nexport default whole\n`
    + names.map((name, i) => `const n${i} = whole.${name}\n`
      + `export { n${i} as ${name} }\n`).join('')
}

const bakedEntries = {
  name: 'baked-entries',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source.startsWith(prefix)) return source
    if (!importer?.startsWith(prefix)) return undefined
    return this.resolve(source, join(root, 'index.html'), { skipSelf: true })
  },
  load(id) {
    return id.startsWith(prefix) ? entryOf(id.slice(prefix.length)) : undefined
  },
}

const fileName = (specifier) => specifier.replace(/^@/, '')
  .replace(/\.js$/, '').replaceAll(/[^\w-]/g, '-')

process.env.NODE_ENV = 'production'
const { output } = await build({
  root,
  configFile: false,
  envFile: false,
  publicDir: false,
  logLevel: 'error',
  plugins: [bakedEntries],
  build: {
    write: false,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(specifiers.map((specifier) =>
        [fileName(specifier), prefix + specifier])),
      preserveEntrySignatures: 'strict',
      output: {
        format: 'es',
        entryFileNames: '[name]-[hash].js',
        chunkFileNames: 'shared-[hash].js',
      },
    },
  },
})

const hash = createHash('sha256')
for (const { fileName: name, code } of output.toSorted((a, b) =>
  a.fileName < b.fileName ? -1 : 1))
  hash.update(name).update('\0').update(code).update('\0')
const key = hash.digest('hex').slice(0, 16)
const place = join(folder, key)
mkdirSync(place, { recursive: true })
const urls = {}
for (const chunk of output) {
  if (chunk.type !== 'chunk') throw new Error(`${chunk.fileName} is no module`)
  writeFileSync(join(place, chunk.fileName), chunk.code)
  writeFileSync(join(place, `${chunk.fileName}.gz`), await promisify(gzip)(
    chunk.code, { level: constants.Z_BEST_COMPRESSION }))
  if (!chunk.isEntry) continue
  const specifier = chunk.facadeModuleId.slice(prefix.length)
  const missing = exported[specifier].filter((name) => name !== 'default'
    && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
    && !chunk.exports.includes(name))
  if (missing.length)
    throw new Error(`${specifier} lost ${missing.slice(0, 5).join(', ')}`)
  urls[specifier] = chunk.fileName
}
for (const specifier of specifiers)
  if (!urls[specifier]) throw new Error(`${specifier} has no chunk`)
writeFileSync(join(image, 'chunks.json'), JSON.stringify({ key, urls }))

const barrel = join(root, 'node_modules/lucide-react/dist/esm/lucide-react.mjs')
const icons = {}
for (const { type, source, specifiers: names } of parseSync(barrel,
  readFileSync(barrel, 'utf8')).program.body)
  if (type === 'ExportNamedDeclaration' && source)
    for (const { local, exported: shown } of names)
      icons[shown.name] = [join(dirname(barrel), source.value), local.name]
if (!icons.Heart) throw new Error('the icons have moved')
writeFileSync(join(image, 'icons.json'), JSON.stringify(icons))
