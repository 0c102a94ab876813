import { useState } from 'react';
import Markdown from 'react-markdown';
import type { Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { Download, Plus, Trash2 } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Notes',
  accent: '#96601a',
  background: '#fbf9f4',
  scale: 1,
  rounded: 8,
  dark: 'auto',
};

type Note = { id: string; text: string; changed: number };

const welcome = `# A place to write

The left side is *Markdown*, the right side shows how it reads. Everything stays **in this browser**.

## What it understands

- Headings, lists and [links](https://commonmark.org)
- \`code\`, quotes and rules
- [x] tasks that are done
- [ ] tasks that are not

> Write first, tidy later.

| Key | Does |
| --- | --- |
| Tab | indents by two spaces |
| Ctrl B | makes the selection **bold** |
| Ctrl I | makes it *italic* |
`;

/** The page has its own first heading; a note's headings stand below it. */
const parts: Components = {
  h1: 'h2',
  h2: 'h3',
  h3: 'h4',
  input: ({ checked }) => (
    <input type="checkbox" checked={checked} disabled aria-label={checked ? 'Done' : 'Not done'} />
  ),
};

const titleOf = (text: string) =>
  text.split('\n').find((line) => line.trim())?.replace(/^[#>\-*\s]+/, '').slice(0, 60) || 'Empty note';

export default function LLMComponent() {
  const [notes, setNotes] = useStored<Note[]>('notes', [{ id: 'first', text: welcome, changed: 0 }]);
  const [open, setOpen] = useStored('open', 'first');
  const [side, setSide] = useState<'write' | 'read'>('write');
  const note = notes.find((n) => n.id === open) ?? notes[0];
  const text = note?.text ?? '';
  const words = text.trim() ? text.trim().split(/\s+/).length : 0;

  function write(to: string) {
    if (note) setNotes(notes.map((n) => (n.id === note.id ? { ...n, text: to, changed: Date.now() } : n)));
    else add(to);
  }

  function add(first = '') {
    const id = Date.now().toString(36);
    setNotes([{ id, text: first, changed: Date.now() }, ...notes]);
    setOpen(id);
    setSide('write');
  }

  function wrap(field: HTMLTextAreaElement, mark: string) {
    // execCommand is old, but the only way that keeps the browser's own undo.
    const picked = field.value.slice(field.selectionStart, field.selectionEnd);
    document.execCommand('insertText', false, mark + picked + mark);
  }

  function download() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
    link.download = titleOf(text).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-') + '.md';
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const icon = 'grid size-9 place-items-center rounded-(--r-small) text-(--soft) hover:bg-(--wash) hover:text-(--ink) disabled:opacity-30';

  return (
    <Page look={look} className="flex h-dvh flex-col md:grid md:grid-cols-[14rem_1fr]">
      <aside className="flex min-h-0 shrink-0 flex-col border-(--line) max-md:border-b md:border-r">
        <div className="flex items-center justify-between py-3 pr-3 pl-5">
          <h1 className="font-semibold tracking-tight">{look.title}</h1>
          <button className={icon} aria-label="New note" onClick={() => add()}>
            <Plus size={18} aria-hidden />
          </button>
        </div>
        <nav aria-label="Your notes" className="flex gap-1 overflow-auto px-2.5 pb-2.5 md:flex-col">
          {notes.map((n) => (
            <button
              key={n.id}
              aria-current={n.id === note?.id}
              onClick={() => setOpen(n.id)}
              className={
                'max-w-52 shrink-0 truncate rounded-(--r-small) px-3 py-2 text-left text-sm transition-colors md:max-w-none ' +
                (n.id === note?.id ? 'bg-(--accent-wash) font-medium text-(--accent-ink)' : 'text-(--soft) hover:bg-(--wash)')
              }
            >
              {titleOf(n.text)}
            </button>
          ))}
        </nav>
      </aside>

      <div className="flex min-h-0 flex-1 flex-col">
        <div className="flex items-center justify-between border-b border-(--line) px-5 py-2">
          <p className="text-sm text-(--soft) tabular-nums max-lg:hidden">
            {words} {words === 1 ? 'word' : 'words'} · saved in this browser
          </p>
          <div role="group" aria-label="Show" className="flex gap-1 lg:hidden">
            {(['write', 'read'] as const).map((s) => (
              <button
                key={s}
                aria-pressed={s === side}
                onClick={() => setSide(s)}
                className={'rounded-(--r-small) px-3 py-1.5 text-sm ' + (s === side ? 'bg-(--wash) font-medium' : 'text-(--soft)')}
              >
                {s === 'write' ? 'Write' : 'Read'}
              </button>
            ))}
          </div>
          <div className="flex">
            <button className={icon} aria-label="Save as a file" disabled={!text} onClick={download}>
              <Download size={17} aria-hidden />
            </button>
            <button
              className={icon}
              aria-label="Delete this note"
              disabled={!note}
              onClick={() => {
                if (note && (!text.trim() || window.confirm(`Delete “${titleOf(text)}”?`))) {
                  setNotes(notes.filter((n) => n !== note));
                }
              }}
            >
              <Trash2 size={17} aria-hidden />
            </button>
          </div>
        </div>

        <div className="grid min-h-0 flex-1 lg:grid-cols-2">
          <textarea
            aria-label="Markdown"
            value={text}
            spellCheck
            placeholder="Write here…"
            onChange={(e) => write(e.target.value)}
            onKeyDown={(e) => {
              const command = e.ctrlKey || e.metaKey;
              if (e.key === 'Tab' && !e.shiftKey) document.execCommand('insertText', false, '  ');
              else if (command && e.key === 'b') wrap(e.currentTarget, '**');
              else if (command && e.key === 'i') wrap(e.currentTarget, '*');
              else return;
              e.preventDefault();
            }}
            className={
              'size-full min-h-0 resize-none bg-transparent px-6 py-7 font-mono text-[0.84rem] leading-[1.75] outline-none! sm:px-8 lg:border-r lg:border-(--line) ' +
              (side === 'read' ? 'max-lg:hidden' : '')
            }
          />
          <article
            aria-label="Preview"
            className={
              'min-h-0 overflow-auto px-6 py-7 font-serif text-[1.06rem] leading-relaxed [overflow-wrap:anywhere] sm:px-8 ' +
              '[&_h2]:mb-4 [&_h2]:text-[2rem] [&_h2]:leading-tight [&_h2]:font-semibold [&_h2]:tracking-tight ' +
              '[&_h3]:mt-7 [&_h3]:mb-2 [&_h3]:text-xl [&_h3]:font-semibold [&_h4]:mt-5 [&_h4]:mb-1 [&_h4]:font-semibold ' +
              '[&_p]:my-3 [&_ul]:my-3 [&_ul]:list-disc [&_ul]:pl-5 [&_ol]:my-3 [&_ol]:list-decimal [&_ol]:pl-5 [&_li]:my-1 ' +
              '[&_li:has(input)]:-ml-5 [&_li:has(input)]:list-none [&_input]:mr-2 [&_input]:accent-(--accent) ' +
              '[&_a]:text-(--accent-ink) [&_a]:underline [&_a]:underline-offset-3 ' +
              '[&_code]:rounded [&_code]:bg-(--wash) [&_code]:px-1.5 [&_code]:py-0.5 [&_code]:font-mono [&_code]:text-[0.84em] ' +
              '[&_pre]:my-4 [&_pre]:overflow-auto [&_pre]:rounded-(--r) [&_pre]:bg-(--wash) [&_pre]:p-4 [&_pre_code]:bg-transparent [&_pre_code]:p-0 ' +
              '[&_blockquote]:my-4 [&_blockquote]:border-l-2 [&_blockquote]:border-(--accent) [&_blockquote]:pl-4 [&_blockquote]:text-(--soft) [&_blockquote]:italic ' +
              '[&_table]:my-4 [&_table]:w-full [&_table]:font-sans [&_table]:text-sm [&_td]:border-b [&_td]:border-(--line) [&_td]:py-2 [&_td]:pr-3 ' +
              '[&_th]:border-b [&_th]:border-(--faint) [&_th]:py-2 [&_th]:pr-3 [&_th]:text-left [&_hr]:my-6 [&_hr]:border-(--line) [&_img]:max-w-full ' +
              (side === 'write' ? 'max-lg:hidden' : '')
            }
          >
            {text.trim() ? (
              <Markdown remarkPlugins={[remarkGfm]} components={parts}>
                {text}
              </Markdown>
            ) : (
              <p className="text-(--soft) italic">What you write appears here.</p>
            )}
          </article>
        </div>
      </div>
    </Page>
  );
}
