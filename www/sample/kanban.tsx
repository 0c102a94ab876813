import { useState } from 'react';
import type { FormEvent } from 'react';
import {
  closestCorners, DndContext, DragOverlay, KeyboardSensor, PointerSensor, TouchSensor,
  useDroppable, useSensor, useSensors,
} from '@dnd-kit/core';
import type { DragEndEvent, DragOverEvent } from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { Plus, X } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Project board',
  accent: '#4653c4',
  background: '#f4f5f8',
  scale: 1,
  rounded: 8,
  dark: 'auto',
};

const columns = ['To do', 'Doing', 'Done'];
const lanes = ['Product', 'Website', 'Everything else'];

type Card = { id: string; text: string; lane: number; column: number };

const start: Card[] = [
  { id: 'c1', text: 'Talk to three people who will use it', lane: 0, column: 0 },
  { id: 'c2', text: 'Sketch the first screen', lane: 0, column: 1 },
  { id: 'c3', text: 'Write down what it should not do', lane: 0, column: 2 },
  { id: 'c4', text: 'Choose a name for the site', lane: 1, column: 0 },
  { id: 'c5', text: 'Draft the front page', lane: 1, column: 0 },
  { id: 'c6', text: 'Drag a card to another column or lane', lane: 2, column: 1 },
];

const cellId = (lane: number, column: number) => `cell:${lane}:${column}`;

function CardFace(props: { text: string; lifted?: boolean }) {
  return (
    <div
      className={
        'rounded-(--r) border bg-(--lift) px-3.5 py-3 text-sm leading-snug ' +
        (props.lifted
          ? 'rotate-1 cursor-grabbing border-(--accent) shadow-[0_14px_28px_-12px_rgb(0_0_0/0.35)]'
          : 'border-(--line)')
      }
    >
      {props.text}
    </div>
  );
}

function SortableCard(props: { card: Card; onRemove: () => void }) {
  const { card } = props;
  const item = useSortable({ id: card.id });
  return (
    <li
      ref={item.setNodeRef}
      style={{ transform: CSS.Translate.toString(item.transform), transition: item.transition }}
      className={'group relative ' + (item.isDragging ? 'opacity-30' : '')}
    >
      <div {...item.attributes} {...item.listeners} className="cursor-grab touch-manipulation rounded-(--r)">
        <CardFace text={card.text} />
      </div>
      <button
        aria-label={`Delete “${card.text}”`}
        onClick={props.onRemove}
        className="absolute top-1.5 right-1.5 grid size-7 place-items-center rounded-(--r-small) bg-(--lift) text-(--soft) opacity-0 transition-opacity group-hover:opacity-100 hover:text-(--ink) focus-visible:opacity-100"
      >
        <X size={14} aria-hidden />
      </button>
    </li>
  );
}

function Cell(props: {
  lane: number;
  column: number;
  cards: Card[];
  onAdd: (text: string) => void;
  onRemove: (id: string) => void;
}) {
  const { setNodeRef, isOver } = useDroppable({ id: cellId(props.lane, props.column) });
  const [draft, setDraft] = useState<string | null>(null);

  function add(event?: FormEvent) {
    event?.preventDefault();
    if (draft?.trim()) props.onAdd(draft.trim());
    setDraft(event && draft?.trim() ? '' : null);
  }

  return (
    <section
      ref={setNodeRef}
      aria-label={`${lanes[props.lane]}, ${columns[props.column]}`}
      className={'flex min-h-28 flex-col gap-2 rounded-(--r) p-2 transition-colors ' + (isOver ? 'bg-(--accent-wash)' : 'bg-(--wash)')}
    >
      <SortableContext items={props.cards.map((c) => c.id)} strategy={verticalListSortingStrategy}>
        <ul className="flex flex-col gap-2">
          {props.cards.map((card) => (
            <SortableCard key={card.id} card={card} onRemove={() => props.onRemove(card.id)} />
          ))}
        </ul>
      </SortableContext>
      {draft === null ? (
        <button
          onClick={() => setDraft('')}
          aria-label={`Add a card to ${lanes[props.lane]}, ${columns[props.column]}`}
          className="flex items-center gap-1.5 rounded-(--r-small) px-2 py-1.5 text-sm text-(--soft) transition-colors hover:bg-(--line) hover:text-(--ink)"
        >
          <Plus size={15} aria-hidden /> Add
        </button>
      ) : (
        <form onSubmit={add}>
          <textarea
            autoFocus
            rows={2}
            value={draft}
            maxLength={200}
            aria-label="What the new card says"
            placeholder="Enter adds the card"
            onChange={(e) => setDraft(e.target.value)}
            onBlur={() => add()}
            onKeyDown={(e) => {
              if (e.key === 'Escape') setDraft(null);
              if (e.key === 'Enter' && !e.shiftKey) {
                e.preventDefault();
                e.currentTarget.form?.requestSubmit();
              }
            }}
            className="w-full resize-none rounded-(--r) border border-(--accent) bg-(--lift) px-3.5 py-2.5 text-sm placeholder:text-(--soft)"
          />
        </form>
      )}
    </section>
  );
}

export default function LLMComponent() {
  const [cards, setCards] = useStored<Card[]>('cards', start);
  const [held, setHeld] = useState<string | null>(null);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 5 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 180, tolerance: 6 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const inCell = (lane: number, column: number) =>
    cards.filter((c) => c.lane === lane && c.column === column);

  function move({ active, over }: DragOverEvent | DragEndEvent) {
    if (!over || over.id === active.id) return;
    setCards((all) => {
      const card = all.find((c) => c.id === active.id);
      if (!card) return all;
      const rest = all.filter((c) => c !== card);
      const target = all.find((c) => c.id === over.id);
      if (!target) {
        const [, lane, column] = String(over.id).split(':').map(Number);
        if (card.lane === lane && card.column === column) return all;
        return [...rest, { ...card, lane: lane ?? 0, column: column ?? 0 }];
      }
      const after = all.indexOf(card) < all.indexOf(target) ? 1 : 0;
      const same = card.lane === target.lane && card.column === target.column;
      const at = rest.indexOf(target) + (same ? after : 0);
      const moved = { ...card, lane: target.lane, column: target.column };
      return [...rest.slice(0, at), moved, ...rest.slice(at)];
    });
  }

  const done = cards.filter((c) => c.column === columns.length - 1).length;
  const heldCard = cards.find((c) => c.id === held);

  return (
    <Page look={look} className="flex flex-col">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-1 px-5 pt-7 pb-5 sm:px-8">
        <h1 className="text-2xl font-semibold tracking-tight">{look.title}</h1>
        <p className="text-sm text-(--soft) tabular-nums" aria-live="polite">
          {done} of {cards.length} done
        </p>
      </header>

      <DndContext
        sensors={sensors}
        collisionDetection={closestCorners}
        onDragStart={(e) => setHeld(String(e.active.id))}
        onDragOver={(e) => {
          const from = cards.find((c) => c.id === e.active.id);
          const to = cards.find((c) => c.id === e.over?.id);
          // Within one cell the list only makes room; the order is settled on release.
          if (to && from?.lane === to.lane && from.column === to.column) return;
          move(e);
        }}
        onDragEnd={(e) => {
          move(e);
          setHeld(null);
        }}
        onDragCancel={() => setHeld(null)}
      >
        <div className="flex-1 overflow-x-auto px-5 pb-10 sm:px-8">
          <div className="min-w-[42rem]">
            <div className="sticky top-0 z-10 grid grid-cols-3 gap-3 border-b border-(--line) bg-(--paper) pb-2.5">
              {columns.map((name, column) => (
                <h2 key={name} className="flex items-baseline gap-2 px-2 text-sm font-medium">
                  {name}
                  <span className="font-normal text-(--soft) tabular-nums">
                    {cards.filter((c) => c.column === column).length}
                  </span>
                </h2>
              ))}
            </div>
            {lanes.map((name, lane) => (
              <section key={name} aria-label={name} className="pt-5">
                <h3 className="sticky left-0 mb-2 w-fit px-2 text-sm text-(--soft)">{name}</h3>
                <div className="grid grid-cols-3 gap-3">
                  {columns.map((column, n) => (
                    <Cell
                      key={column}
                      lane={lane}
                      column={n}
                      cards={inCell(lane, n)}
                      onAdd={(text) =>
                        setCards((all) => [
                          ...all,
                          { id: 'c' + Date.now().toString(36), text, lane, column: n },
                        ])
                      }
                      onRemove={(id) => setCards((all) => all.filter((c) => c.id !== id))}
                    />
                  ))}
                </div>
              </section>
            ))}
          </div>
        </div>
        <DragOverlay>{heldCard && <CardFace text={heldCard.text} lifted />}</DragOverlay>
      </DndContext>
    </Page>
  );
}
