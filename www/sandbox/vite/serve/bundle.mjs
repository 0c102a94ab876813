// Puts main.mjs and all that it needs into one file; see serve.mjs.
//   node bundle.mjs OUT.cjs
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { Visitor, parseSync } from 'rolldown/utils'

// Needed only when something is built for production, and large: loaded when
// first touched.
const lazy = new Set(['lightningcss', 'jiti'])

/** A module in a bundle still means its own place by import.meta. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    if (!code.includes('import.meta')) return undefined
    const { program, errors } = parseSync(id, code)
    if (errors.length) throw new Error(`${id}: ${errors[0].message}`)
    const url = JSON.stringify(pathToFileURL(id).href)
    const edits = []
    new Visitor({
      MemberExpression(node) {
        if (node.object.type !== 'MetaProperty' || node.computed) return
        const { start, end } = node
        if (node.property.name === 'url') edits.push([start, end, url])
        else if (node.property.name === 'resolve')
          edits.push([start, end, `((s) => require('node:url').pathToFileURL(`
            + `require('node:module').createRequire(${url}).resolve(s)).href)`])
      },
    }).visit(program)
    let out = code
    for (const [start, end, text] of edits.sort((a, b) => b[0] - a[0]))
      out = out.slice(0, start) + text + out.slice(end)
    return out
  },
}

const whenTouched = {
  name: 'when-touched',
  resolveId(source) {
    return lazy.has(source) ? `\0lazy:${source}` : undefined
  },
  load(id) {
    if (!id.startsWith('\0lazy:')) return undefined
    const name = JSON.stringify(id.slice('\0lazy:'.length))
    return `const { createRequire } = require('node:module')
      const load = () => createRequire(__filename)(${name})
      module.exports = new Proxy({}, {
        get: (_, key) => key === '__esModule' ? true : load()[key],
      })`
  },
}

const bundle = await rolldown({
  input: fileURLToPath(new URL('./main.mjs', import.meta.url)),
  platform: 'node',
  external: [/^node:/, /^@tailwindcss\/oxide/, /\.node$/, 'fsevents'],
  plugins: [ownPlaces, whenTouched],
  logLevel: 'silent',
})
await bundle.write({
  file: process.argv[2],
  format: 'cjs',
  codeSplitting: false,
})
await bundle.close()
