import { Component, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import LLMComponent from './LLMComponent'

/**
 * Catches what the app throws while rendering, so that a fault shows a
 * sentence instead of an empty page. An edit that arrives gives the app
 * another try.
 */
class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  retry = () => {
    if (this.state.failed) this.setState({ failed: false })
  }

  componentDidMount() {
    // React exchanges components a moment after Vite has loaded them.
    import.meta.hot?.on('vite:afterUpdate', () => setTimeout(this.retry, 50))
  }

  render() {
    if (!this.state.failed) return this.props.children
    return (
      <main className="flex min-h-screen items-center justify-center p-8">
        <div className="max-w-sm text-center text-neutral-500" role="alert">
          <p className="mb-4">This app ran into a problem and stopped.</p>
          <button
            type="button"
            className="rounded-lg border border-current px-4 py-2"
            onClick={this.retry}
          >
            Try again
          </button>
        </div>
      </main>
    )
  }
}

const root = createRoot(document.getElementById('root')!, {
  onCaughtError: (error) => reportError(error),
})

root.render(
  <Boundary>
    <LLMComponent />
  </Boundary>,
)
