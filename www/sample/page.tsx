import { useState } from 'react';
import type { FormEvent } from 'react';
import { Check, Plus, X } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'A new page',
  wish: '',
  accent: '#34588f',
  background: '#fafaf7',
  scale: 1,
  rounded: 8,
  dark: 'auto',
};

type Point = { id: string; text: string; done: boolean };

/** What was asked for, taken apart at its commas, so that there is something to begin with. */
function parts(wish: string): Point[] {
  return wish
    .split(/[,;.\n]|\band\b|\bwith\b/i)
    .map((text) => text.replace(/^\s*(please|i want|i need|make|build|create)?\s*(me|us)?\s*(an?|the)?\s+/i, ' ').trim())
    .filter((text) => text.length > 2)
    .slice(0, 12)
    .map((text, n) => ({ id: `w${n}`, text: text[0]!.toUpperCase() + text.slice(1), done: false }));
}

export default function LLMComponent() {
  const [points, setPoints] = useStored<Point[]>('points', parts(look.wish));
  const [notes, setNotes] = useStored('notes', '');
  const [draft, setDraft] = useState('');
  const done = points.filter((p) => p.done).length;
  const change = (id: string, part: Partial<Point>) =>
    setPoints((all) => all.map((p) => (p.id === id ? { ...p, ...part } : p)));

  function add(event: FormEvent) {
    event.preventDefault();
    const text = draft.trim();
    if (!text) return;
    setPoints([...points, { id: Date.now().toString(36), text, done: false }]);
    setDraft('');
  }

  return (
    <Page look={look}>
      <div className="mx-auto max-w-5xl px-6 py-14 sm:px-10 sm:py-20">
        <header className="max-w-3xl">
          <h1 className="font-serif text-[clamp(2.2rem,6vw,3.6rem)] leading-[1.08] font-medium tracking-[-0.025em] text-balance">
            {look.title}
          </h1>
          {look.wish && (
            <blockquote className="mt-6 border-l-2 border-(--accent) pl-5 text-lg leading-relaxed whitespace-pre-line text-(--soft) [overflow-wrap:anywhere]">
              {look.wish}
            </blockquote>
          )}
        </header>

        <div className="mt-14 grid gap-x-16 gap-y-12 md:grid-cols-[1fr_1.1fr]">
          <section>
            <div className="flex items-baseline justify-between border-b border-(--ink) pb-2.5">
              <h2 className="font-medium">What it needs</h2>
              <p className="text-sm text-(--soft) tabular-nums" aria-live="polite">
                {points.length > 0 && `${done} of ${points.length}`}
              </p>
            </div>
            <ul>
              {points.map((p) => (
                <li key={p.id} className="flex items-start gap-2 border-b border-(--line) py-1.5">
                  <button
                    role="checkbox"
                    aria-checked={p.done}
                    aria-label={p.text}
                    onClick={() => change(p.id, { done: !p.done })}
                    className="-ml-2.5 grid size-10 shrink-0 place-items-center"
                  >
                    <span
                      className={
                        'grid size-5 place-items-center rounded-(--r-small) border-[1.5px] transition-colors ' +
                        (p.done ? 'border-(--accent) bg-(--accent) text-(--on-accent)' : 'border-(--faint)')
                      }
                    >
                      {p.done && <Check size={13} strokeWidth={3} aria-hidden />}
                    </span>
                  </button>
                  <textarea
                    value={p.text}
                    rows={1}
                    maxLength={300}
                    aria-label="What it needs"
                    onChange={(e) => change(p.id, { text: e.target.value.replace(/\n/g, ' ') })}
                    className={
                      'field-sizing-content min-w-0 flex-1 resize-none rounded-(--r-small) bg-transparent py-2 leading-6 ' +
                      (p.done ? 'text-(--soft) line-through decoration-(--faint)' : '')
                    }
                  />
                  <button
                    aria-label={`Delete ${p.text}`}
                    onClick={() => setPoints(points.filter((x) => x !== p))}
                    className="-mr-2 grid size-10 shrink-0 place-items-center rounded-(--r-small) text-(--soft) hover:bg-(--wash) hover:text-(--ink)"
                  >
                    <X size={15} aria-hidden />
                  </button>
                </li>
              ))}
            </ul>
            <form onSubmit={add} className="flex items-center gap-2 py-2">
              <Plus size={18} className="text-(--accent-ink)" aria-hidden />
              <input
                value={draft}
                maxLength={300}
                aria-label="Add a point"
                placeholder={points.length ? 'Something else' : 'The first thing it needs'}
                onChange={(e) => setDraft(e.target.value)}
                className="min-w-0 flex-1 bg-transparent py-1.5 pl-2 outline-none! placeholder:text-(--soft)"
              />
              {draft.trim() && (
                <button className="rounded-(--r-small) bg-(--accent) px-4 py-1.5 text-sm font-medium text-(--on-accent)">
                  Add
                </button>
              )}
            </form>
          </section>

          <section className="flex flex-col">
            <h2 className="border-b border-(--ink) pb-2.5 font-medium">
              <label htmlFor="notes">Notes</label>
            </h2>
            <textarea
              id="notes"
              value={notes}
              onChange={(e) => setNotes(e.target.value)}
              placeholder="Thoughts, links, names. They stay in this browser."
              className="field-sizing-content mt-4 min-h-64 flex-1 resize-none rounded-(--r) border border-(--line) bg-(--leaf) p-5 leading-relaxed placeholder:text-(--soft)"
            />
          </section>
        </div>
      </div>
    </Page>
  );
}
