/** What is selected: in the map, the lists, the timeline, the profile and the threads at once. */
export interface Selection {
  party: string;
  notice: string;
  conflict: string;
  /** The reference of a zone or a red line of `party`. */
  area: string;
}

const NOTHING: Selection = { party: "", notice: "", conflict: "", area: "" };
export const selection = $state<Selection>({ ...NOTHING });

export function selectNotice(party: string, notice: string): void {
  Object.assign(selection, { ...NOTHING, party, notice });
}

export function selectConflict(id: string): void {
  Object.assign(selection, { ...NOTHING, conflict: id });
}

export function selectArea(party: string, area: string): void {
  Object.assign(selection, { ...NOTHING, party, area });
}

export function selectNothing(): void {
  Object.assign(selection, NOTHING);
}

/** What the chart marks and measures: a place that was searched for, and the points of a measured line. */
export const marked = $state<{ at: [number, number] | null; measuring: boolean; points: [number, number][] }>({ at: null, measuring: false, points: [] });

/** What the hotline begins with when it is opened from elsewhere: a thread to write in, whom to, what about. */
export const compose = $state({ thread: "", to: "", about: "" });

/** Open the hotline at a thread, such as that of a conflict. */
export function writeAbout(thread: string, to = ""): void {
  Object.assign(compose, { thread, to, about: "" });
  location.hash = "hotline";
}

/** The window of time that is drawn. `at` is its middle, `follow` keeps it at the present. */
export const shown = $state({ at: Date.now(), half: 12 * 3_600_000, follow: true });

export const HALVES: readonly number[] = [0.5, 2, 6, 12, 36].map((h) => h * 3_600_000);
