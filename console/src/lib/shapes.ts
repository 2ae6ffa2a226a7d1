/** What the node answers, as far as the console reads it. The node's OpenAPI document is the source. */

import type { Sentence } from "./worded";

export interface AsOf {
  at: string;
  engine: string;
  agreement: string;
  logs: Record<string, number>;
}
export interface EntryRef {
  log: string;
  index: number;
  id: string;
}
export interface Saying {
  entry: EntryRef;
  member: string;
  claimed: string;
  positions: string[];
  /** What must be known about the keys that signed it. */
  flags?: { slug: string; text: string }[];
}
export interface Me {
  member: string;
  officer: string;
  position: string;
  channel: string;
  channel_name: string;
  drill: boolean;
  languages: string[];
  members: { member: string; name: string; role: string; positions: string[] }[];
  as_of: AsOf;
  session_ends: string | null;
}
export interface Line {
  member: string;
  name: string;
  role: string;
  state: string;
  since: string | null;
  heard: string | null;
  fault: string;
  refusal: string;
  backlog: Record<string, number>;
  mirror: Record<string, number>;
  delivery: Record<string, number>;
  held: Record<string, number>;
}
export interface Alarm {
  type: string;
  at: string;
  detail: string;
}
export interface Health {
  as_of: AsOf;
  member: string;
  channel: string;
  drill: boolean;
  read_only: string | null;
  alarms: Alarm[];
  lines: Line[];
}
export interface Ref {
  party: string;
  notice: string;
  volume: number;
}
export interface Conflict {
  id: string;
  a: Ref;
  b: Ref;
  lateral_gap_m: number;
  vertical_gap_m: number | null;
  time_gap_s: number;
  start: string;
  end: string;
  position: [number, number];
  minima: { lateral_m: number; vertical_m: number | "any"; time_s: number; source: string };
  /** The sides of which the area alone is told: the gaps are then the least possible. */
  area_only?: ("a" | "b")[];
}
export interface Touch {
  rule: string;
  kind: "zone" | "red_line";
  party: string;
  reference: string;
  revision: number;
  volume: Ref;
  start: string;
  end: string;
  position: [number, number];
}
export interface Suggestion {
  kind: "time" | "height";
  shift_s: number | null;
  shift_m: number | null;
  text: string;
  ground_unchecked: boolean;
}
export interface Rung {
  member: string;
  reached: "sent" | "refused" | "delivered" | "seen" | "read_back" | "passed_on";
  delivered: { at: string; size: number } | null;
  refused: { reason: string; said: Saying } | null;
  seen: Saying | null;
  read_back: { matches: boolean; differences: Difference[]; said: Saying } | null;
  passed_on: { level: string; at: string; said: Saying }[];
  position: { stance: string; reason: string; proposal: NoticeFile | null; said: Saying } | null;
}
export interface Difference {
  volume: number;
  what: string;
  filed: string;
  read: string;
}
export interface NoticeFile {
  type: "FeatureCollection";
  features: Feature[];
}
export interface Feature {
  type: "Feature";
  geometry: { type: string; coordinates: unknown };
  properties: Record<string, string | number>;
}
/** An order to destroy bodies; one that was kept all the same says why. */
export interface Erasure {
  said: Saying;
  reason: string;
  bodies: { entry: string; slot: number; kept_because: string | null }[];
}

export interface Notice {
  party: string;
  notice: string;
  revision: number;
  state: string;
  activity: string;
  nature: string;
  start: string;
  end: string;
  /** When it was dictated over another line, where it was entered after the fact. */
  dictated_at: string | null;
  lateness: { late: boolean; margin_s: number; lead_s: number; short_by_s: number; rule: string; words: string };
  said: Saying;
  audience: string[];
  area_only: string[];
  ladder: Rung[];
  silence: string;
  steps: { step: string; reason: string; until: string | null; said: Saying }[];
  earlier: { revision: number; said: Saying; ladder: Rung[]; notice_file: NoticeFile }[];
  conflicts: string[];
  touches: Touch[];
  notice_file: NoticeFile;
}
export interface Escalation {
  rung: "alternate" | "chief" | "host" | "flag";
  silent: string;
  reached: string;
  due: string;
  delay_s: number;
  said: Saying;
}
export interface SaidPhrase {
  code: string;
  shown: string;
  language: string;
  direction: "ltr" | "rtl";
  text: string | null;
  plain: string;
  state: string;
  slots: { name: string; value: string }[];
  why: string | null;
}
export interface Message {
  said: Saying;
  to: string[];
  precedence: string;
  language: string;
  text: string;
  about: string | null;
  thread: string;
  cancels: string | null;
  cancelled: Saying | null;
  ahead_of_log: boolean;
  dictated_at: string | null;
  delivered: Record<string, string | null>;
  seen: Saying[];
  escalations: Escalation[];
  words?: {
    language: string;
    phrases: SaidPhrase[];
    translations: { language: string; direction: "ltr" | "rtl"; text: string; state: string; said: Saying }[];
    read_backs: { member: string; matches: boolean; differences: { phrase: number; what: string; said: string; read: string }[]; said: Saying }[];
  };
}
export interface Alert {
  said: Saying;
  sort: string;
  to: string[];
  position: [number, number] | null;
  place: string | null;
  unit: string | null;
  text: string | null;
  language: string;
  at: string | null;
  cancelled: Saying | null;
  ahead_of_log: boolean;
  ringing: boolean;
  seen: Saying[];
  answers: { answer: string; text: string; said: Saying }[];
  escalations: Escalation[];
}
export interface Due {
  key: string;
  sort: string;
  of: string;
  owes: string;
  position: string;
  to: string;
  due: string;
  overdue: boolean;
  overdue_s: number;
  urgent: boolean;
  about: string[];
  text: string;
  sentence: Sentence | null;
  /** The notice that it is about, wherever it lies in time. */
  notice: { activity: string; start: string; end: string } | null;
}
export interface Inbox {
  as_of: AsOf;
  positions: string[];
  overdue: number;
  total: number;
  silence: string;
  ringing: Alert[];
  waiting: Due[];
  envelopes: { of: string; urgency: string; from: string; silent: string; sent: string; due: string; text: string; called: Saying | null; said: Saying }[];
}
export interface Phrase {
  code: string;
  shown: string;
  group: string;
  slots: { name: string; type: "time" | "place" | "height" | "reference" | "count" }[];
  text: string;
  state: string;
  texts: Record<string, string>;
}
export interface PhraseBook {
  book: { version: number; hash: string };
  doubt: string | null;
  direction: "ltr" | "rtl";
  groups: { digit: string; name: string }[];
  phrases: Phrase[];
}
export interface DrawnVolume {
  number: number;
  /** Polygons of rings, the outer ring of each first, then its holes. */
  polygons: [number, number][][][];
  lower: string;
  upper: string;
  start: string;
  end: string;
}
export interface DrawnNotice {
  party: string;
  notice: string;
  revision: number;
  activity: string;
  nature: string;
  state: string;
  conflicts: string[];
  volumes: DrawnVolume[];
  /** Of this notice only the area was told: its volumes are coarse, its activity is not known here. */
  area_only: boolean;
}
export interface DrawnArea {
  party: string;
  reference: string;
  sort: string;
  title: string;
  volumes: DrawnVolume[];
}
export interface Drawn {
  as_of: AsOf;
  notices: ShownNotice[];
  areas: DrawnArea[];
}
/** A notice as the console keeps it: with its name in one word, and when it is in force in milliseconds. */
export interface ShownNotice extends DrawnNotice {
  key: string;
  from: number;
  to: number;
}
/** What the node answers of what is drawn: all of a window, or only what has changed since a mark. */
export interface DrawnAnswer {
  as_of: AsOf;
  mark: string;
  whole: boolean;
  notices: DrawnNotice[];
  gone: [string, string][];
  areas: DrawnArea[] | null;
}
export interface Checked {
  conflicts: Conflict[];
  touches: Touch[];
  suggestions: Suggestion[];
  as_of: AsOf;
}
/** A volume of a zone, an enquiry or an attribution; `radius_m` is the distance round a point or a line. */
export interface Scope {
  geometry: Feature["geometry"];
  radius_m?: number;
  lower: string;
  upper: string;
  start: string;
  end: string;
}
export interface Area {
  party: string;
  reference: string;
  sort: string;
  revision: number;
  title: string;
  text: string;
  activities: string[];
  withdrawn: Saying | null;
  said: Saying;
  volumes: Scope[];
}
/** An act that two officers must sign, signed by one: no entry yet. */
export interface Waiting {
  id: string;
  kind: string;
  words: string[];
  sentences: (Sentence | null)[];
  signed: { officer: string; position: string }[];
  lacking: string;
  lacks: "" | "two" | "releasing";
  expires: string;
}
export interface Terms {
  title: string;
  separation: { a: string[]; b: string[]; lateral_cm: number; vertical_cm: number | "any"; time_ms: number; source: string }[];
  deadlines: Record<string, number>;
  languages: string[];
}
export interface MemberKey {
  member: string;
  role: string;
  key: string;
  position: string;
  releasing: boolean;
  since: string;
  until: string;
  state: string;
  ended: { event: string; log: string; index: number; at: string; last_good: Record<string, number>; reason: string }[];
}
