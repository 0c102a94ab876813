export default function LLMComponent() {
  return (
    <main className="flex min-h-screen items-center justify-center p-8">
      <p className="animate-pulse text-neutral-400">Your app will appear here.</p>
    </main>
  )
}
