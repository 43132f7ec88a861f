/**
 * The city on a map: spaces, zones, and cameras with what they see. Cameras are buttons on the map: one tab stop, arrow keys go from one to
 * the next, Enter chooses. What a camera does is said by colour and by shape.
 *
 * @typedef {import("./library.js").Library} Library
 * @typedef {import("maplibre-gl").Map} Map
 * @typedef {import("./overlay.js").Features} Features
 * @typedef {import("./overlay.js").Feature} Feature
 * @typedef {import("./geometry.js").Position} Position
 * @typedef {object} MapOptions
 * @property {Features} [features] by their property `what`: "space", "zone", "view" (of `camera`), "camera" (a point with `id`, `name`, `state`, `label`)
 * @property {(camera: string) => void} [onPick] a camera was chosen by click, touch or Enter
 * @property {boolean} [remember] keep what is looked at in the page's address (#zoom/latitude/longitude)
 * @property {Partial<import("maplibre-gl").MapOptions>} [start] where to begin
 * @property {boolean} [fit] begin by showing everything, as it is without a beginning of its own
 */

import { boundsOf, largestGroup } from "./geometry.js";
import { cityLayers, NOTHING, overlay, show } from "./overlay.js";

const SOURCE = "city";
const WIDEST_FIT = 17;
const CLOSE = 17;
const NEIGHBOURS_METRES = 3000;

const SHAPES = {
  recording: '<circle cx="12" cy="12" r="7.5"/>',
  gap: '<path d="M12 3 22 20.5H2Z"/>',
  off: '<path d="M4.5 4.5h15v15h-15z" class="hollow"/><path d="m7 7 10 10M17 7 7 17" class="stroke"/>',
  waiting: '<path d="M12 2.5 21.5 12 12 21.5 2.5 12Z" class="hollow"/>',
};

/**
 * The drawing of a camera's state, the same as in the legend.
 * @param {string} state
 */
export function shapeOf(state) {
  const shape = /** @type {Record<string, string>} */ (SHAPES)[state] ?? SHAPES.waiting;
  return `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;
}

export class CityMap {
  /** @type {Features} */
  #features = NOTHING;
  /** @type {globalThis.Map<string, {marker: import("maplibre-gl").Marker, element: HTMLButtonElement, state: string}>} */
  #cameras = new globalThis.Map();
  #chosen = "";

  /**
   * @param {Library} library
   * @param {Map} map
   * @param {HTMLElement} container
   * @param {MapOptions} options
   */
  constructor(library, map, container, options) {
    this.library = library;
    this.map = map;
    this.container = container;
    this.options = options;
    overlay(map, SOURCE, () => this.#shapes(), () => cityLayers(SOURCE));
    map.on("style.load", () => this.#mark());
    if (options.features) {
      this.setFeatures(options.features);
    }
    if (options.fit ?? true) {
      this.#fitWhereMostIs();
    }
    container.dataset.map = "ready";
  }

  /**
   * Show these features instead of those before.
   * @param {Features} features
   */
  setFeatures(features) {
    this.#features = features;
    show(this.map, SOURCE, this.#shapes());
    const points = features.features.filter((feature) => feature.properties.what === "camera" && feature.geometry?.type === "Point");
    const wanted = new Set(points.map((point) => String(point.properties.id)));
    for (const [id, camera] of this.#cameras) {
      if (!wanted.has(id)) {
        camera.marker.remove();
        this.#cameras.delete(id);
      }
    }
    points.forEach((point) => this.#place(point));
    this.#oneTabStop();
  }

  /**
   * Say what a camera is doing now.
   * @param {string} id
   * @param {string} state
   * @param {string} label
   */
  setState(id, state, label) {
    const camera = this.#cameras.get(id);
    const feature = this.#features.features.find((one) => one.properties.what === "camera" && one.properties.id === id);
    if (camera && feature) {
      camera.element.setAttribute("aria-label", `${feature.properties.name}: ${label}`);
      if (camera.state !== state) {
        camera.state = state;
        camera.element.dataset.state = state;
        camera.element.innerHTML = shapeOf(state);
      }
    }
  }

  /**
   * Show only these cameras; null shows all.
   * @param {Set<string> | null} ids
   */
  only(ids) {
    for (const [id, camera] of this.#cameras) {
      camera.element.hidden = ids !== null && !ids.has(id);
    }
    this.#oneTabStop();
  }

  /**
   * Mark a camera as the one that is looked at, and bring it into sight; "" marks none.
   * @param {string} id
   */
  choose(id) {
    this.#chosen = id;
    for (const [other, camera] of this.#cameras) {
      camera.element.setAttribute("aria-pressed", String(other === id));
    }
    this.#mark();
    const camera = this.#cameras.get(id);
    if (camera) {
      const at = camera.marker.getLngLat();
      const near = this.map.getZoom() < 15.5 ? CLOSE : this.map.getZoom();
      if (near !== this.map.getZoom() || !this.map.getBounds().contains(at)) {
        this.map.easeTo({ center: at, zoom: near });
      }
    }
  }

  /**
   * Bring a space into sight.
   * @param {string} id
   */
  goToSpace(id) {
    const box = boundsOf({ features: this.#features.features.filter((feature) => feature.properties.what === "space" && feature.properties.id === id) });
    if (box) {
      this.map.fitBounds(box, { padding: 60, maxZoom: 18 });
    }
  }

  /**
   * Show everything there is.
   * @param {boolean} [moving]
   */
  fitAll(moving = true) {
    const box = boundsOf(this.#features);
    if (box) {
      this.map.fitBounds(box, { padding: 56, maxZoom: WIDEST_FIT, animate: moving });
    }
  }

  /** Begin where most cameras are: two towns a valley apart would both be too small to tell anything. */
  #fitWhereMostIs() {
    const places = this.#features.features.flatMap((feature) => (feature.geometry?.type === "Point" ? [/** @type {Position} */ (feature.geometry.coordinates)] : []));
    const group = largestGroup(places, NEIGHBOURS_METRES);
    const box = group.length > 1 && group.length < places.length ? boundsOf({ coordinates: group }) : null;
    if (box) {
      this.map.fitBounds(box, { padding: 90, maxZoom: WIDEST_FIT, animate: false });
    } else {
      this.fitAll(false);
    }
  }

  /** Fit the map to its element, when that has changed its size. */
  resize() {
    this.map.resize();
  }

  /** Take the map away. */
  remove() {
    this.map.remove();
  }

  /** What the ground is covered with; cameras are elements of their own. */
  #shapes() {
    const features = this.#features.features.filter((feature) => feature.properties.what !== "camera" && feature.geometry);
    return { ...this.#features, features: features.map((feature, index) => ({ ...feature, id: index + 1 })) };
  }

  /** Let the chosen camera's view stand out. */
  #mark() {
    const shapes = this.#shapes().features;
    for (const feature of shapes) {
      if (feature.properties.what === "view" && feature.id !== undefined) {
        this.map.setFeatureState({ source: SOURCE, id: feature.id }, { chosen: feature.properties.camera === this.#chosen });
      }
    }
  }

  /** @param {Feature} point */
  #place(point) {
    const { id, name, state, label } = point.properties;
    const at = point.geometry?.coordinates;
    const known = this.#cameras.get(id);
    if (known) {
      known.marker.setLngLat(at);
      this.setState(id, state, label);
      return;
    }
    const element = document.createElement("button");
    element.type = "button";
    element.className = "map-camera";
    element.dataset.camera = id;
    element.dataset.state = state;
    element.title = name;
    element.innerHTML = shapeOf(state);
    element.setAttribute("aria-label", `${name}: ${label}`);
    element.setAttribute("aria-pressed", "false");
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.options.onPick?.(id);
    });
    element.addEventListener("keydown", (event) => this.#walk(event, element));
    element.addEventListener("focus", () => this.#oneTabStop(element));
    const marker = new this.library.Marker({ element }).setLngLat(at).addTo(this.map);
    this.#cameras.set(id, { marker, element, state });
  }

  /** @returns {HTMLButtonElement[]} */
  #visible() {
    return [...this.#cameras.values()].map((camera) => camera.element).filter((element) => !element.hidden);
  }

  /** @param {HTMLButtonElement} [stop] */
  #oneTabStop(stop) {
    const elements = this.#visible();
    const chosen = stop ?? elements.find((element) => element.tabIndex === 0) ?? elements[0];
    this.#cameras.forEach((camera) => (camera.element.tabIndex = camera.element === chosen ? 0 : -1));
  }

  /**
   * Go to the nearest camera in the direction of an arrow key.
   * @param {KeyboardEvent} event
   * @param {HTMLButtonElement} from
   */
  #walk(event, from) {
    const [x, y] = /** @type {Record<string, [number, number]>} */ ({ ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] })[event.key] ?? [0, 0];
    if (x === 0 && y === 0) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const here = from.getBoundingClientRect();
    let best;
    let least = Infinity;
    for (const element of this.#visible()) {
      const there = element.getBoundingClientRect();
      const [right, down] = [there.x - here.x, there.y - here.y];
      const [ahead, aside] = [right * x + down * y, Math.abs(right * y) + Math.abs(down * x)];
      if (element !== from && ahead > 1 && ahead + 2 * aside < least) {
        least = ahead + 2 * aside;
        best = element;
      }
    }
    if (best) {
      best.focus();
      const camera = this.#cameras.get(best.dataset.camera ?? "");
      if (camera && !this.map.getBounds().contains(camera.marker.getLngLat())) {
        this.map.easeTo({ center: camera.marker.getLngLat() });
      }
    }
  }
}
