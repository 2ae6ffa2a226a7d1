/**
 * What an officer presses or stands on stays what is meant, while lists move under the hand: events come in at any
 * moment, and a row may be another one between a press and its release.
 */

const PRESSED = "button, a, summary, tr[tabindex]";
/** Farther than this between press and release is no click but a drag. */
const STILL_PX = 8;

/** Give a click to what was pressed where it has moved away before the release; the browser would give it to nothing. */
function pressedStays(): void {
  let pressed: HTMLElement | null = null;
  let from: [number, number] = [0, 0];
  document.addEventListener("pointerdown", (event) => {
    const at = event.button === 0 && event.isPrimary && event.target instanceof Element ? event.target : null;
    pressed = at?.closest<HTMLElement>(PRESSED) ?? null;
    from = [event.clientX, event.clientY];
  }, true);
  document.addEventListener("pointerup", (event) => {
    const meant = pressed;
    pressed = null;
    if (!meant?.isConnected || !(event.target instanceof Node) || meant.contains(event.target)) return;
    if (Math.hypot(event.clientX - from[0], event.clientY - from[1]) <= STILL_PX) meant.click();
  }, true);
}

/** Give the focus back to what had it where its row was moved, or was disabled for the time of an act. */
function focusStays(): void {
  let held: HTMLElement | null = null;
  document.addEventListener("focusin", (event) => (held = event.target instanceof HTMLElement ? event.target : null));
  document.addEventListener("pointerdown", () => (held = null), true);
  new MutationObserver(() => {
    if (held?.isConnected && document.activeElement === document.body && document.hasFocus()) held.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}

export function keepSteady(): void {
  pressedStays();
  focusStays();
}
