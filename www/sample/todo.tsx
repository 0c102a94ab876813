import { useState } from 'react';
import type { FormEvent } from 'react';
import { Check, Plus, X } from 'lucide-react';
import { AnimatePresence, motion, MotionConfig } from 'motion/react';
import { format } from 'date-fns';
import { Page, useStored } from './theme';

const look = {
  title: 'Today',
  accent: '#c23f2b',
  background: '#ffffff',
  scale: 1,
  rounded: 10,
  dark: 'auto',
};

type Task = { id: string; text: string; done: boolean };
type Filter = 'all' | 'open' | 'done';

const start: Task[] = [
  { id: 'a', text: 'Add a task of your own above', done: false },
  { id: 'b', text: 'Click a task’s words to change them', done: false },
  { id: 'c', text: 'Tick off what is finished', done: true },
];

const filters: { name: Filter; label: string }[] = [
  { name: 'all', label: 'All' },
  { name: 'open', label: 'Open' },
  { name: 'done', label: 'Done' },
];

export default function LLMComponent() {
  const [tasks, setTasks] = useStored<Task[]>('tasks', start);
  const [filter, setFilter] = useState<Filter>('all');
  const [draft, setDraft] = useState('');
  const open = tasks.filter((t) => !t.done).length;
  const shown = tasks.filter((t) => filter === 'all' || t.done === (filter === 'done'));

  function add(event: FormEvent) {
    event.preventDefault();
    const text = draft.trim();
    if (!text) return;
    const id = Date.now().toString(36) + tasks.length;
    setTasks([{ id, text, done: false }, ...tasks]);
    setDraft('');
    if (filter === 'done') setFilter('all');
  }

  const change = (id: string, part: Partial<Task>) =>
    setTasks((all) => all.map((t) => (t.id === id ? { ...t, ...part } : t)));
  const remove = (id: string) => setTasks((all) => all.filter((t) => t.id !== id));

  return (
    <Page look={look}>
      <div className="mx-auto max-w-xl px-6 pt-14 pb-24 sm:pt-20">
        <header className="mb-8">
          <p className="text-sm text-(--soft)">{format(new Date(), 'EEEE, d MMMM')}</p>
          <h1 className="mt-1 text-4xl font-bold tracking-[-0.03em]">{look.title}</h1>
        </header>

        <form onSubmit={add} className="flex items-center gap-3 border-b-2 border-(--ink) pb-3">
          <Plus size={20} className="shrink-0 text-(--accent-ink)" aria-hidden />
          <input
            value={draft}
            onChange={(e) => setDraft(e.target.value)}
            aria-label="New task"
            placeholder="What needs doing?"
            maxLength={200}
            className="min-w-0 flex-1 bg-transparent text-lg outline-none! placeholder:text-(--soft)"
          />
          <button
            disabled={!draft.trim()}
            className="rounded-(--r-small) bg-(--accent) px-4 py-1.5 text-sm font-medium text-(--on-accent) transition-opacity disabled:invisible"
          >
            Add
          </button>
        </form>

        <MotionConfig reducedMotion="user">
          <ul className="mt-2">
            <AnimatePresence initial={false}>
              {shown.map((task) => (
                <motion.li
                  key={task.id}
                  layout="position"
                  initial={{ opacity: 0, y: -4 }}
                  animate={{ opacity: 1, y: 0 }}
                  exit={{ opacity: 0 }}
                  transition={{ duration: 0.16 }}
                  className="group flex items-center gap-3 border-b border-(--line) py-1"
                >
                  <button
                    role="checkbox"
                    aria-checked={task.done}
                    aria-label={task.text}
                    onClick={() => change(task.id, { done: !task.done })}
                    className="-ml-2.5 grid size-10 shrink-0 place-items-center"
                  >
                    <span
                      className={
                        'grid size-[1.3rem] place-items-center rounded-(--r-small) border-[1.5px] transition-colors ' +
                        (task.done
                          ? 'border-(--accent) bg-(--accent) text-(--on-accent)'
                          : 'border-(--faint) group-hover:border-(--accent)')
                      }
                    >
                      {task.done && <Check size={14} strokeWidth={3} aria-hidden />}
                    </span>
                  </button>
                  <input
                    value={task.text}
                    onChange={(e) => change(task.id, { text: e.target.value })}
                    onBlur={() => task.text.trim() || remove(task.id)}
                    onKeyDown={(e) => e.key === 'Enter' && e.currentTarget.blur()}
                    aria-label="Task text"
                    maxLength={200}
                    className={
                      'min-w-0 flex-1 truncate rounded-(--r-small) bg-transparent py-2 transition-colors ' +
                      (task.done ? 'text-(--soft) line-through decoration-(--faint)' : '')
                    }
                  />
                  <button
                    aria-label={`Delete ${task.text}`}
                    onClick={() => remove(task.id)}
                    className="grid size-9 place-items-center rounded-(--r-small) text-(--soft) transition hover:bg-(--wash) hover:text-(--ink) focus-visible:opacity-100 sm:opacity-0 sm:group-hover:opacity-100"
                  >
                    <X size={16} aria-hidden />
                  </button>
                </motion.li>
              ))}
            </AnimatePresence>
          </ul>
        </MotionConfig>
        {shown.length === 0 && (
          <p className="py-12 text-center text-(--soft)">
            {tasks.length === 0 ? 'Nothing here yet. Write the first task above.' : 'Nothing in this list.'}
          </p>
        )}

        <footer className="mt-5 flex flex-wrap items-center justify-between gap-3 text-sm text-(--soft)">
          <span aria-live="polite">{open === 1 ? '1 task open' : `${open} tasks open`}</span>
          <div role="group" aria-label="Show" className="flex gap-1">
            {filters.map((f) => (
              <button
                key={f.name}
                aria-pressed={filter === f.name}
                onClick={() => setFilter(f.name)}
                className={
                  'rounded-(--r-small) px-3 py-1.5 ' +
                  (filter === f.name ? 'bg-(--wash) font-medium text-(--ink)' : 'hover:text-(--ink)')
                }
              >
                {f.label}
              </button>
            ))}
          </div>
          <button
            onClick={() => setTasks(tasks.filter((t) => !t.done))}
            className={open === tasks.length ? 'invisible' : 'py-1.5 hover:text-(--ink)'}
          >
            Clear done
          </button>
        </footer>
      </div>
    </Page>
  );
}
