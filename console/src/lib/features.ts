import type { FeatureCollection } from "geojson";
import { word } from "./i18n.svelte";
import type { Conflict, Drawn, DrawnVolume } from "./shapes";
import { PERM } from "./format";

export interface Drawable {
  areas: FeatureCollection;
  volumes: FeatureCollection;
  labels: FeatureCollection;
  conflicts: FeatureCollection;
}

const NEVER = 8.64e15;
const ms = (text: string): number => (text === PERM ? NEVER : Date.parse(text));

/** Return what the map draws: volumes by notice, labels at their middles, areas, and places of conflicts. */
export function chartFeatures(drawn: Drawn | null, conflicts: readonly Conflict[], chosen: string, _language: string): Drawable {
  const volumes: FeatureCollection = { type: "FeatureCollection", features: [] };
  const labels: FeatureCollection = { type: "FeatureCollection", features: [] };
  const areas: FeatureCollection = { type: "FeatureCollection", features: [] };
  for (const notice of drawn?.notices ?? []) {
    for (const volume of notice.volumes) {
      const about = {
        key: `${notice.party} ${notice.notice}`,
        party: notice.party,
        notice: notice.notice,
        start: ms(volume.start),
        end: ms(volume.end),
        order: notice.conflicts.length > 0 ? 0 : 1,
        told: notice.area_only ? "area" : "whole",
        label: `${notice.party} ${notice.notice}\n${notice.area_only ? word("sees", "area_only") : word("activity", notice.activity)}`,
      };
      volumes.features.push({ type: "Feature", properties: about, geometry: { type: "MultiPolygon", coordinates: volume.polygons } });
      if (volume.number === 0)
        labels.features.push({ type: "Feature", properties: about, geometry: { type: "Point", coordinates: middle(volume) } });
    }
  }
  for (const area of drawn?.areas ?? [])
    for (const volume of area.volumes)
      areas.features.push({
        type: "Feature",
        properties: {
          key: `${area.party} ${area.reference}`,
          party: area.party,
          reference: area.reference,
          sort: area.sort,
          start: ms(volume.start),
          end: ms(volume.end),
          label: `${area.party} ${area.reference}`,
        },
        geometry: { type: "MultiPolygon", coordinates: volume.polygons },
      });
  return {
    areas,
    volumes,
    labels,
    conflicts: {
      type: "FeatureCollection",
      features: conflicts.map((c) => ({
        type: "Feature",
        properties: { id: c.id, start: ms(c.start), end: ms(c.end), selected: c.id === chosen },
        geometry: { type: "Point", coordinates: c.position },
      })),
    },
  };
}

function middle(volume: DrawnVolume): [number, number] {
  const ring = volume.polygons[0]?.[0] ?? [];
  const lons = ring.map((p) => p[0]);
  const lats = ring.map((p) => p[1]);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}
