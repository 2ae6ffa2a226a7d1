import TinySDF, { type TinySDFOptions } from "../../node_modules/@mapbox/tiny-sdf/index.js";

/**
 * The map library's drawer of glyphs, always from left to right.
 *
 * The library puts a label into the order in which it is read, with each bracket of right-to-left text already mirrored, and then
 * draws glyph by glyph. A canvas takes over the direction of its page: in a right-to-left page a bracket that stands alone would be
 * mirrored once more, and open to the wrong side.
 */
export default class LeftToRight extends TinySDF {
  constructor(options: TinySDFOptions) {
    super(options);
    // The library's types keep its canvas to themselves.
    (this as unknown as { ctx: CanvasRenderingContext2D }).ctx.direction = "ltr";
  }
}

export type { TinySDFOptions };
