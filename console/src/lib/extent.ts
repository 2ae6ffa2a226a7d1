import type { Drawn } from "./shapes";

export type Extent = [[number, number], [number, number]];

/** Return the corners, south-west and north-east, of the notices and areas that are drawn; nothing where there are none. */
export function extentOf(drawn: Drawn | null): Extent | null {
  const found: Extent = [[180, 90], [-180, -90]];
  let any = false;
  for (const each of [...(drawn?.notices ?? []), ...(drawn?.areas ?? [])])
    for (const volume of each.volumes)
      for (const [lon, lat] of volume.polygons.flatMap((rings) => rings[0] ?? [])) {
        any = true;
        found[0] = [Math.min(found[0][0], lon), Math.min(found[0][1], lat)];
        found[1] = [Math.max(found[1][0], lon), Math.max(found[1][1], lat)];
      }
  return any ? found : null;
}
