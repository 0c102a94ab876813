// The one Vite configuration of the sandbox: the image is warmed with it and
// every start uses it, because another configuration would throw the prepared
// packages away. It is given in code: finding and bundling a configuration
// file costs a start 100 ms.
import react from '@vitejs/plugin-react'
import tailwindcss from '@tailwindcss/vite'
import { specifiers } from './packages.mjs'

export function viteConfig(root, { http = null, plugins = [] } = {}) {
  return {
    root,
    configFile: false,
    envFile: false,
    // All clones of one sandbox would have the same token, known to whoever
    // opens an app. The gate lets no pages in but the app's own.
    legacy: { skipWebSocketTokenCheck: true },
    publicDir: false,
    appType: 'spa',
    clearScreen: false,
    logLevel: 'error',
    cacheDir: `${root}/node_modules/.vite`,
    plugins: [...plugins, react(), tailwindcss()],
    server: {
      middlewareMode: http ? { server: http } : true,
      ws: http ? { server: http } : false,
      hmr: { overlay: false },
      // The gate has checked Host before a request comes here.
      allowedHosts: true,
      // Vite's own watcher loses quick successive writes; the judge is the
      // only writer and tells Vite itself.
      watch: null,
      fs: { strict: true, allow: [root] },
      cors: false,
    },
    optimizeDeps: {
      include: specifiers,
      // Nothing can be installed in here: what is not prepared is refused by
      // the judge, and never sought while a page waits.
      noDiscovery: true,
      rolldownOptions: { output: { sourcemap: false } },
    },
  }
}
