import { get, LineDown } from "./api";
import { now, told } from "./clock";
import { DrawnWindow } from "./drawn";
import { Feed } from "./feed";
import { language } from "./i18n.svelte";
import { shown } from "./select.svelte";
import type { Alert, Conflict, Drawn, Health, Inbox, Me, Message, ShownNotice, Touch } from "./shapes";

const STALE_MS = 20_000;
const RETRY_MS = 2_000;
const HEALTH_MS = 10_000;
/** Views that fetch details of their own are told of changes no more often than this. */
const CHANGES_MS = 400;

export type Part = "drawn" | "conflicts" | "messages" | "health" | "inbox" | "alerts";
const PARTS: readonly Part[] = ["alerts", "drawn", "conflicts", "inbox", "health", "messages"];

const FIRST: readonly Part[] = ["alerts", "drawn", "conflicts"];
const FIRST_MS = 200;

/** What an event makes old. An event that is not listed makes everything old. */
const CONCERNS: Record<string, readonly Part[]> = {
  conflict: ["drawn", "conflicts"],
  delivered: [],
  proven: [],
  verified: [],
  alarm: ["health"],
  line: ["health", "inbox"],
  draft: ["inbox"],
  alert: ["alerts", "inbox"],
  overdue: ["inbox"],
  escalated: ["alerts", "inbox", "messages"],
};
const KINDS = [...Object.keys(CONCERNS), "entry", "body", "key", "erased", "alone", "gap", "reset"];

/** What an entry makes old, by its kind, where it does not touch a notice. */
const ENTRIES: Record<string, readonly Part[]> = {
  alert: ["alerts", "inbox"],
  alert_answer: ["alerts", "inbox"],
  message: ["messages", "inbox"],
  message_read_back: ["messages", "inbox"],
  translation: ["messages"],
  seen: ["alerts", "messages", "inbox"],
  read_back: ["inbox"],
  passed_on: ["inbox"],
  position: ["inbox"],
  line_check: ["health", "inbox"],
  line_check_answer: ["health", "inbox"],
};

/** What the node holds, as this console last heard it, and whether it still hears. */
class Live {
  me = $state<Me | null>(null);
  /** What is drawn of the shown window and somewhat more; never everything that is known. */
  drawn = $state.raw<Drawn | null>(null);
  /** The notices of `drawn`: the list is another one only where one of them has changed. */
  notices = $state.raw<readonly ShownNotice[]>([]);
  conflicts = $state.raw<Conflict[]>([]);
  /** The conflicts were heard at least once: what comes from then on is new. */
  conflictsKnown = $state(false);
  touches = $state.raw<Touch[]>([]);
  messages = $state.raw<Message[]>([]);
  inbox = $state.raw<Inbox | null>(null);
  alerts = $state.raw<Alert[]>([]);
  health = $state.raw<Health | null>(null);
  /** When anything of the node was last heard, by this machine's clock; to the second. */
  heard = $state(0);
  connected = $state(false);
  /** By how much this machine's clock is ahead of the node's, in milliseconds; nothing where both are kept. */
  ahead = $state(0);
  /** The time by the node's clock, moved once a second on the second. */
  now = $state(now());
  /** Counts what was taken in: views that fetch details of their own ask again when it moves. */
  changes = $state(0);

  #heard = 0;
  #moved = 0;
  #moving = 0;
  #last = "";
  #opened = false;
  #drawing = new DrawnWindow();
  #listeners = new Set<(kind: string, data: Record<string, unknown>) => void>();
  // Alerts are asked for at once; what is long rests longer.
  #feeds: Record<Part, Feed> = {
    alerts: this.#feed((unwanted) => this.#takeAlerts(unwanted), 40, 0),
    drawn: this.#feed((unwanted) => this.#takeDrawn(unwanted), 120, 15),
    conflicts: this.#feed((unwanted) => this.#takeConflicts(unwanted), 120, 15),
    inbox: this.#feed(async (unwanted) => void (this.inbox = await get<Inbox>("inbox", unwanted)), 500, 60),
    health: this.#feed((unwanted) => this.#takeHealth(unwanted), 1000, 60),
    messages: this.#feed((unwanted) => this.#takeMessages(unwanted), 250, 25),
  };

  /** The node's line is down or silent for too long: what is shown is as old as it says. */
  readonly stale: boolean = $derived(!this.connected || this.now - this.heard > STALE_MS);

  /** The members' ids, parties first: their colours follow this order, on every node the same. */
  readonly members: string[] = $derived.by(() => {
    const all = this.me?.members ?? [];
    const parties = all.filter((m) => m.role === "party");
    return [...parties, ...all.filter((m) => m.role !== "party")].map((m) => m.member);
  });

  start(): void {
    this.#tick();
    setInterval(() => this.refresh(["health", "inbox"]), HEALTH_MS);
    $effect.root(() => {
      $effect(() => {
        if (this.me && this.#drawing.misses(shown.at - shown.half, shown.at + shown.half)) this.#feeds.drawn.soon(true);
      });
    });
    this.#open();
    void this.#begin();
  }

  /** Call `listener` for each event as it comes; returns what ends that. */
  listen(listener: (kind: string, data: Record<string, unknown>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ask the node anew for parts, such as after an act of one's own. */
  refresh(parts: readonly Part[] = PARTS): void {
    for (const part of parts) this.#feeds[part].soon();
  }

  #tick(): void {
    this.now = now();
    if (this.#heard > this.heard) this.heard = this.#heard;
    setTimeout(() => this.#tick(), 1000 - (this.now % 1000));
  }

  #feed(take: (unwanted: AbortSignal) => Promise<void>, pause: number, gather: number): Feed {
    const taken = (): void => {
      this.#alive();
      this.#change();
    };
    return new Feed(take, taken, pause, gather);
  }

  async #begin(): Promise<void> {
    for (;;) {
      try {
        const asked = Date.now();
        this.me = await get<Me>("me");
        this.#clock(this.me.as_of.at, asked);
        return;
      } catch (fault) {
        if (!(fault instanceof LineDown)) throw fault;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  /**
   * Listen, and ask for everything once the line is open: what happens from then on is told. A browser resumes by
   * itself after the id that it has last seen; where it gives up, the console does so.
   */
  #open(): void {
    const source = new EventSource(this.#last === "" ? "/api/v1/events" : `/api/v1/events?after=${this.#last}`);
    source.onopen = () => {
      this.connected = true;
      this.#alive();
      this.heard = this.#heard;
      // One node answers one after the other: first what rings and what is drawn.
      // At the start what was asked for already is waited for; after a break what hangs from before it is given up.
      for (const part of FIRST) this.#feeds[part].soon(this.#opened);
      this.#opened = true;
      setTimeout(() => this.refresh(PARTS.filter((part) => !FIRST.includes(part))), FIRST_MS);
    };
    source.onerror = () => {
      this.connected = false;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#open(), RETRY_MS);
    };
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#event(kind, event as MessageEvent<string>));
  }

  #event(kind: string, event: MessageEvent<string>): void {
    this.#alive();
    if (event.lastEventId !== "") this.#last = event.lastEventId;
    let data: Record<string, unknown> = {};
    let parts: readonly Part[] = PARTS;
    try {
      data = JSON.parse(event.data) as Record<string, unknown>;
      parts = kind === "entry" ? concerned(data) : (CONCERNS[kind] ?? PARTS);
    } catch {
      // What cannot be read may have said anything.
    }
    if (kind === "gap" || kind === "reset") this.#drawing.forget();
    for (const listener of this.#listeners) listener(kind, data);
    this.refresh(parts);
    if (parts.length === 0) this.#change();
  }

  #alive(): void {
    this.#heard = now();
    if (this.stale) this.heard = this.now = this.#heard;
  }

  /** Move `changes` at once after a pause, and once for everything that comes soon after. */
  #change(): void {
    if (this.#moving !== 0) return;
    const wait = Math.max(0, this.#moved + CHANGES_MS - performance.now());
    this.#moving = window.setTimeout(() => {
      this.#moving = 0;
      this.#moved = performance.now();
      this.changes += 1;
    }, wait);
  }

  /** Go by the node's clock; a jump is no time in which nothing was heard. */
  #clock(at: string, asked: number): void {
    const before = this.ahead;
    this.ahead = told(at, asked);
    if (this.ahead === before) return;
    this.now = this.#heard = this.heard = now();
    if (shown.follow) shown.at = this.now;
  }

  async #takeHealth(unwanted: AbortSignal): Promise<void> {
    const asked = Date.now();
    this.health = await get<Health>("health", unwanted);
    this.#clock(this.health.as_of.at, asked);
  }

  async #takeDrawn(unwanted: AbortSignal): Promise<void> {
    const found = await this.#drawing.take(shown.at - shown.half, shown.at + shown.half, this.drawn, unwanted);
    this.drawn = found;
    if (found.notices !== this.notices) this.notices = found.notices;
  }

  async #takeConflicts(unwanted: AbortSignal): Promise<void> {
    const found = await get<{ conflicts: Conflict[]; touches: Touch[] }>("conflicts", unwanted);
    this.conflicts = found.conflicts;
    this.conflictsKnown = true;
    this.touches = found.touches;
  }

  async #takeMessages(unwanted: AbortSignal): Promise<void> {
    const path = `messages?count=100&language=${language.code}`;
    this.messages = (await get<{ messages: Message[] }>(path, unwanted)).messages;
  }

  async #takeAlerts(unwanted: AbortSignal): Promise<void> {
    this.alerts = (await get<{ alerts: Alert[] }>("alerts?count=50", unwanted)).alerts;
  }
}

function concerned(entry: Record<string, unknown>): readonly Part[] {
  if (entry["notice"]) return ["drawn", "conflicts", "inbox"];
  return ENTRIES[String(entry["kind"])] ?? PARTS;
}

export const live = new Live();
