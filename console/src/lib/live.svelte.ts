import { get, LineDown } from "./api";
import { language } from "./i18n.svelte";
import type { Alert, Conflict, Drawn, Health, Inbox, Me, Message, Touch } from "./shapes";

const STALE_MS = 20_000;
const RETRY_MS = 2_000;
/** How long after the first of several events the console asks: long enough to ask once for a burst. */
const GATHER_MS = 25;
const HEALTH_MS = 10_000;

type Part = "drawn" | "conflicts" | "messages" | "health" | "inbox" | "alerts";
const PARTS: readonly Part[] = ["drawn", "conflicts", "messages", "health", "inbox", "alerts"];

/** What an event makes old. An event that is not listed makes everything old. */
const CONCERNS: Record<string, readonly Part[]> = {
  conflict: ["conflicts", "drawn"],
  delivered: [],
  alarm: ["health"],
  alert: ["inbox", "alerts"],
  overdue: ["inbox"],
  escalated: ["inbox", "alerts", "messages"],
};

/** What the node holds, as this console last heard it, and whether it still hears. */
class Live {
  me = $state<Me | null>(null);
  drawn = $state.raw<Drawn | null>(null);
  conflicts = $state.raw<Conflict[]>([]);
  touches = $state.raw<Touch[]>([]);
  messages = $state.raw<Message[]>([]);
  inbox = $state.raw<Inbox | null>(null);
  alerts = $state.raw<Alert[]>([]);
  health = $state.raw<Health | null>(null);
  /** When anything of the node was last heard, by this machine's clock. */
  heard = $state(0);
  connected = $state(false);
  now = $state(Date.now());
  /** Counts what was taken in: views that fetch details of their own ask again when it moves. */
  changes = $state(0);

  #old = new Set<Part>();
  #gathering = 0;
  #busy = false;
  #source: EventSource | null = null;
  #listeners = new Set<(kind: string, data: Record<string, unknown>) => void>();

  /** The node's line is down or silent for too long: what is shown is as old as it says. */
  get stale(): boolean {
    return !this.connected || this.now - this.heard > STALE_MS;
  }

  /** The members' ids, parties first: their colours follow this order, on every node the same. */
  get members(): string[] {
    const all = this.me?.members ?? [];
    const parties = all.filter((m) => m.role === "party");
    return [...parties, ...all.filter((m) => m.role !== "party")].map((m) => m.member);
  }

  start(): void {
    setInterval(() => {
      this.now = Date.now();
    }, 250);
    setInterval(() => this.#soon(["health", "inbox"]), HEALTH_MS);
    void this.#begin();
  }

  /** Call `listener` for each event as it comes; returns what ends that. */
  listen(listener: (kind: string, data: Record<string, unknown>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ask the node anew for parts, such as after an act of one's own. */
  refresh(parts: readonly Part[] = PARTS): void {
    this.#soon(parts);
  }

  async #begin(): Promise<void> {
    for (;;) {
      try {
        this.me = await get<Me>("me");
        break;
      } catch (fault) {
        if (!(fault instanceof LineDown)) throw fault;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    this.#open();
    this.#soon(PARTS);
  }

  /** Listen; a browser resumes by itself after the id that it has last seen. */
  #open(): void {
    const source = new EventSource("/api/v1/events");
    this.#source = source;
    source.onopen = () => {
      this.connected = true;
      this.#alive();
      this.#soon(PARTS);
    };
    source.onerror = () => {
      this.connected = false;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#open(), RETRY_MS);
    };
    for (const kind of ["entry", "conflict", "delivered", "alarm", "body", "alert", "overdue", "escalated", "line", "gap", "reset"])
      source.addEventListener(kind, (event) => this.#event(kind, event as MessageEvent<string>));
  }

  #event(kind: string, event: MessageEvent<string>): void {
    this.#alive();
    let data: Record<string, unknown> = {};
    try {
      data = JSON.parse(event.data) as Record<string, unknown>;
    } catch {
      this.#soon(PARTS);
    }
    for (const listener of this.#listeners) listener(kind, data);
    if (kind === "entry" && data["kind"] === "message") this.#soon(["messages", "inbox"]);
    else this.#soon(CONCERNS[kind] ?? PARTS);
  }

  #alive(): void {
    this.heard = this.now = Date.now();
  }

  #soon(parts: readonly Part[]): void {
    for (const part of parts) this.#old.add(part);
    if (this.#gathering === 0 && this.#old.size > 0)
      this.#gathering = window.setTimeout(() => {
        this.#gathering = 0;
        void this.#fetch();
      }, GATHER_MS);
  }

  async #fetch(): Promise<void> {
    if (this.#busy) {
      this.#soon([]);
      return;
    }
    this.#busy = true;
    const parts = [...this.#old];
    this.#old.clear();
    try {
      await Promise.all(parts.map((part) => this.#take(part)));
      this.#alive();
      this.changes += 1;
    } catch (fault) {
      for (const part of parts) this.#old.add(part);
      if (!(fault instanceof LineDown)) throw fault;
      setTimeout(() => this.#soon(parts), RETRY_MS);
    } finally {
      this.#busy = false;
      if (this.#old.size > 0) this.#soon([]);
    }
  }

  async #take(part: Part): Promise<void> {
    switch (part) {
      case "drawn":
        this.drawn = await get<Drawn>("drawn");
        break;
      case "conflicts": {
        const found = await get<{ conflicts: Conflict[]; touches: Touch[] }>("conflicts");
        this.conflicts = found.conflicts;
        this.touches = found.touches;
        break;
      }
      case "messages":
        this.messages = (await get<{ messages: Message[] }>(`messages?count=100&language=${language.code}`)).messages;
        break;
      case "inbox":
        this.inbox = await get<Inbox>("inbox");
        break;
      case "alerts":
        this.alerts = (await get<{ alerts: Alert[] }>("alerts?count=50")).alerts;
        break;
      case "health":
        this.health = await get<Health>("health");
        break;
    }
  }
}

export const live = new Live();
