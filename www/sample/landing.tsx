import { useState } from 'react';
import type { FormEvent } from 'react';
import { ArrowRight, Check, Menu, X } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Fieldnote',
  accent: '#b4482a',
  background: '#f6f1e8',
  scale: 1,
  rounded: 6,
  dark: 'auto',
};

const words = {
  headline: 'The notebook that stays out of your way.',
  lead: 'Lined on the left, blank on the right, and a cover that closes flat. Made for people who think with a pencil.',
  action: 'Tell me when it is ready',
};

const points = [
  { title: 'Opens flat', text: 'Sewn in sixteens, so that every page lies still while you write.' },
  { title: 'Paper that forgives', text: 'Ninety grams, slightly rough, and kind to erasers and fountain pens alike.' },
  { title: 'Made to be used up', text: 'Every part can be recycled. When it is full, you begin the next one.' },
];

const sizes = [
  { name: 'Pocket', price: '€9', size: '9 × 14 cm', has: ['64 pages', 'Stapled', 'Fits a shirt pocket'] },
  { name: 'Desk', price: '€18', size: '15 × 21 cm', has: ['160 pages', 'Sewn', 'Ribbon and pocket'] },
  { name: 'Studio', price: '€29', size: '21 × 30 cm', has: ['192 pages', 'Sewn', 'Perforated sheets'] },
];

const questions = [
  { ask: 'When can I buy one?', answer: 'Leave your address below. This page keeps it in your own browser until a real shop is connected.' },
  { ask: 'Can I choose other paper?', answer: 'Change this answer, and every other word here, in the first forty lines of the source.' },
  { ask: 'Do you ship abroad?', answer: 'Say where and for how much. A clear sentence here saves ten letters later.' },
];

/** The open notebook, drawn rather than photographed. */
function Picture() {
  return (
    <svg viewBox="0 0 520 400" className="w-full" role="img" aria-label="An open notebook with a pencil">
      <ellipse cx="260" cy="352" rx="228" ry="14" fill="var(--ink)" opacity="0.07" />
      <path d="M40 78 Q150 52 260 82 Q370 52 480 78 V338 Q370 312 260 342 Q150 312 40 338 Z" fill="var(--accent)" />
      <path d="M50 68 Q155 44 260 74 V332 Q155 302 50 326 Z" fill="var(--leaf)" stroke="var(--line)" />
      <path d="M470 68 Q365 44 260 74 V332 Q365 302 470 326 Z" fill="var(--leaf)" stroke="var(--line)" />
      {Array.from({ length: 8 }, (_, n) => (
        <path key={n} d={`M74 ${104 + n * 26} Q155 ${84 + n * 26} 238 ${106 + n * 26}`} fill="none" stroke="var(--line)" strokeWidth="1.5" />
      ))}
      <path d="M78 98 q14 -14 26 -3 t26 -4 t24 2 t26 0" fill="none" stroke="var(--ink)" strokeWidth="2" strokeLinecap="round" />
      <path d="M77 125 q18 -12 32 -4 t30 -3 t22 1" fill="none" stroke="var(--ink)" strokeWidth="2" strokeLinecap="round" />
      <circle cx="352" cy="176" r="46" fill="none" stroke="var(--accent)" strokeWidth="2.5" />
      <path d="M318 240 Q352 214 398 236" fill="none" stroke="var(--accent)" strokeWidth="2.5" strokeLinecap="round" />
      <g transform="rotate(-34 400 250)">
        <path d="M330 240 H470 V256 H330 Z" fill="var(--ink)" />
        <path d="M330 240 L308 248 L330 256 Z" fill="var(--leaf)" stroke="var(--ink)" strokeWidth="1.5" />
        <path d="M470 240 h12 q6 8 0 16 h-12 Z" fill="var(--accent)" stroke="var(--ink)" strokeWidth="1.5" />
      </g>
    </svg>
  );
}

export default function LLMComponent() {
  const [address, setAddress] = useStored('address', '');
  const [draft, setDraft] = useState('');
  const [menu, setMenu] = useState(false);
  const links = [['Why', '#why'], ['Sizes', '#sizes'], ['Questions', '#questions']] as const;

  function keep(event: FormEvent) {
    event.preventDefault();
    if (draft.includes('@')) setAddress(draft.trim());
  }

  const nav = links.map(([name, to]) => (
    <a key={to} href={to} onClick={() => setMenu(false)} className="py-1 text-(--soft) transition-colors hover:text-(--ink)">
      {name}
    </a>
  ));
  const heading = 'font-serif text-3xl leading-tight font-medium tracking-tight text-balance sm:text-4xl';

  return (
    <Page look={look} className="scroll-smooth">
      <header className="mx-auto max-w-6xl px-6 sm:px-10">
        <div className="flex h-18 items-center justify-between">
          <p className="font-serif text-xl font-semibold tracking-tight">{look.title}</p>
          <nav aria-label="Sections" className="hidden gap-8 text-sm sm:flex">{nav}</nav>
          <button className="-mr-2 grid size-11 place-items-center sm:hidden" aria-label="Menu" aria-expanded={menu} onClick={() => setMenu(!menu)}>
            {menu ? <X size={20} aria-hidden /> : <Menu size={20} aria-hidden />}
          </button>
        </div>
        {menu && <nav aria-label="Sections" className="flex flex-col gap-2 border-b border-(--line) pb-5 sm:hidden">{nav}</nav>}
      </header>

      <section className="mx-auto grid max-w-6xl items-center gap-10 px-6 pt-8 pb-20 sm:px-10 md:grid-cols-[1.1fr_1fr] md:pt-14 md:pb-28">
        <div>
          <h1 className="font-serif text-[clamp(2.6rem,6vw,4.5rem)] leading-[1.04] font-medium tracking-[-0.03em] text-balance">
            {words.headline}
          </h1>
          <p className="mt-6 max-w-md text-lg leading-relaxed text-(--soft)">{words.lead}</p>
          <a
            href="#hear"
            className="mt-8 inline-flex h-13 items-center gap-2.5 rounded-(--r) bg-(--accent) px-6 font-medium text-(--on-accent)"
          >
            {words.action} <ArrowRight size={18} aria-hidden />
          </a>
        </div>
        <Picture />
      </section>

      <section id="why" className="border-y border-(--line) bg-(--leaf)">
        <div className="mx-auto grid max-w-6xl gap-10 px-6 py-16 sm:px-10 md:grid-cols-3 md:gap-14 md:py-20">
          {points.map((p, n) => (
            <div key={p.title}>
              <p className="font-serif text-(--accent-ink) italic">{n + 1}</p>
              <h2 className="mt-2 font-serif text-2xl font-medium tracking-tight">{p.title}</h2>
              <p className="mt-2 leading-relaxed text-(--soft)">{p.text}</p>
            </div>
          ))}
        </div>
      </section>

      <section id="sizes" className="mx-auto max-w-6xl px-6 py-20 sm:px-10 md:py-28">
        <h2 className={heading}>Three sizes, one kind of paper</h2>
        <div className="mt-10 grid border-t border-(--line) md:grid-cols-3">
          {sizes.map((s) => (
            <div key={s.name} className="border-(--line) py-8 max-md:border-b md:px-8 md:first:pl-0 md:[&:not(:first-child)]:border-l">
              <div className="flex items-baseline justify-between">
                <h3 className="font-serif text-2xl font-medium">{s.name}</h3>
                <p className="text-xl tabular-nums">{s.price}</p>
              </div>
              <p className="mt-1 text-(--soft)">{s.size}</p>
              <ul className="mt-6 space-y-2.5">
                {s.has.map((h) => (
                  <li key={h} className="flex items-center gap-3">
                    <Check size={16} className="shrink-0 text-(--accent-ink)" aria-hidden /> {h}
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </div>
      </section>

      <section id="questions" className="mx-auto grid max-w-6xl gap-8 px-6 pb-20 sm:px-10 md:grid-cols-[1fr_1.6fr] md:pb-28">
        <h2 className={heading}>Questions</h2>
        <div className="border-t border-(--line)">
          {questions.map((q) => (
            <details key={q.ask} className="group border-b border-(--line)">
              <summary className="flex cursor-pointer list-none items-center justify-between gap-4 py-5 text-lg [&::-webkit-details-marker]:hidden">
                {q.ask}
                <span aria-hidden className="text-2xl font-light text-(--soft) transition-transform group-open:rotate-45">+</span>
              </summary>
              <p className="max-w-xl pb-6 leading-relaxed text-(--soft)">{q.answer}</p>
            </details>
          ))}
        </div>
      </section>

      <section id="hear" className="bg-(--accent) text-(--on-accent)">
        <div className="mx-auto grid max-w-6xl items-center gap-8 px-6 py-16 sm:px-10 md:grid-cols-2">
          <h2 className={heading}>{address ? 'Thank you. Kept for later.' : 'Be the first to hear.'}</h2>
          {address ? (
            <p>
              {address} is kept in this browser.{' '}
              <button onClick={() => setAddress('')} className="underline underline-offset-4">
                Forget it
              </button>
            </p>
          ) : (
            <form onSubmit={keep} className="flex flex-col gap-3 sm:flex-row">
              <input
                type="email"
                required
                aria-label="Your e-mail address"
                placeholder="you@example.org"
                value={draft}
                onChange={(e) => setDraft(e.target.value)}
                className="h-13 min-w-0 flex-1 rounded-(--r) border border-current bg-transparent px-4 outline-current! placeholder:text-current placeholder:opacity-80"
              />
              <button className="h-13 rounded-(--r) bg-(--paper) px-6 font-medium text-(--ink)">Keep me posted</button>
            </form>
          )}
        </div>
      </section>

      <footer className="mx-auto flex max-w-6xl flex-wrap justify-between gap-4 px-6 py-8 text-sm text-(--soft) sm:px-10">
        <p>
          {look.title}, {new Date().getFullYear()}
        </p>
        <p>Nothing on this page is sent anywhere.</p>
      </footer>
    </Page>
  );
}
