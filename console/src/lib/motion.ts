import type { Map } from "maplibre-gl";

/** A frame that takes longer is felt as a stumble: 12 of these in a second. */
const SLOW_MS = 80;
/** A machine that draws this fast again is asked for more at its next movement. */
const FAST_MS = 30;
/** Frames that are looked at before what is drawn in movement is changed: one slow frame is chance. */
const FRAMES = 3;
/** How long the map has rested when it is drawn in full again: two strokes of a hand are one movement. */
const REST_MS = 220;
/** The part of the picture points, in each direction, that is drawn while a slow machine moves the map. */
export const COARSE = 0.4;
/** The first picture is drawn coarsely until everything is there, but no longer than this. */
const FIRST_MS = 4_000;
/** Between two pictures of what is not there in whole. */
const BETWEEN_MS = 300;

/** At rest a picture that took so long to draw is followed by a rest so many times as long: the page has to answer too. */
const FELT_MS = 40;
const PAUSES = 3;
/** There, what is drawn at rest waits so long in any case: tables and alarms are shown first, and what comes together is drawn together. */
const SETTLE_MS = 120;
/** How long after its place has changed the map is drawn in its new size: what took the place is shown first. */
const RESIZE_MS = 150;

/** How much is left out in movement: nothing, five of six picture points, or edges and half of the labels' work as well. */
export type Haste = 0 | 1 | 2;

/**
 * Draws a map more coarsely while it moves, as far as the machine needs it, and in full when it rests. Without a
 * graphics processor a full picture takes a tenth of a second and more, and a map that stumbles cannot be followed. At
 * rest it draws seldom enough there that an alarm never waits behind a row of pictures.
 */
export class Motion {
  #needed: Haste = 0;
  /** A map is made coarse: until all is there it draws a picture for each part that comes. */
  #drawn: Haste = 1;
  #timer = 0;
  #last = 0;
  #slow = 0;
  #fast = 0;
  #changing = false;
  /** Until then no picture is drawn at rest, and what draws the next one. */
  #free = 0;
  #at = 0;
  #took = 0;
  #later = 0;
  #begun = false;
  #sized: ResizeObserver;
  #sizing = 0;

  constructor(
    readonly map: Map,
    /** Draw `map` with so much left out; the number of picture points is changed here. */
    readonly draw: (haste: Haste) => void,
    /** The most that is worth leaving out: where little is drawn, edges cost little. */
    readonly most: () => Haste,
  ) {
    map.on("movestart", () => this.#begins());
    map.on("moveend", () => this.#ends());
    map.on("render", () => this.#rendered());
    this.#timer = window.setTimeout(() => this.#rest(), FIRST_MS);
    map.once("load", () => {
      this.#begun = true;
      // The coarse picture is shown first.
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#rest(), REST_MS);
    });
    this.#pace();
    this.#sized = new ResizeObserver(() => {
      clearTimeout(this.#sizing);
      this.#sizing = window.setTimeout(() => this.#resize(), RESIZE_MS);
    });
    this.#sized.observe(map.getContainer());
  }

  stop(): void {
    for (const timer of [this.#timer, this.#later, this.#sizing]) clearTimeout(timer);
    this.#sized.disconnect();
  }

  #pace(): void {
    const repaint = this.map.triggerRepaint.bind(this.map);
    this.map.triggerRepaint = (): void => {
      const wait = this.#wait();
      if (wait <= 0) {
        clearTimeout(this.#later);
        this.#later = 0;
        return repaint();
      }
      if (this.#later === 0)
        this.#later = window.setTimeout(() => {
          this.#later = 0;
          repaint();
        }, wait);
    };
  }

  /** Return how long the next picture has to wait. */
  #wait(): number {
    const now = performance.now();
    // The first picture is drawn when all of it is there, and seldom before: each part that comes would draw all others again.
    if (!this.#begun) return this.map.areTilesLoaded() ? 0 : this.#at + BETWEEN_MS - now;
    if (this.#timer !== 0) return 0;
    return Math.max(this.#free - now, this.#took > FELT_MS ? SETTLE_MS : 0);
  }

  #resize(): void {
    const { width, height } = this.map.getContainer().getBoundingClientRect();
    const canvas = this.map.getCanvas().style;
    if (width === 0 || height === 0) return;
    if (Math.abs(Number.parseFloat(canvas.width) - width) < 1 && Math.abs(Number.parseFloat(canvas.height) - height) < 1) return;
    this.#changing = true;
    try {
      this.map.resize();
      this.map.redraw();
    } finally {
      this.#changing = false;
    }
  }

  #begins(): void {
    if (this.#changing) return;
    if (this.#timer === 0) this.#last = 0;
    clearTimeout(this.#timer);
    this.#timer = -1;
    // What a whole picture took tells beforehand what a movement will need.
    if (this.#needed === 0 && this.#took > SLOW_MS) this.#needed = this.#took > 2 * SLOW_MS ? 2 : 1;
    this.#put(Math.min(this.#needed, this.most()) as Haste);
  }

  #ends(): void {
    if (this.#changing) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#rest(), REST_MS);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#put(0);
  }

  #rendered(): void {
    const now = (this.#at = performance.now());
    // The picture is handed over after the frame's work, which waits for it where it is drawn without a processor for it.
    setTimeout(() => this.#drew(performance.now() - now));
    if (this.#timer === 0 || this.#changing) return;
    const took = now - this.#last;
    const first = this.#last === 0;
    this.#last = now;
    // What lies longer ago than a rest is no frame of this movement.
    if (first || took > 4 * REST_MS) return;
    this.#slow = took > SLOW_MS ? this.#slow + 1 : 0;
    this.#fast = took < FAST_MS ? this.#fast + 1 : 0;
    if (this.#slow >= FRAMES && this.#needed < this.most()) this.#need((this.#needed + 1) as Haste);
    // Only at the next movement: a picture that becomes finer and coarser in one stroke flickers.
    else if (this.#fast >= 20 * FRAMES && this.#needed > 0) this.#needed = (this.#needed - 1) as Haste;
    else return;
    this.#slow = this.#fast = 0;
  }

  #drew(took: number): void {
    if (this.#drawn === 0) this.#took = took;
    if (took > FELT_MS) this.#free = performance.now() + PAUSES * Math.min(took, 4 * REST_MS);
  }

  #need(haste: Haste): void {
    this.#needed = haste;
    setTimeout(() => this.#timer !== 0 && this.#put(haste));
  }

  #put(haste: Haste): void {
    if (haste === this.#drawn) return;
    const coarse = haste > 0 !== this.#drawn > 0;
    this.#drawn = haste;
    this.#changing = true;
    try {
      this.draw(haste);
      if (coarse) {
        // A canvas of another size is empty until it is drawn: at once, or it would flash.
        this.map.setPixelRatio(window.devicePixelRatio * (haste > 0 ? COARSE : 1));
        this.map.redraw();
      }
    } finally {
      this.#changing = false;
    }
  }
}
