import type { FeatureCollection } from "geojson";
import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { base } from "./style";
import { colour, memberToken } from "./theme.svelte";

const FONT = ["Noto Sans"];
/** Picture points by which a drawn outline may be off, and where very many are drawn at once: still less than its width. */
const OFF_PX = 0.375;
const CROWDED_OFF_PX = 1;
/** Units of a tile for each of its picture points. */
const UNITS_PER_PX = 16;
/** So many volumes in the window of time are a crowd. */
export const CROWD = 1_500;

/** What the chart draws over the base map. */
export type Own = "areas" | "beside" | "volumes" | "labels" | "conflicts" | "marks";
export type Data = Record<Own, FeatureCollection>;

export const NONE: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Return the tolerance of outlines in units of a tile, as the map's workers take it. */
export const toleranceOf = (crowded: boolean): number => (crowded ? CROWDED_OFF_PX : OFF_PX) * UNITS_PER_PX;

/** Of a crowd edges are drawn from this zoom on: on the whole theatre they are all that would be seen, and half of the work. */
export const CROWD_EDGES_ZOOM = 6.5;

/** How strongly volumes are filled: more while they are drawn without their edges. */
export const FILLED = 0.16;
export const FILLED_ALONE = 0.34;

/** Return the whole style: the base map and what is drawn over it, so that the map tiles and draws everything at once. */
export function styleOf(
  language: string,
  chart: FeatureCollection,
  members: readonly string[],
  data: Data,
  filters: Filters,
  crowded: boolean,
): StyleSpecification {
  const below = base(language, chart);
  const sources = Object.fromEntries(
    Object.entries(data).map(([id, drawn]): [string, SourceSpecification] => [
      id,
      { type: "geojson", data: drawn, ...(id === "volumes" ? { promoteId: "id", tolerance: crowded ? CROWDED_OFF_PX : OFF_PX } : {}) },
    ]),
  );
  return { ...below, sources: { ...below.sources, ...sources }, layers: [...below.layers, ...layers(members).map((each) => filtered(each, filters))] };
}

/** What each layer draws of its source. */
export type Filters = Record<string, FilterSpecification>;

const filtered = (layer: LayerSpecification, filters: Filters): LayerSpecification => {
  const filter = filters[layer.id];
  return filter === undefined ? layer : ({ ...layer, filter } as LayerSpecification);
};

/** Return what is drawn of areas and conflicts, those in the window of time, and what is drawn as selected. */
export function filtersOf(from: number, to: number, chosen: Iterable<string>, area: string): Filters {
  const within = [["<=", ["get", "start"], to], [">=", ["get", "end"], from]];
  const all = (...more: unknown[]): FilterSpecification => ["all", ...within, ...more] as unknown as FilterSpecification;
  return {
    ...Object.fromEntries(["areas-fill", "area-names", "conflicts", "conflict-marks"].map((layer) => [layer, all()])),
    areas: all(["==", ["get", "sort"], "zone"]),
    "red-lines": all(["==", ["get", "sort"], "red_line"]),
    "area-selected": all(["==", ["get", "key"], area]),
    selected: ["in", ["get", "key"], ["literal", [...chosen]]] as unknown as FilterSpecification,
  };
}

/** The colour of each member, as the map's expressions say it. */
function partyColour(members: readonly string[]): string {
  const cases = members.flatMap((m) => [m, colour(memberToken(m, members))]);
  const found = cases.length === 0 ? ["literal", colour("ink")] : ["match", ["get", "party"], ...cases, colour("ink")];
  return found as unknown as string;
}

function layers(members: readonly string[]): LayerSpecification[] {
  const mine = partyColour(members);
  return [
    // A zone is dotted, a red line is dashed and twice as wide: shape before colour, and red is for alarms alone.
    { id: "areas-fill", type: "fill", source: "areas", paint: { "fill-color": mine, "fill-opacity": 0.05, "fill-antialias": false } },
    { id: "areas", type: "line", source: "areas", filter: ["==", ["get", "sort"], "zone"], paint: { "line-color": mine, "line-width": 1.6, "line-dasharray": [1, 2] } },
    { id: "red-lines", type: "line", source: "areas", filter: ["==", ["get", "sort"], "red_line"], paint: { "line-color": mine, "line-width": 3.2, "line-dasharray": [4, 1.5, 1, 1.5] } },
    { id: "told", type: "fill", source: "volumes", filter: ["==", ["get", "told"], "area"], paint: { "fill-pattern": "hatch", "fill-antialias": false } },
    { id: "volumes", type: "fill", source: "volumes", filter: ["==", ["get", "told"], "whole"], paint: { "fill-color": mine, "fill-opacity": FILLED, "fill-antialias": false } },
    { id: "edges", type: "line", source: "volumes", filter: ["==", ["get", "told"], "whole"], paint: { "line-color": mine, "line-width": 1.8 } },
    { id: "told-edges", type: "line", source: "volumes", filter: ["==", ["get", "told"], "area"], paint: { "line-color": mine, "line-width": 2.2, "line-dasharray": [3, 2] } },
    { id: "area-selected", type: "line", source: "areas", filter: ["==", ["get", "key"], ""], paint: { "line-color": colour("focus"), "line-width": 4 } },
    { id: "selected", type: "line", source: "volumes", filter: ["==", ["get", "key"], ""], paint: { "line-color": colour("focus"), "line-width": 4 } },
    // A proposal lies beside what stands: wide dashes of the pointing colour, its name along the edge.
    { id: "beside", type: "line", source: "beside", paint: { "line-color": colour("ink"), "line-width": 3, "line-dasharray": [1.5, 1.5] } },
    {
      id: "area-names",
      type: "symbol",
      source: "areas",
      layout: { "symbol-placement": "line", "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1] },
      paint: { "text-color": colour("ink"), "text-halo-color": colour("sunk"), "text-halo-width": 1.5 },
    },
    {
      id: "labels",
      type: "symbol",
      source: "labels",
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 12,
        "text-variable-anchor": ["top", "bottom", "left", "right", "top-left", "bottom-right"],
        "text-radial-offset": 1.4,
        "text-padding": 3,
        "symbol-sort-key": ["get", "order"],
      },
      paint: { "text-color": colour("ink"), "text-halo-color": colour("sunk"), "text-halo-width": 2 },
    },
    // What lies above is placed first: names give way to the marks of conflicts, and names of areas to those of notices.
    {
      id: "conflicts",
      type: "circle",
      source: "conflicts",
      paint: {
        "circle-radius": ["case", ["get", "selected"], 13, 9],
        "circle-color": colour("alarm-ground"),
        "circle-stroke-color": colour("alarm"),
        "circle-stroke-width": 3,
      },
    },
    {
      id: "conflict-marks",
      type: "symbol",
      source: "conflicts",
      layout: { "text-field": "!", "text-font": FONT, "text-size": 15, "text-allow-overlap": true, "text-padding": 5 },
      paint: { "text-color": colour("alarm") },
    },
    { id: "measured", type: "line", source: "marks", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": colour("focus"), "line-width": 2.5, "line-dasharray": [2, 1] } },
    {
      id: "marks",
      type: "circle",
      source: "marks",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": ["case", ["get", "searched"], 12, 4.5], "circle-color": "transparent", "circle-stroke-color": colour("focus"), "circle-stroke-width": 3 },
    },
  ];
}

/** Return the hatch of what is told as area only. */
export function hatch(): ImageData {
  const size = 12;
  const drawn = new ImageData(size, size);
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour("quiet").slice(at, at + 2), 16)) as [number, number, number];
  for (let n = 0; n < size * size; n++) {
    const on = ((n % size) + Math.floor(n / size)) % size < 2;
    drawn.data.set([r, g, b, on ? 150 : 0], 4 * n);
  }
  return drawn;
}
