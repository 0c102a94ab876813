import { useState } from 'react';
import type { FormEvent } from 'react';
import { addDays, differenceInCalendarDays, format, parseISO, startOfWeek, subDays } from 'date-fns';
import { Check, Plus, Trash2 } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Habits',
  accent: '#1b7895',
  background: '#fcfcfa',
  scale: 1,
  figures: 1,
  rounded: 10,
  dark: 'auto',
};

const weeks = 16;

type Habit = { id: string; name: string; days: string[] };

const key = (day: Date) => format(day, 'yyyy-MM-dd');
const example = (rhythm: (n: number) => boolean) =>
  Array.from({ length: 110 }, (_, n) => n + 1)
    .filter(rhythm)
    .map((n) => key(subDays(new Date(), n)));
const start: Habit[] = [
  { id: 'h1', name: 'Read ten pages', days: example((n) => n !== 5 && (n < 5 || (n * n * 5 + n) % 23 < (n < 70 ? 14 : 8))) },
  { id: 'h2', name: 'Walk outside', days: example((n) => (n * n * 3 + 1) % 19 < 10) },
  { id: 'h3', name: 'No screens after ten', days: example((n) => n > 1 && n < 40 && n % 4 !== 0) },
];

/** Days in a row up to today; a today that is still open does not break the row. */
function streak(days: string[], today: Date): number {
  const done = new Set(days);
  let day = done.has(key(today)) ? today : subDays(today, 1);
  let count = 0;
  while (done.has(key(day))) {
    count++;
    day = subDays(day, 1);
  }
  return count;
}

export default function LLMComponent() {
  const [habits, setHabits] = useStored<Habit[]>('habits', start);
  const [picked, setPicked] = useState<string | null>(null);
  const [draft, setDraft] = useState('');
  const today = new Date();
  const week = Array.from({ length: 7 }, (_, n) => subDays(today, 6 - n));
  const habit = habits.find((h) => h.id === picked) ?? habits[0];
  const doneToday = habits.filter((h) => h.days.includes(key(today))).length;

  function toggle(id: string, day: string) {
    setHabits((all) =>
      all.map((h) =>
        h.id !== id
          ? h
          : { ...h, days: h.days.includes(day) ? h.days.filter((d) => d !== day) : [...h.days, day] },
      ),
    );
  }

  function add(event: FormEvent) {
    event.preventDefault();
    const name = draft.trim();
    if (!name) return;
    const id = Date.now().toString(36);
    setHabits([...habits, { id, name, days: [] }]);
    setPicked(id);
    setDraft('');
  }

  const first = startOfWeek(subDays(today, 7 * (weeks - 1)), { weekStartsOn: 1 });
  const grid = Array.from({ length: weeks }, (_, w) =>
    Array.from({ length: 7 }, (_, d) => addDays(first, 7 * w + d)),
  );
  const recent = habit?.days.filter((d) => differenceInCalendarDays(today, parseISO(d)) < 30).length ?? 0;

  return (
    <Page look={look}>
      <div className="mx-auto max-w-3xl px-5 py-10 sm:px-8 sm:py-16">
        <header className="flex items-end justify-between gap-6">
          <div>
            <p className="text-sm text-(--soft)">{format(today, 'EEEE, d MMMM')}</p>
            <h1 className="mt-1 text-3xl font-semibold tracking-tight">{look.title}</h1>
          </div>
          <p className="text-right text-sm text-(--soft)" aria-live="polite">
            <b className="block text-2xl leading-none font-semibold text-(--ink) tabular-nums" style={{ zoom: look.figures }}>
              {doneToday}/{habits.length}
            </b>
            today
          </p>
        </header>

        <div className="mt-10">
          <div className="flex items-center border-b border-(--line) pb-2 text-xs text-(--soft)">
            <span className="flex-1" />
            {week.map((day, n) => (
              <span key={n} className={'w-9 text-center sm:w-12 ' + (n < 3 ? 'max-sm:hidden ' : '') + (n === 6 ? 'font-semibold text-(--ink)' : '')}>
                {format(day, 'EEEEE')}
              </span>
            ))}
          </div>
          <ul>
            {habits.map((h) => {
              const row = streak(h.days, today);
              return (
                <li key={h.id} className="flex items-center border-b border-(--line) py-2.5">
                  <button
                    aria-pressed={h.id === habit?.id}
                    onClick={() => setPicked(h.id)}
                    className="min-w-0 flex-1 rounded-(--r-small) py-1 pr-3 text-left"
                  >
                    <span className={'block truncate ' + (h.id === habit?.id ? 'font-semibold' : '')}>{h.name}</span>
                    <span className="text-sm text-(--soft)">
                      {row === 0 ? 'not running' : row === 1 ? '1 day' : `${row} days in a row`}
                    </span>
                  </button>
                  {week.map((day, n) => {
                    const on = h.days.includes(key(day));
                    return (
                      <button
                        key={n}
                        role="checkbox"
                        aria-checked={on}
                        aria-label={`${h.name}, ${format(day, 'EEEE d MMMM')}`}
                        onClick={() => toggle(h.id, key(day))}
                        className={'grid h-11 w-9 shrink-0 place-items-center sm:w-12 ' + (n < 3 ? 'max-sm:hidden' : '')}
                      >
                        <span
                          className={
                            'grid size-7 place-items-center rounded-(--r-small) transition-colors sm:size-8 ' +
                            (on
                              ? 'bg-(--accent) text-(--on-accent)'
                              : n === 6
                                ? 'border-[1.5px] border-(--accent)'
                                : 'bg-(--wash) hover:bg-(--line)')
                          }
                        >
                          {on && <Check size={16} strokeWidth={2.5} aria-hidden />}
                        </span>
                      </button>
                    );
                  })}
                </li>
              );
            })}
          </ul>
          <form onSubmit={add} className="flex items-center gap-3 py-3">
            <Plus size={18} className="text-(--soft)" aria-hidden />
            <input
              value={draft}
              maxLength={60}
              aria-label="A new habit"
              placeholder={habits.length ? 'Another habit' : 'Your first habit, such as “Stretch for five minutes”'}
              onChange={(e) => setDraft(e.target.value)}
              className="min-w-0 flex-1 bg-transparent py-1.5 outline-none! placeholder:text-(--soft)"
            />
            {draft.trim() && (
              <button className="rounded-(--r-small) bg-(--accent) px-4 py-1.5 text-sm font-medium text-(--on-accent)">Add</button>
            )}
          </form>
        </div>

        {habit && (
          <section className="mt-10">
            <div className="flex items-center justify-between gap-4">
              <h2 className="truncate font-medium">
                {habit.name} <span className="font-normal text-(--soft)">· {recent} of the last 30 days</span>
              </h2>
              <button
                aria-label={`Delete ${habit.name}`}
                onClick={() => {
                  if (habit.days.length === 0 || window.confirm(`Delete “${habit.name}” and its ${habit.days.length} days?`)) {
                    setHabits(habits.filter((h) => h !== habit));
                  }
                }}
                className="grid size-9 shrink-0 place-items-center rounded-(--r-small) text-(--soft) hover:bg-(--wash) hover:text-(--ink)"
              >
                <Trash2 size={16} aria-hidden />
              </button>
            </div>
            <div
              role="img"
              aria-label={`The last ${weeks} weeks: ${habit.days.length} days done`}
              className="mt-4 grid grid-flow-col gap-1 sm:gap-1.5"
              style={{ gridTemplateColumns: `repeat(${weeks}, 1fr)` }}
            >
              {grid.map((days, w) => (
                <div key={w} className="grid gap-1 sm:gap-1.5">
                  {days.map((day) => (
                    <span
                      key={key(day)}
                      title={format(day, 'd MMMM')}
                      className={
                        'aspect-square rounded-[min(var(--r-small),30%)] ' +
                        (day > today ? 'opacity-0 ' : '') +
                        (habit.days.includes(key(day)) ? 'bg-(--accent)' : 'bg-(--wash)')
                      }
                    />
                  ))}
                </div>
              ))}
            </div>
            <p className="mt-2 flex justify-between text-xs text-(--soft)">
              <span>{format(first, 'd MMMM')}</span>
              <span>today</span>
            </p>
          </section>
        )}
        {habits.some((h) => /^h\d$/.test(h.id)) && (
          <p className="mt-10 text-sm text-(--soft)">
            The first three are examples.{' '}
            <button
              onClick={() => setHabits(habits.filter((h) => !/^h\d$/.test(h.id)))}
              className="underline underline-offset-2 hover:text-(--ink)"
            >
              Clear them and begin
            </button>
          </p>
        )}
      </div>
    </Page>
  );
}
