import type { ExpressionFilterSpecification, StyleSpecification } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import type { Kind } from "./basemap";
import { colour } from "./theme.svelte";

const FONT = ["Noto Sans"];
const of = (kind: Kind): ExpressionFilterSpecification => ["==", ["get", "kind"], kind];

/** Return the base map: land without fills of countries, borders of one colour, contested lines dashed and named. */
export function base(language: string, data: FeatureCollection): StyleSpecification {
  const name = ["coalesce", ["get", language], ["get", "en"]] as unknown as string;
  return {
    version: 8,
    sources: { base: { type: "geojson", data } },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": colour("sea") } },
      { id: "land", type: "fill", source: "base", filter: of("land"), paint: { "fill-color": colour("land"), "fill-antialias": false } },
      {
        id: "rivers",
        type: "line",
        source: "base",
        filter: of("rivers"),
        paint: { "line-color": colour("river"), "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.5, 9, 1.6] },
      },
      { id: "borders", type: "line", source: "base", filter: of("borders"), paint: { "line-color": colour("border"), "line-width": 1.2 } },
      {
        id: "lines",
        type: "line",
        source: "base",
        filter: of("lines"),
        paint: { "line-color": colour("contested"), "line-width": 1.6, "line-dasharray": [3, 2] },
      },
      {
        id: "airfields",
        type: "circle",
        source: "base",
        filter: of("airfields"),
        minzoom: 7,
        paint: {
          "circle-radius": 3,
          "circle-color": colour("land"),
          "circle-stroke-color": colour("place"),
          "circle-stroke-width": 1.2,
        },
      },
      {
        id: "line-names",
        type: "symbol",
        source: "base",
        filter: of("lines"),
        minzoom: 6.5,
        layout: { "symbol-placement": "line", "text-field": name, "text-font": FONT, "text-size": 11 },
        paint: { "text-color": colour("contested"), "text-halo-color": colour("land"), "text-halo-width": 1.5 },
      },
      {
        id: "airfield-names",
        type: "symbol",
        source: "base",
        filter: of("airfields"),
        minzoom: 8,
        layout: { "text-field": ["get", "icao"], "text-font": FONT, "text-size": 10, "text-offset": [0, 0.9], "text-anchor": "top" },
        paint: { "text-color": colour("place"), "text-halo-color": colour("land"), "text-halo-width": 1.2 },
      },
      {
        id: "places",
        type: "symbol",
        source: "base",
        filter: ["all", of("places"), ["<=", ["get", "rank"], ["step", ["zoom"], 1, 5, 2, 6.5, 3, 8, 9]]],
        layout: {
          "text-field": name,
          "text-font": FONT,
          "text-size": ["step", ["get", "rank"], 14, 2, 12, 3, 11],
          // Above its place: an airfield's ring often stands on the very spot.
          "text-anchor": "bottom",
          "text-offset": [0, -0.2],
          "text-padding": 6,
          "symbol-sort-key": ["get", "rank"],
        },
        paint: { "text-color": colour("place"), "text-halo-color": colour("land"), "text-halo-width": 1.4 },
      },
    ],
  };
}
