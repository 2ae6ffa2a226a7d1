import { live } from "./live.svelte";
import { selection } from "./select.svelte";
import type { Conflict } from "./shapes";

const NOTHING: ReadonlySet<string> = new Set();

/** Return the conflict that is selected, or nothing. */
export function chosenConflict(): Conflict | undefined {
  return selection.conflict === "" ? undefined : live.conflicts.find((c) => c.id === selection.conflict);
}

/** Return `PARTY REFERENCE` of what is selected everywhere at once: a notice, or both notices of a conflict. */
export function chosen(): ReadonlySet<string> {
  if (selection.notice !== "") return new Set([`${selection.party} ${selection.notice}`]);
  const conflict = chosenConflict();
  return conflict ? new Set([`${conflict.a.party} ${conflict.a.notice}`, `${conflict.b.party} ${conflict.b.notice}`]) : NOTHING;
}
