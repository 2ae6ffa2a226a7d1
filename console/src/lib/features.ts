import type { Feature, FeatureCollection } from "geojson";
import { ms } from "./drawn";
import { between } from "./geodesy";
import { word } from "./i18n.svelte";
import type { BesideVolume } from "./beside.svelte";
import { named } from "./notice";
import type { Conflict, DrawnArea, DrawnVolume, ShownNotice } from "./shapes";

/** What the map draws of one notice, made once for each version and language. */
interface Made {
  language: string;
  volumes: Feature[];
  label: Feature;
  at: [number, number];
}

/** Labels drawn at one time: more than these no eye reads, and placing them costs more than all else on the map. */
const LABELS_MAX = 120;
/** Beyond this part of what is drawn a change is drawn anew as a whole. */
const CHANGED_MAX = 0.5;

const made = new WeakMap<ShownNotice, Made>();

function of(notice: ShownNotice, language: string): Made {
  const held = made.get(notice);
  if (held && held.language === language) return held;
  const about = {
    key: notice.key,
    party: notice.party,
    notice: notice.notice,
    order: notice.conflicts.length > 0 ? 0 : 1,
    told: notice.area_only ? "area" : "whole",
    label: `${named(notice)}\n${notice.area_only ? word("sees", "area_only") : word("activity", notice.activity)}`,
  };
  const volumes = notice.volumes.map((volume): Feature => ({
    type: "Feature",
    properties: { ...about, id: `${notice.key} ${volume.number}`, start: ms(volume.start), end: ms(volume.end) },
    geometry: { type: "MultiPolygon", coordinates: volume.polygons },
  }));
  const at = notice.volumes[0] ? middle(notice.volumes[0]) : ([0, 0] as [number, number]);
  const fresh: Made = { language, volumes, at, label: { type: "Feature", properties: about, geometry: { type: "Point", coordinates: at } } };
  made.set(notice, fresh);
  return fresh;
}

/** What has to be told to a source of the map so that it draws other features. */
export interface Difference {
  removeAll?: boolean;
  remove?: string[];
  add?: Feature[];
}

/** The volumes that a map draws: it is told only which came and which went. */
export class VolumesDrawn {
  #drawn = new Map<string, Feature>();

  /** How many are drawn. */
  get count(): number {
    return this.#drawn.size;
  }

  /** Everything that is drawn. */
  get whole(): FeatureCollection {
    return { type: "FeatureCollection", features: [...this.#drawn.values()] };
  }

  /** Return the difference to what was drawn before; nothing where there is none. */
  next(notices: readonly ShownNotice[], from: number, to: number, language: string): Difference | null {
    const drawn = new Map<string, Feature>();
    for (const notice of notices)
      for (const volume of of(notice, language).volumes)
        if (volume.properties?.["start"] <= to && volume.properties?.["end"] >= from) drawn.set(volume.properties?.["id"], volume);
    const before = this.#drawn;
    this.#drawn = drawn;
    const add = [...drawn].filter(([id, volume]) => before.get(id) !== volume).map(([, volume]) => volume);
    const remove = [...before].filter(([id, volume]) => drawn.get(id) !== volume).map(([id]) => id);
    if (add.length + remove.length === 0) return null;
    if (add.length + remove.length > CHANGED_MAX * drawn.size) return { removeAll: true, add: [...drawn.values()] };
    return { remove, add };
  }
}

/** Return the labels of what lies in view, those in conflict first, and no more than can be read. */
export function labels(notices: readonly ShownNotice[], sees: (at: [number, number]) => boolean, language: string): FeatureCollection {
  const features: Feature[] = [];
  for (const notice of notices) {
    const { at, label } = of(notice, language);
    if (sees(at)) features.push(label);
    if (features.length === LABELS_MAX) break;
  }
  return { type: "FeatureCollection", features };
}

/** Return the zones and red lines. */
export function areaFeatures(areas: readonly DrawnArea[]): FeatureCollection {
  const features = areas.flatMap((area) =>
    area.volumes.map((volume): Feature => ({
      type: "Feature",
      properties: {
        key: `${area.party} ${area.reference}`,
        party: area.party,
        reference: area.reference,
        sort: area.sort,
        start: ms(volume.start),
        end: ms(volume.end),
        label: named(area),
      },
      geometry: { type: "MultiPolygon", coordinates: volume.polygons },
    })),
  );
  return { type: "FeatureCollection", features };
}

/** Return the volumes of a proposal. */
export function besideFeatures(volumes: readonly BesideVolume[]): FeatureCollection {
  const features = volumes.map((v): Feature => ({ type: "Feature", properties: { number: v.number }, geometry: { type: "MultiPolygon", coordinates: v.polygons } }));
  return { type: "FeatureCollection", features };
}

/** Return the places of conflicts. */
export function conflictFeatures(conflicts: readonly Conflict[], chosen: string): FeatureCollection {
  const features = conflicts.map((c): Feature => ({
    type: "Feature",
    properties: { id: c.id, start: ms(c.start), end: ms(c.end), selected: c.id === chosen },
    geometry: { type: "Point", coordinates: c.position },
  }));
  return { type: "FeatureCollection", features };
}

function middle(volume: DrawnVolume): [number, number] {
  const ring = volume.polygons[0]?.[0] ?? [];
  const lons = ring.map((p) => p[0]);
  const lats = ring.map((p) => p[1]);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

/** Return what was searched for, and the points and legs of a measured line. */
export function markFeatures(at: [number, number] | null, points: readonly [number, number][]): FeatureCollection {
  const point = (place: [number, number], searched: boolean): Feature => ({ type: "Feature", properties: { searched }, geometry: { type: "Point", coordinates: place } });
  const legs = points.slice(1).flatMap((to, n) => between(points[n] ?? to, to));
  const line: Feature[] = legs.length > 0 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: legs } }] : [];
  return { type: "FeatureCollection", features: [...(at ? [point(at, true)] : []), ...points.map((p) => point([...p], false)), ...line] };
}
