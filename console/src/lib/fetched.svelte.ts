import { get, LineDown, Refusal, Superseded } from "./api";
import { live } from "./live.svelte";
import { refusal } from "./worded";

/** Which events make an answer old; by default every one that says that something was recorded or has fallen due. */
export type Concerns = (kind: string, data: Record<string, unknown>) => boolean;

/** Events after which everything is asked anew: some were missed, or what was known is known no more. */
const ALWAYS: readonly string[] = ["gap", "reset", "body", "erased", "key", "alone"];
/** Events that come all the time and change no list of acts. */
const NEVER: readonly string[] = ["delivered", "proven", "verified"];
/** An answer is asked for no more often than this while events pour in. */
const PAUSE_MS = 400;

/** Return what is old after an entry of one of these kinds, or an event of such a name. */
export const after =
  (...kinds: readonly string[]): Concerns =>
  (kind, data) =>
    kinds.includes(kind === "entry" ? String(data["kind"]) : kind);

const anything: Concerns = (kind) => !NEVER.includes(kind);

/**
 * What a view asks of the node for itself: asked at once, and again whenever an event says that it may have changed,
 * or the line is found again. The last answer stays while it is asked, and no longer than the node knows of the thing.
 */
export class Fetched<T> {
  value = $state.raw<T | null>(null);
  fault = $state("");
  #old = $state(0);

  constructor(path: () => string, concerns: Concerns = anything) {
    let asked = "";
    let busy: AbortController | null = null;
    let again = false;
    let rests = 0;
    let timer = 0;
    const take = (wanted: string): void => {
      const mine = (busy = new AbortController());
      rests = performance.now() + PAUSE_MS;
      void get<T>(wanted, mine.signal)
        .then(
          (found) => {
            this.value = found;
            this.fault = "";
          },
          (fault: unknown) => {
            if (fault instanceof Refusal) {
              this.fault = refusal(fault);
              // What the node holds no more, such as an erased notice, is not shown from before.
              if (fault.status === 404) this.value = null;
            } else if (!(fault instanceof LineDown || fault instanceof Superseded)) throw fault;
          },
        )
        .finally(() => {
          if (busy !== mine) return;
          busy = null;
          if (again) this.stale();
        });
    };
    $effect(() => {
      void [this.#old, live.connected];
      const wanted = path();
      clearTimeout(timer);
      if (wanted !== asked) {
        busy?.abort();
        busy = null;
        asked = wanted;
        again = false;
        if (wanted !== "") take(wanted);
        return;
      }
      if (wanted === "") return;
      // What is on its way may have been answered before the change: it is asked once more when it has come.
      again = busy !== null;
      if (!again) timer = window.setTimeout(() => (busy === null ? take(wanted) : (again = true)), Math.max(0, rests - performance.now()));
    });
    $effect(() => {
      const deaf = live.listen((kind, data) => {
        if (ALWAYS.includes(kind) || concerns(kind, data)) this.stale();
      });
      return () => {
        deaf();
        clearTimeout(timer);
        busy?.abort();
      };
    });
  }

  /** Ask anew: what is shown may have changed. */
  stale(): void {
    this.#old += 1;
  }
}
