/**
 * Drawing a boundary: points are set by clicking on the map, dragged, moved by key, put in between and taken away; every step can be undone.
 *
 * @typedef {import("./library.js").Library} Library
 * @typedef {import("./geometry.js").Position} Position
 * @typedef {{type: "Polygon", coordinates: Position[][]} | {type: "MultiPolygon", coordinates: Position[][][]}} Polygons GeoJSON; rings are closed
 * @typedef {{polygon: number, ring: number, index: number}} Corner
 */

import { boundsOf } from "./geometry.js";
import { Handle, toolbar } from "./handle.js";
import { colour, text } from "./library.js";
import { cityLayers, NOTHING, overlay, show } from "./overlay.js";

const SOURCE = "drawing";
const MOST_HANDLES = 150;
const MOST_STEPS = 100;
const PLACES = 7;
const LEAST = 3;

const rounded = (/** @type {Position} */ at) => /** @type {Position} */ ([Number(at[0].toFixed(PLACES)), Number(at[1].toFixed(PLACES))]);

/** @param {Position[][][]} polygons open rings */
function clone(polygons) {
  return polygons.map((rings) => rings.map((ring) => ring.map((at) => /** @type {Position} */ ([...at]))));
}

/**
 * @param {Polygons | null} value
 * @returns {Position[][][]} open rings
 */
function opened(value) {
  const polygons = value === null ? [] : value.type === "Polygon" ? [value.coordinates] : value.coordinates;
  return polygons.map((rings) => rings.map((ring) => ring.slice(0, -1)));
}

export class PolygonDrawing {
  /** @type {Position[][][]} */
  #polygons;
  /** @type {Position[][][][]} */
  #before = [];
  /** @type {Handle[]} */
  #handles = [];
  /** @type {Handle[]} */
  #middles = [];
  /** @type {Corner | null} */
  #last = null;
  #adding;

  /**
   * @param {Library} library
   * @param {import("maplibre-gl").Map} map
   * @param {HTMLElement} container
   * @param {import("./map.js").PolygonOptions} options
   */
  constructor(library, map, container, options) {
    this.library = library;
    this.map = map;
    this.container = container;
    this.options = options;
    this.#polygons = opened(options.value);
    this.#adding = this.#polygons.length === 0;
    overlay(map, "around", () => /** @type {any} */ (options.around ?? NOTHING), () => cityLayers("around", true));
    overlay(map, SOURCE, () => this.#features(), layers);
    this.tools = toolbar(container, [
      { name: "add", label: text("draw_add"), onPress: () => this.#setAdding(!this.#adding) },
      { name: "middle", label: text("draw_here"), onPress: () => this.#append([map.getCenter().lng, map.getCenter().lat]) },
      { name: "remove", label: text("draw_remove"), onPress: () => this.#removeLast() },
      { name: "undo", label: text("draw_undo"), onPress: () => this.undo() },
      { name: "clear", label: text("draw_clear"), onPress: () => this.#clear() },
    ]);
    map.doubleClickZoom.disable();
    map.on("click", (event) => this.#adding && this.#append([event.lngLat.lng, event.lngLat.lat]));
    map.on("moveend", () => this.#draw());
    container.addEventListener("keydown", (event) => this.#undoKey(event));
    this.#setAdding(this.#adding);
    this.#draw();
    container.dataset.map = "ready";
  }

  /** The boundary as GeoJSON; null before it has three points. */
  get value() {
    const whole = this.#polygons
      .map((rings) => (rings[0] && rings[0].length >= LEAST ? rings.filter((ring) => ring.length >= LEAST) : []))
      .filter((rings) => rings.length > 0)
      .map((rings) => rings.map((ring) => [...ring, /** @type {Position} */ (ring[0])].map(rounded)));
    if (whole.length === 0) {
      return null;
    }
    const [first] = whole;
    return /** @type {Polygons} */ (whole.length === 1 ? { type: "Polygon", coordinates: first } : { type: "MultiPolygon", coordinates: whole });
  }

  /**
   * Show another boundary, such as one typed into the form. It can be undone; `onChange` is not called.
   * @param {Polygons | null} value
   */
  set(value) {
    this.#remember();
    this.#polygons = opened(value);
    this.#last = null;
    const box = boundsOf(value);
    if (box) {
      this.map.fitBounds(box, { padding: 60, maxZoom: 18, animate: false });
    }
    this.#draw();
  }

  /** Take the last step back. */
  undo() {
    const before = this.#before.pop();
    if (before) {
      this.#polygons = before;
      this.#last = null;
      this.#changed(text("draw_undone"));
    }
  }

  /** Take the drawing away. */
  remove() {
    this.tools.remove();
    this.map.remove();
  }

  #remember() {
    this.#before.push(clone(this.#polygons));
    this.#before.splice(0, this.#before.length - MOST_STEPS);
  }

  /** @param {boolean} adding */
  #setAdding(adding) {
    this.#adding = adding;
    this.tools.buttons.add?.setAttribute("aria-pressed", String(adding));
    this.container.dataset.adding = String(adding);
    this.tools.say(text(adding ? "draw_adding" : "draw_moving"));
  }

  /**
   * Put a point at the end of the ring that was touched last.
   * @param {Position} at
   */
  #append(at) {
    this.#remember();
    if (this.#polygons.length === 0) {
      this.#polygons.push([[]]);
    }
    const corner = this.#last ?? { polygon: this.#polygons.length - 1, ring: 0, index: -1 };
    const ring = this.#ring(corner);
    const index = this.#last ? corner.index + 1 : ring.length;
    ring.splice(index, 0, at);
    this.#last = { ...corner, index };
    this.#changed(text("draw_points", { count: ring.length }));
  }

  /** @param {Corner} corner */
  #ring(corner) {
    return /** @type {Position[]} */ (this.#polygons[corner.polygon]?.[corner.ring]);
  }

  #removeLast() {
    const ring = this.#polygons.at(-1)?.[0];
    const corner = this.#last ?? (ring && { polygon: this.#polygons.length - 1, ring: 0, index: ring.length - 1 });
    if (corner) {
      this.#removeCorner(corner);
    }
  }

  /** @param {Corner} corner */
  #removeCorner(corner) {
    const ring = this.#ring(corner);
    if (!ring || ring.length === 0) {
      return;
    }
    this.#remember();
    ring.splice(corner.index, 1);
    if (ring.length === 0) {
      this.#polygons[corner.polygon]?.splice(corner.ring, 1);
      if (corner.ring === 0) {
        this.#polygons.splice(corner.polygon, 1);
      }
      this.#last = null;
    } else {
      this.#last = { ...corner, index: Math.max(0, corner.index - 1) };
    }
    this.#changed(text("draw_points", { count: ring.length }));
    this.#focus(this.#last);
  }

  #clear() {
    if (this.#polygons.length > 0) {
      this.#remember();
      this.#polygons = [];
      this.#last = null;
      this.#setAdding(true);
      this.#changed(text("draw_adding"));
    }
  }

  /** @param {KeyboardEvent} event */
  #undoKey(event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo();
    }
  }

  /** @param {string} sentence */
  #changed(sentence) {
    this.#draw();
    this.tools.say(sentence);
    this.options.onChange(this.value);
  }

  #draw() {
    show(this.map, SOURCE, this.#features());
    [...this.#handles, ...this.#middles].forEach((handle) => handle.remove());
    const focused = document.activeElement === document.body ? this.#last : null;
    [this.#handles, this.#middles] = [[], []];
    const corners = this.#cornersInSight();
    if (corners.length > MOST_HANDLES) {
      this.tools.say(text("draw_nearer"));
    } else {
      corners.forEach((corner) => this.#addHandle(corner));
    }
    this.#setTools();
    this.#focus(focused);
  }

  #setTools() {
    const empty = this.#polygons.length === 0;
    for (const [name, off] of /** @type {[string, boolean][]} */ ([["remove", empty], ["clear", empty], ["undo", this.#before.length === 0]])) {
      const button = this.tools.buttons[name];
      if (button) {
        button.disabled = off;
      }
    }
  }

  /** @returns {Corner[]} */
  #cornersInSight() {
    const bounds = this.map.getBounds();
    return this.#polygons.flatMap((rings, polygon) =>
      rings.flatMap((points, ring) => points.flatMap((at, index) => (bounds.contains(at) ? [{ polygon, ring, index }] : []))),
    );
  }

  /** @param {Corner} corner */
  #addHandle(corner) {
    const ring = this.#ring(corner);
    const label = () => text("draw_point", { number: corner.index + 1, count: ring.length });
    let moving = false;
    const handle = new Handle(this.library, this.map, /** @type {Position} */ (ring[corner.index]), {
      kind: "corner",
      label: label(),
      onMove: (at) => {
        if (!moving) {
          this.#remember();
          moving = true;
        }
        ring[corner.index] = at;
        this.#last = corner;
        show(this.map, SOURCE, this.#features());
      },
      onDone: () => {
        moving = false;
        this.#placeMiddles();
        this.#setTools();
        this.options.onChange(this.value);
      },
      onPress: () => (this.#last = corner),
      onKey: (event) => {
        if (event.key === "Delete" || event.key === "Backspace") {
          this.#removeCorner(corner);
          return true;
        }
        return false;
      },
    });
    handle.element.addEventListener("focus", () => (this.#last = corner));
    handle.element.dataset.corner = key(corner);
    this.#handles.push(handle);
    if (ring.length >= 2) {
      this.#addMiddle(corner, ring);
    }
  }

  /**
   * @param {Corner} corner
   * @param {Position[]} ring
   */
  #addMiddle(corner, ring) {
    const middle = new Handle(this.library, this.map, between(ring, corner.index), {
      kind: "middle",
      label: text("draw_between", { number: corner.index + 1 }),
      draggable: false,
      onPress: () => {
        this.#remember();
        ring.splice(corner.index + 1, 0, between(ring, corner.index));
        this.#last = { ...corner, index: corner.index + 1 };
        this.#changed(text("draw_points", { count: ring.length }));
        this.#focus(this.#last);
      },
    });
    middle.element.dataset.after = key(corner);
    this.#middles.push(middle);
  }

  #placeMiddles() {
    for (const middle of this.#middles) {
      const [polygon = 0, ring = 0, index = 0] = (middle.element.dataset.after ?? "").split(".").map(Number);
      const points = this.#ring({ polygon, ring, index });
      middle.at = between(points, index);
    }
  }

  /** @param {Corner | null | undefined} corner */
  #focus(corner) {
    if (corner) {
      this.#handles.find((handle) => handle.element.dataset.corner === key(corner))?.focus();
    }
  }

  /** @returns {import("./overlay.js").Features} */
  #features() {
    const features = this.#polygons.flatMap((rings) => {
      const outer = rings[0] ?? [];
      const closed = rings.map((ring) => [...ring, ring[0]]);
      const shape = outer.length >= LEAST ? { type: "Polygon", coordinates: closed } : { type: "LineString", coordinates: outer };
      return outer.length >= 2 ? [{ type: /** @type {const} */ ("Feature"), geometry: shape, properties: {} }] : [];
    });
    return { type: "FeatureCollection", features };
  }
}

/** @param {Corner} corner */
function key(corner) {
  return `${corner.polygon}.${corner.ring}.${corner.index}`;
}

/**
 * @param {Position[]} ring
 * @param {number} index
 * @returns {Position} the middle between a point and the next one
 */
function between(ring, index) {
  const here = /** @type {Position} */ (ring[index]);
  const next = /** @type {Position} */ (ring[(index + 1) % ring.length]);
  return [(here[0] + next[0]) / 2, (here[1] + next[1]) / 2];
}

function layers() {
  const accent = colour("accent");
  return [
    { id: "drawing-fill", type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": accent, "fill-opacity": 0.18 } },
    { id: "drawing-edge", type: "line", layout: { "line-join": "round" }, paint: { "line-color": accent, "line-width": 2.5 } },
  ];
}
