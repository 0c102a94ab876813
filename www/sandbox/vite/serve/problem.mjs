// What is wrong with a candidate, in the form that a person and a model read:
// { file, line, column, message, frame, plugin }, with the paths of the app.
import { stripVTControlCharacters } from 'node:util'

const longestMessage = 2000
const longestFrame = 4000
const widest = 160

/** The lines around a place, with a mark below the column. */
export function frameOf(text, line, column) {
  const lines = text.split('\n')
  const first = Math.max(0, line - 3)
  const shown = lines.slice(first, line + 2)
  const width = String(first + shown.length).length
  // Of long lines only the part where something is wrong.
  const from = column > widest * 3 / 4 ? column - widest / 2 : 0
  const out = []
  shown.forEach((content, i) => {
    const number = first + i + 1
    out.push(`${String(number).padStart(width)} | `
      + content.slice(from, from + widest))
    if (number === line && column > 0)
      out.push(`${' '.repeat(width)} | ${' '.repeat(column - 1 - from)}^`)
  })
  return out.join('\n')
}

/** Offset → { line, column }, both from 1. */
export function placeOf(text, offset) {
  const before = text.slice(0, offset)
  return {
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
  }
}

/** A problem that we found ourselves, at an offset of the text (or -1). */
export function problemAt(file, text, offset, message) {
  if (offset < 0) return { file, line: 0, column: 0, message, frame: '' }
  const { line, column } = placeOf(text, offset)
  return { file, line, column, message, frame: frameOf(text, line, column),
    plugin: 'carrel' }
}

/** What Vite or one of its plugins threw about `file`, whose text is given. */
export function problemFrom(error, file, text, root) {
  const clean = (value) => stripVTControlCharacters(String(value ?? ''))
    .replaceAll(`${root}/`, '').replaceAll(/\/?\.judge\//g, '')
  let message = clean(error.message)
  let frame = clean(error.frame)
  let line = error.loc?.line ?? 0
  let column = (error.loc?.column ?? -1) + 1

  // The compiler draws its own picture inside the message:
  //   [PARSE_ERROR] Error: Unexpected token
  //      ╭─[ src/A.tsx:3:7 ]
  const drawn = /^\s*╭─+\[\s*(?:(\S+?):)?(\d+):(\d+)\s*\]/m.exec(message)
  if (drawn) {
    line = Number(drawn[2])
    column = Number(drawn[3])
    const words = message.slice(0, drawn.index).trim()
    const help = /^\s*(?:│\s*)?(?:Help|Note)[^:]*:\s*.*$/m
      .exec(message.slice(drawn.index))
    message = help ? `${words}\n${help[0].replace(/^[\s│]+/, '')}` : words
  }
  message = message.replace(/^Transform failed with \d+ errors?:\s*/, '')
    .replace(/^\[PARSE_ERROR\]\s*/, '').replace(/^Error:\s*/, '').trim()
  if (line > 0) frame = frameOf(text, line, column)
  return { file, line, column, message: message.slice(0, longestMessage),
    frame: frame.slice(0, longestFrame), plugin: String(error.plugin ?? '') }
}
