import { get } from "./api";
import { PERM } from "./format";
import type { Drawn, DrawnAnswer, DrawnNotice, ShownNotice } from "./shapes";

const NEVER = 8.64e15;
/** What is asked for beyond the window on each side, as a part of it: scrubbing then finds most of it at hand. */
const MARGIN = 0.5;
const MARGIN_MIN_MS = 1_800_000;
/** A window this many times narrower than what is held is asked for anew: nobody should carry what nobody looks at. */
const WIDER_MAX = 6;

/** Return an instant of the record in milliseconds; one without end is later than all others. */
export const ms = (text: string): number => (text === PERM ? NEVER : Date.parse(text));

/** What is drawn of a window of time and somewhat more: asked for once, then only what has changed. */
export class DrawnWindow {
  #held = new Map<string, ShownNotice>();
  #from = 0;
  #to = 0;
  #mark = "";

  /** Report whether another window has to be asked for than the one that is held. */
  misses(from: number, to: number): boolean {
    return from < this.#from || to > this.#to || (to - from) * WIDER_MAX < this.#to - this.#from;
  }

  /** Hold nothing for good any more: the next answer is whole. */
  forget(): void {
    this.#mark = "";
  }

  /** Ask the node, and return what is drawn now; the list is a new one where anything of it has changed. */
  async take(from: number, to: number, before: Drawn | null, unwanted: AbortSignal): Promise<Drawn> {
    const other = this.misses(from, to);
    const margin = Math.max((to - from) * MARGIN * 0.5, MARGIN_MIN_MS);
    const [first, last] = other ? [from - margin, to + margin] : [this.#from, this.#to];
    const query = new URLSearchParams({ from: new Date(first).toISOString(), to: new Date(last).toISOString() });
    if (!other && this.#mark !== "") query.set("since", this.#mark);
    const answer = await get<DrawnAnswer>(`drawn?${query.toString()}`, unwanted);
    [this.#from, this.#to, this.#mark] = [first, last, answer.mark];
    const areas = answer.areas ?? before?.areas ?? [];
    if (!answer.whole && answer.notices.length === 0 && answer.gone.length === 0 && before)
      return { as_of: answer.as_of, notices: before.notices, areas };
    const held = answer.whole ? new Map<string, ShownNotice>() : this.#held;
    for (const notice of answer.notices) {
      const fresh = kept(notice);
      const old = this.#held.get(fresh.key);
      held.set(fresh.key, old && same(old, fresh) ? old : fresh);
    }
    for (const [party, notice] of answer.gone) held.delete(`${party} ${notice}`);
    this.#held = held;
    return { as_of: answer.as_of, notices: [...held.values()], areas };
  }
}

function kept(notice: DrawnNotice): ShownNotice {
  return {
    ...notice,
    key: `${notice.party} ${notice.notice}`,
    from: Math.min(...notice.volumes.map((v) => ms(v.start))),
    to: Math.max(...notice.volumes.map((v) => ms(v.end))),
  };
}

/** A version never changes: what is the same by number, state, end and conflicts is drawn the same. */
function same(a: ShownNotice, b: ShownNotice): boolean {
  return (
    a.revision === b.revision && a.state === b.state && a.to === b.to && a.area_only === b.area_only &&
    a.conflicts.length === b.conflicts.length && a.conflicts.every((id, n) => id === b.conflicts[n])
  );
}
