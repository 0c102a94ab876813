// The app's files as a map { 'src/A.tsx' → Buffer }, and how they are kept.
import { createHash } from 'node:crypto'
import { copyFileSync, lstatSync, mkdirSync, readFileSync, readdirSync,
  renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const limits = { files: 40, fileBytes: 256 * 1024, bytes: 1024 * 1024 }

/** Belong to the project, not to the app: an app cannot bring its own. */
export const fixed = new Set(['src/main.tsx'])

export class SourceError extends Error {
  constructor(message, file) {
    super(message)
    this.file = file
  }
}

function* walk(base, folder) {
  for (const entry of readdirSync(join(base, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* walk(base, path)
    else yield [path, entry.isFile()]
  }
}

/**
 * Reads `base`/src; refuses what could not be an app. Files that are as in
 * `frame` belong to the project: they are left out, and count for nothing.
 */
export function readSource(base, frame = new Map()) {
  if (!lstatSync(join(base, 'src'), { throwIfNoEntry: false })?.isDirectory())
    throw new SourceError('The app has no src folder.')
  const files = new Map()
  let bytes = 0
  for (const [path, isFile] of walk(base, 'src')) {
    if (!isFile)
      throw new SourceError('Only ordinary files can be part of an app.', path)
    if (!/^[\w@.()[\]+~-]+(?:\/[\w@.()[\]+~-]+)*$/.test(path))
      throw new SourceError('The name of this file has characters that cannot '
        + 'be used.', path)
    const data = readFileSync(join(base, path))
    if (frame.get(path)?.equals(data)) continue
    bytes += data.length
    if (data.length > limits.fileBytes)
      throw new SourceError('This file is larger than 256 KB.', path)
    files.set(path, data)
    if (files.size > limits.files || bytes > limits.bytes)
      throw new SourceError('An app has at most 40 files and 1 MB in all.', path)
  }
  return files
}

/** SHA-256 over path NUL content NUL of all files, sorted by path bytes. */
export function sourceHash(files) {
  const hash = createHash('sha256')
  const paths = [...files.keys()].map((path) => Buffer.from(path))
  for (const path of paths.sort(Buffer.compare))
    hash.update(path).update('\0').update(files.get(path.toString()))
      .update('\0')
  return hash.digest('hex')
}

/** What turns `before` into `after`. */
export function difference(before, after) {
  const created = [], updated = [], removed = []
  for (const [path, data] of after)
    if (!before.has(path)) created.push(path)
    else if (!before.get(path).equals(data)) updated.push(path)
  for (const path of before.keys())
    if (!after.has(path)) removed.push(path)
  return { created: created.sort(), updated: updated.sort(),
    removed: removed.sort() }
}

/** Puts `from` in the place of `to` at once; works across file systems. */
export function moveFile(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  try {
    renameSync(from, to)
  } catch (error) {
    if (error.code !== 'EXDEV') throw error
    const near = `${to}.carrel-new`
    copyFileSync(from, near)
    renameSync(near, to)
  }
}

/** Removes a file and the folders below `base`/src that it leaves empty. */
export function removeFile(base, path) {
  rmSync(join(base, path), { force: true })
  for (let folder = dirname(path); folder !== 'src'; folder = dirname(folder)) {
    try {
      rmdirSync(join(base, folder))
    } catch {
      break
    }
  }
}
