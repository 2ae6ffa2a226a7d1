/** Sounds that ring for people: each has a text and a light beside it, so none of them is needed to understand. */

export type Bell = "stop_fire" | "alert" | "flash" | "overdue";

const PATTERNS: Record<Bell, readonly (readonly [hz: number, ms: number])[]> = {
  stop_fire: [[980, 160], [0, 60], [980, 160], [0, 60], [980, 160], [0, 60], [660, 420]],
  alert: [[880, 220], [0, 90], [880, 220]],
  flash: [[740, 180], [0, 80], [988, 180]],
  overdue: [[520, 140], [0, 120], [520, 140]],
};
const LOUDNESS = 0.22;
const KEPT = "clearline-sound";

let context: AudioContext | null = null;

/** Whether this browser may sound yet: a browser keeps silent until somebody has acted on the page. */
export const sound = $state({ on: localStorage.getItem(KEPT) !== "off", ready: false });

/** Let the browser sound from now on; to be called from within an act of the officer. */
export function wake(): void {
  context ??= new AudioContext();
  void context.resume().then(() => {
    sound.ready = context?.state === "running";
  });
}

/** Switch sounds on or off. A stop-fire sounds all the same: it cannot be muted. */
export function mute(on: boolean): void {
  sound.on = on;
  localStorage.setItem(KEPT, on ? "on" : "off");
}

/** Ring once. */
export function ring(bell: Bell): void {
  if (context === null || context.state !== "running" || (!sound.on && bell !== "stop_fire")) return;
  let at = context.currentTime;
  for (const [hz, ms] of PATTERNS[bell]) {
    if (hz > 0) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.frequency.value = hz;
      level.gain.value = LOUDNESS;
      tone.connect(level).connect(context.destination);
      tone.start(at);
      tone.stop(at + ms / 1000);
    }
    at += ms / 1000;
  }
}
