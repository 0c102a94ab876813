// Do the modules of an app fit together? Every import must name something
// that exists: a development server hands out a module whose import does not,
// and the page stays blank without a word.
import { posix } from 'node:path'
import { parseSync } from 'vite'
import { isBaked, packageName, specifiers } from './packages.mjs'
import { importOffset, similarNames } from './links.mjs'
import { problemAt } from './problem.mjs'

const endings = ['', '.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json']
const script = /\.[cm]?[jt]sx?$/

export function isScript(path) {
  return script.test(path)
}

/** The file of the app that `from` means when `importer` says it, or null. */
export function findFile(files, importer, from) {
  const [path] = from.split('?', 1)
  const inside = /^(?:@|\/src)\/(.*)/s.exec(path)
  const base = inside ? posix.join('src', inside[1])
    : posix.join(posix.dirname(importer), path)
  for (const ending of endings)
    if (files.has(base + ending)) return base + ending
  for (const ending of endings.slice(1))
    if (files.has(`${base}/index${ending}`)) return `${base}/index${ending}`
  return null
}

export function isOwn(from) {
  return /^(?:\.{1,2}\/|@\/|\/src\/|\.{1,2}$)/.test(from)
}

function offer(names, most = 20) {
  const shown = names.filter((name) => name !== 'default').slice(0, most)
  if (!shown.length)
    return names.length ? 'It has only a default export.' : 'It exports nothing.'
  return `It exports: ${shown.join(', ')}`
    + (names.length > shown.length + 1 ? ', …' : '.')
}

export class Check {
  /**
   * files: Map path → Buffer; modules: Map path → { imports, exports } of
   * every script; baked: what each package exports.
   */
  constructor(files, modules, baked) {
    this.files = files
    this.modules = modules
    this.baked = baked
    this.problems = []
  }

  /** All problems, in the order of the files. */
  run() {
    for (const [path, module] of this.modules)
      for (const wanted of module.imports) this.#one(path, wanted)
    return this.problems
  }

  #one(path, { from, names }) {
    if (!isOwn(from)) {
      this.#package(path, from, names)
      return
    }
    const target = findFile(this.files, path, from)
    if (!target) {
      this.#missingFile(path, from)
      return
    }
    if (from.includes('?')) return
    const offered = this.#exportsOf(target, new Set())
    if (!offered) return
    for (const name of names)
      if (!offered.has(name)) this.#missingName(path, from, name, target, offered)
  }

  #package(path, from, names) {
    if (/^(?:https?:)?\/\//.test(from)) {
      this.#add(path, from, null, `"${from}" cannot be loaded: code from other `
        + 'sites is not available. Use the prepared packages or write it here.')
    } else if (!isBaked(from)) {
      this.#missingPackage(path, from)
    } else {
      const offered = new Set(this.baked[from])
      for (const name of names)
        if (!offered.has(name))
          this.#missingName(path, from, name, `"${from}"`, offered)
    }
  }

  /** Names that a file offers, or null when any name is right. */
  #exportsOf(path, seen) {
    if (path.endsWith('.module.css')) return null
    if (path.endsWith('.json')) return null
    if (path.endsWith('.css')) return new Set()
    if (!isScript(path)) return new Set(['default'])
    const module = this.modules.get(path)
    // Its own syntax error is reported already.
    if (!module) return null
    const all = new Set(module.exports.names)
    seen.add(path)
    for (const from of module.exports.stars) {
      let more
      if (isOwn(from)) {
        const target = findFile(this.files, path, from)
        if (!target || seen.has(target)) continue
        more = this.#exportsOf(target, seen)
        if (!more) return null
      } else {
        more = this.baked[from] ?? []
      }
      for (const name of more) if (name !== 'default') all.add(name)
    }
    return all
  }

  /** True when src/LLMComponent.tsx has what the page shows. */
  entryHasDefault(path) {
    return this.#exportsOf(path, new Set())?.has('default') ?? true
  }

  #missingFile(path, from) {
    const [plain] = from.split('?', 1)
    const base = posix.join(posix.dirname(path), plain)
    const outside = !/^(?:@|\/src)\//.test(from) && !base.startsWith('src/')
    this.#add(path, from, null, outside
      ? `"${from}" lies outside src/. Files of the app are all below src/.`
      : `There is no file for "${from}". The app has: `
        + `${[...this.files.keys()].slice(0, 40).join(', ')}.`)
  }

  #missingPackage(path, from) {
    const name = packageName(from)
    const entries = specifiers.filter((known) => packageName(known) === name)
    const near = entries.length ? entries
      : similarNames(name, specifiers)
    this.#add(path, from, null, `The package "${from}" is not available here.`
      + (near.length ? ` Did you mean ${near.join(' or ')}?` : '')
      + ` Available packages: ${[...new Set(specifiers.map(packageName))]
        .join(', ')}.`)
  }

  #missingName(path, from, name, where, offered) {
    const names = [...offered]
    let message
    if (where.endsWith('.css')) {
      message = `A style sheet exports nothing. Write import "${from}" alone.`
    } else if (name === 'default') {
      message = `${where} has no default export. ${offer(names)}`
    } else {
      const near = similarNames(name, names)
      message = `${where} does not export "${name}".`
        + (near.length ? ` Did you mean ${near.join(' or ')}?`
          : ` ${offer(names)}`)
      if (isOwn(from) && /^[A-Z]/.test(name))
        message += ` If ${name} is a type, write "export type" or "import type".`
    }
    this.#add(path, from, name, message)
  }

  #add(path, from, name, message) {
    const text = this.files.get(path).toString()
    const { program } = parseSync(path, text)
    this.problems.push(problemAt(path, text, importOffset(program, from, name),
      message))
  }
}
