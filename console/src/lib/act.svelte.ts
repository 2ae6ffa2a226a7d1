import { LineDown, Refusal } from "./api";
import { t } from "./i18n.svelte";
import { live } from "./live.svelte";
import { refusal } from "./worded";
import type { EntryRef, Waiting } from "./shapes";

/** What came of an act: nothing yet, its place in the record, a draft that waits, or why not. */
export class Outcome {
  busy = $state(false);
  good = $state("");
  bad = $state("");
  /** The act waits for a second officer: it is no entry yet. */
  draft = $state.raw<Waiting | null>(null);

  /** Run an act; what it answers is told in words with its place in the record. Nothing is queued and nothing retried. */
  async run<T>(act: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.good = this.bad = "";
    this.draft = null;
    try {
      const done = await act();
      this.draft = waiting(done);
      this.good = told(done);
      return done;
    } catch (fault) {
      if (fault instanceof Refusal) this.bad = t("act.refused", { why: refusal(fault) });
      else if (fault instanceof LineDown) this.bad = t("act.unreachable");
      else throw fault;
      return null;
    } finally {
      this.busy = false;
      live.refresh();
    }
  }
}

function told(done: unknown): string {
  const value = (done ?? {}) as { entry?: EntryRef };
  const draft = waiting(done);
  if (draft) return t("act.draft", { id: draft.id.slice(0, 8) });
  return value.entry ? t("act.done", { log: value.entry.log, index: value.entry.index }) : "";
}

/** Return the draft that the node answered with (status 202) in place of an entry. */
function waiting(done: unknown): Waiting | null {
  const value = (done ?? {}) as Partial<Waiting> & { state?: string; entry?: unknown };
  return value.entry === undefined && value.state === "waiting" && value.signed ? (value as Waiting) : null;
}
