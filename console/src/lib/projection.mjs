/**
 * The chart's one projection, in the place of the map library's choice among several: a globe and grids of others,
 * which no chart here is drawn in, would be a fortieth of what a desk loads.
 */
import { MercatorCameraHelper } from "#maplibre/geo/projection/mercator_camera_helper.ts";
import { MercatorProjection } from "#maplibre/geo/projection/mercator_projection.ts";
import { createMercatorTransform } from "#maplibre/geo/projection/mercator_transform.ts";

/** @param {string} _name @param {unknown} transformConstrain */
export function createProjectionFromName(_name, transformConstrain) {
  return {
    projection: new MercatorProjection(),
    transform: createMercatorTransform({ constrainOverride: transformConstrain }),
    cameraHelper: new MercatorCameraHelper(),
  };
}
