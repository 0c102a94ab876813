// Runs once while the image is built: prepares every baked package for the
// browser, in IMAGE/packages, and writes down what each one exports, in
// IMAGE/exports.json.
//   node warm.mjs ROOT IMAGE
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'
import { createServer, parseAstAsync } from 'vite'
import { viteConfig } from './config.mjs'
import { specifiers } from './packages.mjs'
import { moduleExports } from './links.mjs'
import { writeReady } from './ready.mjs'
import { carrelPlugins } from './plugin.mjs'

const [root, image] = process.argv.slice(2)
// The same plugins as later: their names are part of the key of the cache.
const plugins = carrelPlugins(root, { folder: `${root}/.judge` })
const server = await createServer(viteConfig(root, { plugins }))
const optimizer = server.environments.client.depsOptimizer
await optimizer.init()
await optimizer.scanProcessing
for (const info of Object.values(optimizer.metadata.discovered))
  await info.processing
await Promise.all(Object.values(optimizer.metadata.depInfoList ?? [])
  .map((info) => info.processing))

const require = createRequire(join(root, 'package.json'))
const names = {}
for (const specifier of specifiers) {
  const info = optimizer.metadata.optimized[specifier]
  if (!info)
    throw new Error(`${specifier} was not prepared`)
  if (info.needsInterop) {
    // A CommonJS package: the browser copy has a default export only, and
    // Vite reads the names from it as properties.
    const url = pathToFileURL(require.resolve(specifier))
    const module = await import(url)
    names[specifier] = [...new Set([...Object.keys(module.default ?? {}),
      ...Object.keys(module), 'default'])]
  } else {
    const code = readFileSync(info.file, 'utf8')
    names[specifier] = [...moduleExports(await parseAstAsync(code)).names]
  }
}
writeFileSync(join(image, 'exports.json'), JSON.stringify(names))
await writeReady(server, root, join(image, 'packages'))
await server.close()
