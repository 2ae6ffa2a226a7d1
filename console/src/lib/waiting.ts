import { live } from "./live.svelte";
import { selectNotice } from "./select.svelte";
import type { Due } from "./shapes";

/** The steps of a notice in the order in which they are taken: none is skipped by taking a later one first. */
const ORDER: readonly string[] = ["alert_seen", "alert_answered", "message_seen", "seen", "read_back", "passed_on", "position", "proposal"];

/** Everything that waits about one thing: the earliest deadline says where it stands among the others. */
export interface Waits {
  key: string;
  /** What it is about, as the node names it: `notice UN UN-S-001`, `entry …`, `line IL`. */
  about: readonly string[];
  owes: string;
  to: string;
  due: string;
  overdue: boolean;
  urgent: boolean;
  /** In the order in which they are taken. */
  steps: readonly Due[];
}

/** Return what waits by what it is about, the earliest deadline first. */
export function gathered(dues: readonly Due[]): Waits[] {
  const found = new Map<string, Due[]>();
  for (const due of dues) {
    const key = due.about.length > 0 ? `${due.owes} ${due.about.join(" ")} ${due.to}` : due.key;
    found.set(key, [...(found.get(key) ?? []), due]);
  }
  const place = (due: Due): number => (ORDER.includes(due.sort) ? ORDER.indexOf(due.sort) : ORDER.length);
  return [...found]
    .map(([key, of]): Waits => {
      const first = of.reduce((a, b) => (a.due <= b.due ? a : b));
      return {
        key,
        about: first.about,
        owes: first.owes,
        to: first.to,
        due: first.due,
        overdue: of.some((d) => d.overdue),
        urgent: of.some((d) => d.urgent),
        steps: [...of].sort((a, b) => place(a) - place(b) || (a.due < b.due ? -1 : 1)),
      };
    })
    .sort((a, b) => (a.due === b.due ? (a.key < b.key ? -1 : 1) : a.due < b.due ? -1 : 1));
}

/** The view in which a thing that is no notice is dealt with. */
const PLACES: Record<string, string> = { line: "lines", shift: "shift", enquiry: "acts", pair: "acts", draft: "acts" };

/** Go to where something that waits is dealt with: a notice is selected where one stands, anything else has its view. */
export function deal(with_: Waits): void {
  const [sort, party, notice] = with_.about;
  if (sort === "notice" && party && notice) selectNotice(party, notice);
  else location.hash = PLACES[sort ?? ""] ?? "hotline";
}

/** Messages of others that nobody here has seen. */
export function unseen(): number {
  const me = live.me?.member ?? "";
  return live.messages.filter((m) => m.said.member !== me && m.cancelled === null && !m.seen.some((s) => s.member === me)).length;
}
