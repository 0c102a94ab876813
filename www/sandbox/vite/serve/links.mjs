// What a module asks of others and what it offers: the import and export
// statements of an ESTree program, read without running anything.
import { Visitor } from 'vite'

/** The written name of an identifier or of a string used as one. */
function nameOf(node) {
  return node.type === 'Literal' ? node.value : node.name
}

/** Names that a pattern (`{ a, b: [c] }`) declares. */
function* patternNames(node) {
  switch (node?.type) {
  case 'Identifier':
    yield node.name
    break
  case 'ObjectPattern':
    for (const property of node.properties)
      yield* patternNames(property.value ?? property.argument)
    break
  case 'ArrayPattern':
    for (const element of node.elements) yield* patternNames(element)
    break
  case 'AssignmentPattern':
    yield* patternNames(node.left)
    break
  case 'RestElement':
    yield* patternNames(node.argument)
    break
  }
}

function* declaredNames(declaration) {
  if (declaration.type === 'VariableDeclaration') {
    for (const { id } of declaration.declarations) yield* patternNames(id)
  } else if (declaration.id) {
    yield declaration.id.name
  }
}

/**
 * { names: Set of what the module exports itself, or names one by one from
 *   another; stars: specifiers of `export * from` }
 */
export function moduleExports(program) {
  const names = new Set()
  const stars = []

  for (const node of program.body) {
    if (node.type === 'ExportDefaultDeclaration') {
      names.add('default')
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const specifier of node.specifiers)
        names.add(nameOf(specifier.exported))
      if (node.declaration)
        for (const name of declaredNames(node.declaration)) names.add(name)
    } else if (node.type === 'ExportAllDeclaration') {
      if (node.exported) names.add(nameOf(node.exported))
      else stars.push(node.source.value)
    }
  }
  return { names, stars }
}

/** Every `import('…')` whose place is written out, anywhere in a program. */
export function dynamicImports(program) {
  const found = []
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal') found.push(node.source)
    },
  }).visit(program)
  return found
}

/**
 * Imports and re-exports: [{ from, names: [what must exist there] }]. A
 * namespace (`* as x`) and `import()` need the module but no name of it.
 */
export function moduleImports(program) {
  const imports = dynamicImports(program)
    .map(({ value }) => ({ from: String(value), names: [] }))

  for (const node of program.body) {
    if (!node.source) continue
    const names = []
    for (const specifier of node.specifiers ?? []) {
      if (specifier.type === 'ImportDefaultSpecifier') names.push('default')
      else if (specifier.type === 'ImportSpecifier')
        names.push(nameOf(specifier.imported))
      else if (specifier.type === 'ExportSpecifier')
        names.push(nameOf(specifier.local))
    }
    imports.push({ from: node.source.value, names })
  }
  return imports
}

/** Where `name` of `from` is written in the program, as an offset, or -1. */
export function importOffset(program, from, name) {
  let fallback = -1
  for (const node of program.body) {
    if (node.source?.value !== from) continue
    if (fallback < 0) fallback = node.source.start
    for (const specifier of node.specifiers ?? []) {
      const said = specifier.type === 'ImportDefaultSpecifier' ? 'default'
        : specifier.imported ? nameOf(specifier.imported)
        : specifier.type === 'ExportSpecifier' ? nameOf(specifier.local)
        : null
      if (name && said === name) return specifier.start
    }
  }
  if (fallback < 0)
    fallback = dynamicImports(program)
      .find(({ value }) => value === from)?.start ?? -1
  return fallback
}

/** The names most like `name`, best first, at most `most`. */
export function similarNames(name, names, most = 3) {
  const low = name.toLowerCase()
  const scored = []
  for (const other of names) {
    const distance = editDistance(low, other.toLowerCase(), 4)
    const related = low.length > 3 && other.toLowerCase().includes(low)
    if (distance <= Math.max(1, Math.min(3, low.length >> 2)) || related)
      scored.push([related ? Math.min(distance, 3) : distance, other])
  }
  scored.sort((a, b) => a[0] - b[0] || a[1].length - b[1].length
    || (a[1] < b[1] ? -1 : 1))
  return scored.slice(0, most).map(([, other]) => other)
}

/** Edits from a to b; stops counting above `limit`. */
function editDistance(a, b, limit) {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1,
        row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}
