import { useMemo, useState } from 'react';
import type { FormEvent } from 'react';
import { addMonths, format, isSameMonth, parseISO, subDays } from 'date-fns';
import { Bar, BarChart, Cell, ResponsiveContainer, Tooltip, XAxis } from 'recharts';
import { ChevronLeft, ChevronRight, X } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Expenses',
  accent: '#a82f52',
  background: '#fbf7f6',
  scale: 1,
  figures: 1,
  rounded: 16,
  dark: 'auto',
};

const budget = 900;
const currency = 'EUR';
const categories = ['Food', 'Home', 'Travel', 'Health', 'Fun', 'Other'];

type Expense = { id: string; day: string; what: string; category: string; cents: number };

const today = () => format(new Date(), 'yyyy-MM-dd');
const ago = (days: number) => format(subDays(new Date(), days), 'yyyy-MM-dd');
const money = (cents: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100);

const examples: Expense[] = [
  { id: 'x1', day: ago(0), what: 'Groceries', category: 'Food', cents: 4230 },
  { id: 'x2', day: ago(1), what: 'Cinema', category: 'Fun', cents: 1400 },
  { id: 'x3', day: ago(2), what: 'Bus pass', category: 'Travel', cents: 4900 },
  { id: 'x4', day: ago(4), what: 'Internet', category: 'Home', cents: 3500 },
  { id: 'x5', day: ago(6), what: 'Lunch with Noor', category: 'Food', cents: 2750 },
  { id: 'x6', day: ago(9), what: 'Pharmacy', category: 'Health', cents: 1860 },
  { id: 'x7', day: ago(13), what: 'Groceries', category: 'Food', cents: 6125 },
];

export default function LLMComponent() {
  const [expenses, setExpenses] = useStored<Expense[]>('expenses', examples);
  const [month, setMonth] = useState(() => new Date());
  const [only, setOnly] = useState<string | null>(null);
  const [draft, setDraft] = useState({ what: '', amount: '', category: 'Food', day: today() });

  const inMonth = useMemo(
    () =>
      expenses
        .filter((e) => isSameMonth(parseISO(e.day), month))
        .sort((a, b) => b.day.localeCompare(a.day)),
    [expenses, month],
  );
  const spent = inMonth.reduce((n, e) => n + e.cents, 0);
  const bars = categories.map((name) => ({
    name,
    amount: inMonth.filter((e) => e.category === name).reduce((n, e) => n + e.cents, 0) / 100,
  }));
  const shown = inMonth.filter((e) => only === null || e.category === only);
  const days = [...new Set(shown.map((e) => e.day))];
  const left = budget * 100 - spent;
  const cents = Math.round(Number(draft.amount.replace(',', '.')) * 100);
  const good = draft.what.trim() !== '' && cents > 0 && cents < 1e9 && draft.day !== '';

  function add(event: FormEvent) {
    event.preventDefault();
    if (!good) return;
    const { what, category, day } = draft;
    setExpenses([...expenses, { id: Date.now().toString(36), what: what.trim(), category, day, cents }]);
    setDraft({ ...draft, what: '', amount: '' });
    setMonth(parseISO(day));
    setOnly(null);
  }

  const field = 'h-12 w-full min-w-0 rounded-(--r-small) bg-(--wash) px-4 placeholder:text-(--soft)';
  const round = 'grid size-10 place-items-center rounded-full hover:bg-(--wash) disabled:opacity-30';

  return (
    <Page look={look}>
      <div className="mx-auto max-w-2xl px-5 py-8 sm:py-12">
        <header className="flex items-center justify-between">
          <h1 className="text-lg font-semibold tracking-tight">{look.title}</h1>
          <div className="flex items-center gap-1">
            <button className={round} aria-label="The month before" onClick={() => setMonth(addMonths(month, -1))}>
              <ChevronLeft size={18} aria-hidden />
            </button>
            <span className="min-w-32 text-center text-sm" aria-live="polite">
              {format(month, 'MMMM yyyy')}
            </span>
            <button
              className={round}
              aria-label="The month after"
              disabled={isSameMonth(month, new Date())}
              onClick={() => setMonth(addMonths(month, 1))}
            >
              <ChevronRight size={18} aria-hidden />
            </button>
          </div>
        </header>

        <section aria-label="This month" className="mt-8">
          <p
            className="leading-none font-semibold tracking-[-0.04em] tabular-nums"
            style={{ fontSize: 'calc(clamp(2.8rem, 11vw, 4.5rem) * var(--figures))' }}
          >
            {money(spent)}
          </p>
          <p className="mt-3 text-(--soft)">
            {left >= 0
              ? `${money(left)} left of ${money(budget * 100)}`
              : `${money(-left)} over the ${money(budget * 100)} planned`}
          </p>
          <div className="mt-4 h-2 overflow-hidden rounded-full bg-(--line)" aria-hidden>
            <div
              className="h-full rounded-full bg-(--accent) transition-[width] duration-200"
              style={{ width: `${Math.min(100, spent / budget)}%` }}
            />
          </div>
          <div className="mt-8 h-44">
            <ResponsiveContainer width="100%" height="100%">
              <BarChart data={bars} margin={{ top: 4, right: 0, bottom: 0, left: 0 }}>
                <XAxis dataKey="name" tickLine={false} axisLine={{ stroke: 'var(--line)' }} tick={{ fill: 'var(--soft)', fontSize: 13 }} dy={6} />
                <Tooltip
                  cursor={{ fill: 'var(--wash)' }}
                  formatter={(v) => money(Number(v) * 100)}
                  contentStyle={{ background: 'var(--leaf)', border: '1px solid var(--line)', borderRadius: 'var(--r-small)', fontSize: 13 }}
                  labelStyle={{ color: 'var(--soft)' }}
                  itemStyle={{ color: 'var(--ink)' }}
                />
                <Bar dataKey="amount" name="Spent" radius={[5, 5, 0, 0]} maxBarSize={56}>
                  {bars.map((b) => (
                    <Cell key={b.name} fill="var(--accent)" fillOpacity={only === null || only === b.name ? 1 : 0.25} />
                  ))}
                </Bar>
              </BarChart>
            </ResponsiveContainer>
          </div>
        </section>

        <form
          onSubmit={add}
          className="mt-8 grid grid-cols-2 gap-2 rounded-(--r) border border-(--line) bg-(--leaf) p-3 sm:grid-cols-[1fr_7.5rem]"
        >
          <input
            className={field + ' col-span-2 sm:col-span-1'}
            aria-label="What for"
            placeholder="What did you buy?"
            maxLength={80}
            value={draft.what}
            onChange={(e) => setDraft({ ...draft, what: e.target.value })}
          />
          <input
            className={field + ' col-span-2 tabular-nums sm:col-span-1'}
            aria-label="Amount"
            placeholder="0.00"
            inputMode="decimal"
            maxLength={12}
            value={draft.amount}
            onChange={(e) => setDraft({ ...draft, amount: e.target.value })}
          />
          <div className="col-span-2 grid grid-cols-2 gap-2 sm:grid-cols-[1fr_1fr_7.5rem]">
            <select className={field} aria-label="Category" value={draft.category} onChange={(e) => setDraft({ ...draft, category: e.target.value })}>
              {categories.map((c) => (
                <option key={c} className="bg-(--leaf) text-(--ink)">{c}</option>
              ))}
            </select>
            <input type="date" className={field} aria-label="Day" max={today()} value={draft.day} onChange={(e) => setDraft({ ...draft, day: e.target.value })} />
            <button
              disabled={!good}
              className="col-span-2 h-12 rounded-(--r-small) bg-(--accent) font-medium text-(--on-accent) transition-opacity disabled:opacity-45 sm:col-span-1"
            >
              Add
            </button>
          </div>
        </form>

        <div role="group" aria-label="Show only" className="mt-8 flex flex-wrap gap-1.5">
          {[null, ...categories].map((c) => (
            <button
              key={c ?? 'all'}
              aria-pressed={only === c}
              onClick={() => setOnly(c)}
              className={
                'rounded-full px-3.5 py-1.5 text-sm transition-colors ' +
                (only === c ? 'bg-(--accent-wash) font-medium text-(--accent-ink)' : 'text-(--soft) hover:bg-(--wash)')
              }
            >
              {c ?? 'Everything'}
            </button>
          ))}
        </div>

        {days.map((day) => (
          <section key={day} className="mt-5">
            <h2 className="text-sm text-(--soft)">
              {day === today() ? 'Today' : day === ago(1) ? 'Yesterday' : format(parseISO(day), 'EEEE, d MMMM')}
            </h2>
            <ul>
              {shown
                .filter((e) => e.day === day)
                .map((e) => (
                  <li key={e.id} className="flex items-center gap-3 border-b border-(--line) py-2.5">
                    <span className="min-w-0 flex-1 truncate">
                      {e.what} <span className="text-sm text-(--soft)">· {e.category}</span>
                    </span>
                    <span className="tabular-nums">{money(e.cents)}</span>
                    <button
                      aria-label={`Delete ${e.what}`}
                      onClick={() => setExpenses(expenses.filter((x) => x.id !== e.id))}
                      className="-mr-2 grid size-9 place-items-center rounded-full text-(--soft) hover:bg-(--wash) hover:text-(--ink)"
                    >
                      <X size={15} aria-hidden />
                    </button>
                  </li>
                ))}
            </ul>
          </section>
        ))}
        {shown.length === 0 && <p className="mt-6 text-(--soft)">Nothing here in {format(month, 'MMMM')}.</p>}
        {expenses.length > 0 && expenses.every((e) => /^x\d$/.test(e.id)) && (
          <p className="mt-8 text-sm text-(--soft)">
            These are examples.{' '}
            <button onClick={() => setExpenses([])} className="underline underline-offset-2 hover:text-(--ink)">
              Clear them and begin
            </button>
          </p>
        )}
      </div>
    </Page>
  );
}
