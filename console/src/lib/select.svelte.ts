/** What is selected: in the map, the lists, the timeline, the profile and the threads at once. */
export interface Selection {
  party: string;
  notice: string;
  conflict: string;
}

export const selection = $state<Selection>({ party: "", notice: "", conflict: "" });

export function selectNotice(party: string, notice: string): void {
  Object.assign(selection, { party, notice, conflict: "" });
}

export function selectConflict(id: string): void {
  Object.assign(selection, { party: "", notice: "", conflict: id });
}

export function selectNothing(): void {
  Object.assign(selection, { party: "", notice: "", conflict: "" });
}

/** The window of time that is drawn. `at` is its middle, `follow` keeps it at the present. */
export const shown = $state({ at: Date.now(), half: 12 * 3_600_000, follow: true });

export const HALVES: readonly number[] = [0.5, 2, 6, 12, 36].map((h) => h * 3_600_000);
