// What an app may import: every package that is baked into the image, the
// entry points that exist in the browser's prepared copy, and five words
// for the model. package.json of the project holds the versions.

/** [package, further entry points, what it is for] */
export const packages = [
  ['react', ['react/jsx-runtime', 'react/jsx-dev-runtime'],
    'components, hooks, context'],
  ['react-dom', ['react-dom/client'], 'portals, flushSync'],
  ['lucide-react', [], 'icons, one component each'],
  ['recharts', [], 'charts as React components'],
  ['d3', [], 'custom charts, scales, layouts'],
  ['motion', ['motion/react'], 'animation: import from motion/react'],
  ['framer-motion', [], 'animation under its older name'],
  ['react-router-dom', [], 'pages and links'],
  ['zustand', ['zustand/middleware', 'zustand/middleware/immer',
    'zustand/shallow', 'zustand/react/shallow'], 'small shared state stores'],
  ['immer', [], 'immutable updates, written plainly'],
  ['@dnd-kit/core', [], 'drag and drop'],
  ['@dnd-kit/sortable', [], 'sortable lists and boards'],
  ['@dnd-kit/utilities', [], 'CSS transforms for dnd-kit'],
  ['react-hook-form', [], 'forms and their validation'],
  ['@hookform/resolvers', ['@hookform/resolvers/zod'],
    'zod schemas for forms'],
  ['zod', [], 'schemas that check data'],
  ['react-markdown', [], 'renders Markdown'],
  ['remark-gfm', [], 'tables and task lists in Markdown'],
  ['date-fns', ['date-fns/locale'], 'date arithmetic and formatting'],
  ['dayjs', ['dayjs/plugin/relativeTime', 'dayjs/plugin/duration',
    'dayjs/plugin/isBetween', 'dayjs/plugin/customParseFormat',
    'dayjs/plugin/weekOfYear', 'dayjs/plugin/utc'], 'small date objects'],
  ['clsx', [], 'joins class names'],
  ['tailwind-merge', [], 'merges Tailwind classes sensibly'],
  ['class-variance-authority', [], 'variants of styled components'],
  ['sonner', [], 'toast messages'],
  ['react-hot-toast', [], 'toast messages, older style'],
  ['canvas-confetti', [], 'confetti for happy moments'],
  ['papaparse', [], 'reads and writes CSV'],
  ['uuid', [], 'random identifiers'],
  ['nanoid', [], 'short random identifiers'],
  ['lodash', ['lodash/debounce', 'lodash/throttle', 'lodash/groupBy',
    'lodash/sortBy', 'lodash/cloneDeep', 'lodash/shuffle'],
    'helpers for arrays and objects'],
  ['three', ['three/addons/controls/OrbitControls.js',
    'three/examples/jsm/controls/OrbitControls.js'],
    '3D scenes on a canvas'],
]

// Packages that have no main entry in a browser.
const noMain = new Set(['@hookform/resolvers'])

/** Every specifier that an app may write after `from`. */
export const specifiers = packages.flatMap(([name, more]) =>
  noMain.has(name) ? more : [name, ...more])

const known = new Set(specifiers)

/** True when an app may import exactly this. */
export function isBaked(specifier) {
  return known.has(specifier)
}

/** `@scope/name/deep/path` → `@scope/name` */
export function packageName(specifier) {
  return specifier.split('/', specifier[0] === '@' ? 2 : 1).join('/')
}
