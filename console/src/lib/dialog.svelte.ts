import { tick } from "svelte";
import { wake } from "./bell.svelte";

/**
 * The console's dialog. It is never modal in the browser's sense: a modal dialog makes everything else inert and unheard,
 * what rings too, and no popover of the top layer is exempt from that. Instead the views and their tabs are inert while
 * it stands (`App.svelte`), and the bar at the top and what rings are not; see docs/adr/0017.
 */
export const dialog = $state({ open: false });
let back: Element | null = null;

/** Bring the dialog up, by an act of the officer. */
export function raise(): void {
  wake();
  if (!dialog.open) back = document.activeElement;
  dialog.open = true;
}

/** Put the dialog away and stand again where one stood before it. What was typed in it stays. */
export async function shut(): Promise<void> {
  dialog.open = false;
  await tick();
  if (back instanceof HTMLElement) back.focus({ preventScroll: true });
}
