/**
 * Fetches MapLibre when a map is wanted, and makes bare maps. What a page offers stands in `platform/_map_assets.html`: the addresses of the
 * library's files and of the style, and the texts.
 *
 * @typedef {typeof import("maplibre-gl")} Library
 * @typedef {import("maplibre-gl").Map} Map
 */

const assets = document.getElementById("map-assets")?.dataset ?? {};

/** @type {Promise<Library> | undefined} */
let fetched;

/**
 * A sentence of the page's language, with {name} filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function text(key, values = {}) {
  return (assets[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Say whether this browser can draw a map at all. */
export function canDraw() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/** @returns {"light" | "dark"} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") {
    return chosen;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * A colour of the design, as MapLibre understands it.
 * @param {string} name without the two dashes
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#000000";
}

/** The address of the ground's style. */
export function styleAddress() {
  const address = assets.style ?? "/map/style.json";
  return assets.foreign ? address : `${address}?theme=${theme()}`;
}

/** @returns {Promise<Library>} */
async function fetchLibrary() {
  const address = (/** @type {string | undefined} */ named, /** @type {string} */ file) =>
    named ? new URL(named, location.href).href : new URL(`../vendor/${file}`, import.meta.url).href;
  /** @type {Library} */
  const library = await import(address(assets.library, "maplibre-gl.mjs"));
  library.setWorkerUrl(address(assets.worker, "maplibre-gl-worker.mjs"));
  if (assets.tiles) {
    /** @type {typeof import("pmtiles")} */
    const pmtiles = (await import(address(assets.pmtiles, "pmtiles.mjs"))).default;
    library.addProtocol("pmtiles", new pmtiles.Protocol().tile);
  }
  return library;
}

/**
 * Make a map of the ground in an element, or say in it why there is none.
 * @param {HTMLElement} container
 * @param {Partial<import("maplibre-gl").MapOptions>} options
 * @returns {Promise<{library: Library, map: Map} | null>}
 */
export async function bareMap(container, options) {
  if (!canDraw()) {
    sayNoMap(container);
    return null;
  }
  fetched ??= fetchLibrary();
  try {
    const library = await fetched;
    const map = new library.Map({
      container,
      style: styleAddress(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 21,
      fadeDuration: 0,
      locale: words(),
      ...options,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new library.ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
    map.addControl(new library.AttributionControl({ compact: true }), "bottom-right");
    followTheme(map);
    await new Promise((resolve) => map.once("style.load", () => resolve(undefined)));
    return { library, map };
  } catch {
    fetched = undefined;
    sayNoMap(container);
    return null;
  }
}

/** @param {HTMLElement} container */
function sayNoMap(container) {
  const sentence = document.createElement("p");
  sentence.className = "note care map-missing";
  sentence.textContent = text("no_webgl");
  container.replaceChildren(sentence);
  container.dataset.map = "missing";
}

/**
 * Draw the ground anew when the device turns dark or light; whoever put layers on it hears "style.load".
 * @param {Map} map
 */
function followTheme(map) {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const renew = () => map.setStyle(styleAddress());
  device.addEventListener("change", renew);
  map.once("remove", () => device.removeEventListener("change", renew));
}

/** What MapLibre itself says. */
function words() {
  return {
    "Map.Title": text("map_title"),
    "Marker.Title": text("map_marker"),
    "NavigationControl.ZoomIn": text("zoom_in"),
    "NavigationControl.ZoomOut": text("zoom_out"),
    "AttributionControl.ToggleAttribution": text("attribution"),
    "ScaleControl.Meters": text("metres"),
    "ScaleControl.Kilometers": text("kilometres"),
  };
}
