import { live } from "./live.svelte";
import { shown } from "./select.svelte";
import type { ShownNotice } from "./shapes";

class Window {
  /** The notices of the window of time that is drawn, those in conflict first, then by their start. Found once for all. */
  readonly notices: readonly ShownNotice[] = $derived.by(() => {
    const from = shown.at - shown.half;
    const to = shown.at + shown.half;
    return (live.notices)
      .filter((n) => n.from <= to && n.to >= from)
      .sort((a, b) => b.conflicts.length - a.conflicts.length || a.from - b.from || (a.key < b.key ? -1 : 1));
  });
}

export const inWindow = new Window();
