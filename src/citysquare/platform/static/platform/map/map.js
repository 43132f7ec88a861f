/**
 * Maps of the city. A page includes `platform/_map_head.html` among its styles and `platform/_map_assets.html` in its content, and works
 * without a map too: both functions answer null, with a sentence in the container, in a browser that cannot draw one.
 *
 * `openMap(container, options)` shows spaces, zones, cameras and their views; see CityMap.
 * `openDrawing(container, {kind: "polygon" | "point-and-direction", value, onChange})` lets a person draw; see PolygonDrawing and ViewDrawing.
 *
 * @typedef {import("./city-map.js").MapOptions} MapOptions
 * @typedef {import("./geometry.js").View} View
 * @typedef {import("./polygon.js").Polygons} Polygons
 * @typedef {object} Surroundings
 * @property {unknown} [around] GeoJSON features to show faintly behind the drawing, such as the other spaces
 * @property {unknown} [focus] GeoJSON features to look at while nothing is drawn, such as a camera's own space: without any, `centre`
 * @property {[number, number]} [centre] where to look when there is nothing to show yet: longitude, latitude
 * @typedef {Surroundings & {kind: "polygon", value: Polygons | null, onChange: (value: Polygons | null) => void}} PolygonOptions
 * @typedef {Surroundings & {kind: "point-and-direction", value: View | null, onChange: (value: View) => void}} ViewOptions
 */

import { CityMap } from "./city-map.js";
import { bareMap } from "./library.js";
import { PolygonDrawing } from "./polygon.js";
import { ViewDrawing } from "./view.js";
import { boundsOf } from "./geometry.js";

/**
 * Show the city. Resolves to null where no map can be drawn.
 * @param {HTMLElement} container
 * @param {MapOptions} [options]
 * @returns {Promise<CityMap | null>}
 */
export async function openMap(container, options = {}) {
  const remembered = options.remember === true && /^#\d/.test(location.hash); // MapLibre writes the address as soon as there is a map
  const made = await bareMap(container, { hash: options.remember ?? false, ...options.start });
  return made ? new CityMap(made.library, made.map, container, { ...options, fit: options.fit ?? !(remembered || options.start) }) : null;
}

/**
 * Let a person draw a boundary, or place a camera. Resolves to null where no map can be drawn.
 * @template {PolygonOptions | ViewOptions} Options
 * @param {HTMLElement} container
 * @param {Options} options
 * @returns {Promise<(Options extends PolygonOptions ? PolygonDrawing : ViewDrawing) | null>}
 */
export async function openDrawing(container, options) {
  const value = options.value;
  const point = options.kind === "point-and-direction" ? options.value : null;
  const drawn = boundsOf(point ? { coordinates: [point.longitude, point.latitude] } : value) ?? boundsOf(options.focus);
  const box = drawn ?? (options.focus && options.centre ? null : boundsOf(options.around));
  /** @type {Partial<import("maplibre-gl").MapOptions>} */
  const start = box ? { bounds: box, fitBoundsOptions: { padding: 60, maxZoom: 18 } } : {};
  const made = await bareMap(container, box || !options.centre ? start : { center: options.centre, zoom: 16 });
  if (!made) {
    return null;
  }
  const drawing = options.kind === "polygon" ? new PolygonDrawing(made.library, made.map, container, options) : new ViewDrawing(made.library, made.map, container, options);
  return /** @type {any} */ (drawing);
}
