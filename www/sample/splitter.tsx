import { useState } from 'react';
import type { FormEvent } from 'react';
import { ArrowRight, Plus, X } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Trip expenses',
  accent: '#2f6f3a',
  background: '#f4f6ef',
  scale: 1,
  figures: 1,
  rounded: 12,
  dark: 'auto',
};

type Cost = { id: string; what: string; cents: number; payer: string; share: string[] };
type Trip = { people: string[]; costs: Cost[]; currency: string };

const start: Trip = {
  people: ['Ada', 'Ben', 'Chloe'],
  currency: 'EUR',
  costs: [
    { id: 'e1', what: 'Train tickets', cents: 18_600, payer: 'Ada', share: ['Ada', 'Ben', 'Chloe'] },
    { id: 'e2', what: 'Cabin, two nights', cents: 24_000, payer: 'Ben', share: ['Ada', 'Ben', 'Chloe'] },
    { id: 'e3', what: 'Groceries', cents: 6_450, payer: 'Chloe', share: ['Ada', 'Chloe'] },
  ],
};

/** Cents are whole; what does not divide goes to the first who share, one cent each. */
function balances({ people, costs }: Trip): Map<string, number> {
  const balance = new Map(people.map((p) => [p, 0]));
  for (const cost of costs) {
    const each = Math.floor(cost.cents / cost.share.length);
    const rest = cost.cents - each * cost.share.length;
    balance.set(cost.payer, (balance.get(cost.payer) ?? 0) + cost.cents);
    cost.share.forEach((p, n) => balance.set(p, (balance.get(p) ?? 0) - each - (n < rest ? 1 : 0)));
  }
  return balance;
}

/** Who owes most pays who is owed most, until all are even: at most one payment fewer than people. */
function payments(balance: Map<string, number>) {
  const open = [...balance].map(([name, cents]) => ({ name, cents }));
  const list: { from: string; to: string; cents: number }[] = [];
  for (;;) {
    open.sort((a, b) => a.cents - b.cents);
    const from = open[0];
    const to = open[open.length - 1];
    if (!from || !to || from.cents >= 0 || to.cents <= 0) return list;
    const cents = Math.min(-from.cents, to.cents);
    list.push({ from: from.name, to: to.name, cents });
    from.cents += cents;
    to.cents -= cents;
  }
}

export default function LLMComponent() {
  const [trip, setTrip] = useStored<Trip>('trip', start);
  const [what, setWhat] = useState('');
  const [amount, setAmount] = useState('');
  const [payer, setPayer] = useState('');
  const [out, setOut] = useState<string[]>([]);
  const [name, setName] = useState('');
  const money = (cents: number) =>
    new Intl.NumberFormat('en', { style: 'currency', currency: trip.currency }).format(cents / 100);

  const total = trip.costs.reduce((n, c) => n + c.cents, 0);
  const balance = balances(trip);
  const due = payments(balance);
  const by = trip.people.includes(payer) ? payer : (trip.people[0] ?? '');
  const share = trip.people.filter((p) => !out.includes(p));
  const cents = Math.round(Number(amount.replace(',', '.')) * 100);
  const good = what.trim() !== '' && cents > 0 && cents < 1e9 && share.length > 0 && by !== '';
  const most = Math.max(1, ...[...balance.values()].map(Math.abs));

  function addCost(event: FormEvent) {
    event.preventDefault();
    if (!good) return;
    const cost = { id: Date.now().toString(36), what: what.trim(), cents, payer: by, share };
    setTrip({ ...trip, costs: [...trip.costs, cost] });
    setWhat('');
    setAmount('');
    setOut([]);
  }

  function addPerson(event: FormEvent) {
    event.preventDefault();
    const fresh = name.trim();
    if (!fresh || trip.people.includes(fresh)) return;
    setTrip({ ...trip, people: [...trip.people, fresh] });
    setName('');
  }

  const involved = (p: string) => trip.costs.some((c) => c.payer === p || c.share.includes(p));
  const field = 'h-11 w-full min-w-0 rounded-(--r-small) border border-(--line) bg-(--leaf) px-3.5 placeholder:text-(--soft)';
  const label = 'mb-1.5 block text-sm text-(--soft)';

  return (
    <Page look={look}>
      <div className="mx-auto grid max-w-5xl gap-x-16 gap-y-12 px-5 py-10 sm:px-8 sm:py-14 md:grid-cols-[1fr_20rem]">
        <div>
          <header className="flex flex-wrap items-baseline justify-between gap-x-6">
            <h1 className="text-3xl font-semibold tracking-tight">{look.title}</h1>
            <p className="text-(--soft) tabular-nums">{money(total)} in all</p>
          </header>

          <form onSubmit={addCost} className="mt-8 grid grid-cols-2 gap-3 sm:grid-cols-[1fr_7rem_8rem]">
            <label className="col-span-2 sm:col-span-1">
              <span className={label}>What for</span>
              <input className={field} value={what} maxLength={80} placeholder="Dinner by the lake" onChange={(e) => setWhat(e.target.value)} />
            </label>
            <label>
              <span className={label}>Amount</span>
              <input className={field + ' tabular-nums'} inputMode="decimal" value={amount} maxLength={12} placeholder="0.00" onChange={(e) => setAmount(e.target.value)} />
            </label>
            <label>
              <span className={label}>Paid by</span>
              <select className={field} value={by} onChange={(e) => setPayer(e.target.value)}>
                {trip.people.map((p) => (
                  <option key={p}>{p}</option>
                ))}
              </select>
            </label>
            <div className="col-span-full flex flex-wrap items-center gap-2">
              <span className="mr-1 text-sm text-(--soft)">Shared by</span>
              {trip.people.map((p) => (
                <button
                  key={p}
                  type="button"
                  aria-pressed={!out.includes(p)}
                  onClick={() => setOut(out.includes(p) ? out.filter((o) => o !== p) : [...out, p])}
                  className={
                    'rounded-full border px-3.5 py-1.5 text-sm transition-colors ' +
                    (out.includes(p)
                      ? 'border-(--line) text-(--soft) line-through'
                      : 'border-(--accent) bg-(--accent-wash) text-(--accent-ink)')
                  }
                >
                  {p}
                </button>
              ))}
              <button
                disabled={!good}
                className="ml-auto flex h-11 items-center gap-2 rounded-(--r-small) bg-(--accent) px-5 font-medium text-(--on-accent) transition-opacity disabled:opacity-40"
              >
                <Plus size={17} aria-hidden /> Add
              </button>
            </div>
          </form>

          <ul className="mt-8 border-t border-(--line)">
            {trip.costs.map((cost) => (
              <li key={cost.id} className="group flex items-center gap-4 border-b border-(--line) py-3.5">
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">{cost.what}</p>
                  <p className="truncate text-sm text-(--soft)">
                    {cost.payer} paid, for{' '}
                    {cost.share.length === trip.people.length ? 'everyone' : cost.share.join(' and ')}
                  </p>
                </div>
                <p className="tabular-nums">{money(cost.cents)}</p>
                <button
                  aria-label={`Delete ${cost.what}`}
                  onClick={() => setTrip({ ...trip, costs: trip.costs.filter((c) => c !== cost) })}
                  className="-mr-2 grid size-9 place-items-center rounded-(--r-small) text-(--soft) hover:bg-(--wash) hover:text-(--ink)"
                >
                  <X size={16} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
          {trip.costs.length === 0 && (
            <p className="py-8 text-(--soft)">Nothing was spent yet. Add the first cost above.</p>
          )}
        </div>

        <aside className="space-y-10">
          <section className="rounded-(--r) bg-(--accent) p-6 text-(--on-accent)">
            <h2 className="text-sm">To settle up</h2>
            {due.length === 0 ? (
              <p className="mt-3 text-xl font-medium">Everyone is even.</p>
            ) : (
              <ul className="mt-4 space-y-4" aria-live="polite">
                {due.map((d) => (
                  <li key={d.from + d.to}>
                    <p className="flex items-center gap-2 text-sm">
                      {d.from} <ArrowRight size={14} aria-label="pays" /> {d.to}
                    </p>
                    <p className="leading-tight font-semibold tracking-tight tabular-nums" style={{ fontSize: 'calc(1.75rem * var(--figures))' }}>
                      {money(d.cents)}
                    </p>
                  </li>
                ))}
              </ul>
            )}
          </section>

          <section>
            <div className="flex items-baseline justify-between">
              <h2 className="font-medium">People</h2>
              <label className="text-sm text-(--soft)">
                <span className="sr-only">Currency</span>
                <select value={trip.currency} onChange={(e) => setTrip({ ...trip, currency: e.target.value })} className="rounded bg-transparent">
                  {['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'JPY'].map((c) => (
                    <option key={c} className="bg-(--leaf) text-(--ink)">{c}</option>
                  ))}
                </select>
              </label>
            </div>
            <ul className="mt-3 space-y-3.5">
              {trip.people.map((p) => {
                const b = balance.get(p) ?? 0;
                return (
                  <li key={p}>
                    <div className="flex items-center justify-between gap-3 text-sm">
                      <span className="truncate">{p}</span>
                      {involved(p) ? (
                        <span className="shrink-0 text-(--soft) tabular-nums">
                          {b === 0 ? 'even' : b > 0 ? `gets ${money(b)}` : `owes ${money(-b)}`}
                        </span>
                      ) : (
                        <button
                          onClick={() => setTrip({ ...trip, people: trip.people.filter((x) => x !== p) })}
                          className="text-(--soft) underline underline-offset-2 hover:text-(--ink)"
                        >
                          remove
                        </button>
                      )}
                    </div>
                    <div className="mt-1.5 flex h-1.5 overflow-hidden rounded-full bg-(--line)" aria-hidden>
                      <div className="flex w-1/2 justify-end">
                        <div className="h-full bg-(--faint)" style={{ width: `${b < 0 ? (-100 * b) / most : 0}%` }} />
                      </div>
                      <div className="h-full bg-(--accent)" style={{ width: `${b > 0 ? (50 * b) / most : 0}%` }} />
                    </div>
                  </li>
                );
              })}
            </ul>
            <form onSubmit={addPerson} className="mt-5 flex gap-2">
              <input aria-label="Name of another person" className={field} value={name} maxLength={24} placeholder="Another person" onChange={(e) => setName(e.target.value)} />
              <button aria-label="Add this person" className="grid size-11 shrink-0 place-items-center rounded-(--r-small) border border-(--line) bg-(--leaf)">
                <Plus size={17} aria-hidden />
              </button>
            </form>
          </section>
        </aside>
      </div>
    </Page>
  );
}
