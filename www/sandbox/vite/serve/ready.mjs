// The packages for the browser, as Vite would serve them: made once with the
// image, so that no sandbox has to parse a megabyte of React to hand it out.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

const prefix = '/node_modules/.vite/deps/'

export function isPackageUrl(url) {
  return url.startsWith(prefix)
}

/** Writes what `server` answers for every prepared file to `folder`. */
export async function writeReady(server, root, folder) {
  const { client } = server.environments
  const { browserHash } = client.depsOptimizer.metadata
  mkdirSync(folder)
  for (const name of readdirSync(join(root, prefix))) {
    if (!name.endsWith('.js')) continue
    const { code } = await client.transformRequest(
      `${prefix}${name}?v=${browserHash}`)
    writeFileSync(join(folder, name), code)
    writeFileSync(join(folder, `${name}.gz`), await promisify(gzip)(code,
      { level: constants.Z_BEST_COMPRESSION }))
  }
}

/** A middleware that serves `folder`. */
export function serveReady(folder) {
  let names
  return (request, response, next) => {
    if (!isPackageUrl(request.url)) {
      next()
      return
    }
    names ??= new Set(readdirSync(folder))
    const [name] = request.url.slice(prefix.length).split('?', 1)
    if (!names.has(`${name}.gz`)) {
      next()
      return
    }
    const isSmall = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    readFile(join(folder, isSmall ? `${name}.gz` : name)).then((body) => {
      response.setHeader('Content-Type', 'text/javascript')
      // The address names the content: ?v= is a hash over all packages.
      response.setHeader('Cache-Control', 'max-age=31536000,immutable')
      response.setHeader('Vary', 'Accept-Encoding')
      response.setHeader('Content-Length', body.length)
      if (isSmall) response.setHeader('Content-Encoding', 'gzip')
      response.end(request.method === 'HEAD' ? undefined : body)
    }, next)
  }
}
