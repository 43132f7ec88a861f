/**
 * Features of the city over the ground: spaces, zones, views of cameras. Each feature says by its property `what` how it is drawn.
 *
 * @typedef {import("maplibre-gl").Map} Map
 * @typedef {{type: "FeatureCollection", features: Feature[]}} Features
 * @typedef {{type: "Feature", id?: string | number, geometry: {type: string, coordinates: any} | null, properties: Record<string, any>}} Feature
 */

import { colour } from "./library.js";

/** @type {Features} */
export const NOTHING = { type: "FeatureCollection", features: [] };

/**
 * Put a source with these layers on a map, and again whenever the ground is drawn anew (in the dark, for instance).
 * @param {Map} map
 * @param {string} name
 * @param {() => Features} features what to show at that moment
 * @param {() => any[]} layers MapLibre layers without their source
 */
export function overlay(map, name, features, layers) {
  const draw = () => {
    if (!map.getSource(name)) {
      map.addSource(name, { type: "geojson", data: /** @type {any} */ (features()) });
    }
    for (const layer of layers()) {
      if (!map.getLayer(layer.id)) {
        map.addLayer({ source: name, ...layer });
      }
    }
  };
  draw();
  map.on("style.load", draw);
}

/**
 * Show other features in a source made by `overlay`.
 * @param {Map} map
 * @param {string} name
 * @param {Features} features
 */
export function show(map, name, features) {
  const source = /** @type {import("maplibre-gl").GeoJSONSource | undefined} */ (map.getSource(name));
  source?.setData(/** @type {any} */ (features));
}

/**
 * How spaces, zones and views look.
 * @param {string} prefix of the layers' names
 * @param {boolean} faint for what only surrounds a drawing
 */
export function cityLayers(prefix, faint = false) {
  const accent = colour("accent");
  const strength = faint ? 0.5 : 1;
  const is = (/** @type {string} */ layer) => ["==", ["get", "what"], layer];
  const area = (/** @type {string} */ layer) => ["all", is(layer), ["==", ["geometry-type"], "Polygon"]];
  const chosen = (/** @type {number} */ yes, /** @type {number} */ no) => ["case", ["boolean", ["feature-state", "chosen"], false], yes * strength, no * strength];
  return [
    { id: `${prefix}-space`, type: "fill", filter: area("space"), paint: { "fill-color": accent, "fill-opacity": chosen(0.2, 0.08) } },
    { id: `${prefix}-zone`, type: "fill", filter: area("zone"), paint: { "fill-color": colour("care"), "fill-opacity": chosen(0.25, 0.12) } },
    {
      id: `${prefix}-zone-edge`,
      type: "line",
      filter: area("zone"),
      paint: { "line-color": colour("care"), "line-width": 1.5, "line-dasharray": [3, 2], "line-opacity": strength },
    },
    {
      id: `${prefix}-space-edge`,
      type: "line",
      filter: area("space"),
      layout: { "line-join": "round" },
      paint: { "line-color": accent, "line-width": ["interpolate", ["linear"], ["zoom"], 12, 1, 17, 2.25], "line-opacity": 0.85 * strength },
    },
    {
      id: `${prefix}-space-point`,
      type: "circle",
      filter: ["all", is("space"), ["==", ["geometry-type"], "Point"]],
      paint: { "circle-radius": 5, "circle-color": accent, "circle-opacity": 0.3 * strength, "circle-stroke-color": accent, "circle-stroke-width": 1.5 },
    },
    { id: `${prefix}-view`, type: "fill", filter: is("view"), minzoom: 14, paint: { "fill-color": accent, "fill-opacity": chosen(0.4, 0.22) } },
    {
      id: `${prefix}-view-edge`,
      type: "line",
      filter: is("view"),
      minzoom: 14,
      paint: { "line-color": accent, "line-width": 1, "line-opacity": chosen(0.9, 0.45) },
    },
    {
      id: `${prefix}-space-name`,
      type: "symbol",
      filter: ["in", ["get", "what"], ["literal", ["space", "zone"]]],
      minzoom: 14.5,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["sans-serif"],
        "text-size": ["case", is("space"), 13, 11.5],
        "text-max-width": 9,
        "text-padding": 6,
        "text-variable-anchor": ["center", "top", "bottom"],
      },
      paint: { "text-color": colour("accent-strong"), "text-halo-color": colour("surface"), "text-halo-width": 1.6, "text-opacity": strength },
    },
  ];
}
