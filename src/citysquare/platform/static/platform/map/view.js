/**
 * Placing a camera: where it stands, which way it looks, how wide and how far. Each is a handle to drag; by keyboard, arrow keys turn and
 * reach, and the position moves as on the map.
 *
 * @typedef {import("./library.js").Library} Library
 * @typedef {import("./geometry.js").Position} Position
 * @typedef {import("./geometry.js").View} View
 */

import { cone, destination, direction, distance, folded } from "./geometry.js";
import { Handle, toolbar } from "./handle.js";
import { colour, text } from "./library.js";
import { cityLayers, NOTHING, overlay, show } from "./overlay.js";

const SOURCE = "drawing";
const FIRST = { azimuth: 0, view_angle: 70, range_metres: 40 };
const NARROWEST = 1;
const WIDEST = 360;
const NEAREST = 1;
const FARTHEST = 5000;
const MOST_STEPS = 100;

const within = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => Math.min(most, Math.max(least, value));

export class ViewDrawing {
  /** @type {View | null} */
  #view;
  /** @type {(View | null)[]} */
  #before = [];
  /** @type {Record<string, Handle>} */
  #handles = {};
  #moving = false;

  /**
   * @param {Library} library
   * @param {import("maplibre-gl").Map} map
   * @param {HTMLElement} container
   * @param {import("./map.js").ViewOptions} options
   */
  constructor(library, map, container, options) {
    this.library = library;
    this.map = map;
    this.container = container;
    this.options = options;
    this.#view = options.value && { ...options.value };
    overlay(map, "around", () => /** @type {any} */ (options.around ?? NOTHING), () => cityLayers("around", true));
    overlay(map, SOURCE, () => this.#features(), layers);
    this.tools = toolbar(container, [
      { name: "here", label: text("view_here"), onPress: () => this.#stand([map.getCenter().lng, map.getCenter().lat]) },
      { name: "undo", label: text("draw_undo"), onPress: () => this.undo() },
    ]);
    map.doubleClickZoom.disable();
    map.on("click", (event) => this.#view === null && this.#stand([event.lngLat.lng, event.lngLat.lat]));
    container.addEventListener("keydown", (event) => this.#undoKey(event));
    this.tools.say(text(this.#view ? "view_help" : "view_empty"));
    this.#draw();
    container.dataset.map = "ready";
  }

  /** What was placed; null before the position is chosen. */
  get value() {
    return this.#view && { ...this.#view };
  }

  /**
   * Show other values, such as those typed into the form. It can be undone; `onChange` is not called.
   * @param {View | null} value
   */
  set(value) {
    this.#remember();
    this.#view = value && { ...value };
    if (value && !this.map.getBounds().contains([value.longitude, value.latitude])) {
      this.map.jumpTo({ center: [value.longitude, value.latitude] });
    }
    this.#draw();
  }

  /** Take the last step back. */
  undo() {
    const before = this.#before.pop();
    if (before !== undefined) {
      this.#view = before;
      this.#draw();
      this.tools.say(text("draw_undone"));
      this.#tell();
    }
  }

  /** Take the drawing away. */
  remove() {
    this.tools.remove();
    this.map.remove();
  }

  #remember() {
    this.#before.push(this.value);
    this.#before.splice(0, this.#before.length - MOST_STEPS);
  }

  /** @param {Position} at */
  #stand(at) {
    this.#remember();
    this.#view = { ...FIRST, ...this.#view, longitude: at[0], latitude: at[1] };
    this.#draw();
    this.tools.say(text("view_help"));
    this.#tell();
  }

  /** @param {KeyboardEvent} event */
  #undoKey(event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo();
    }
  }

  #tell() {
    const view = this.#view;
    if (view) {
      const exact = (/** @type {number} */ value, /** @type {number} */ places) => Number(value.toFixed(places));
      this.options.onChange({
        latitude: exact(view.latitude, 7),
        longitude: exact(view.longitude, 7),
        azimuth: exact(folded(view.azimuth), 1) % 360,
        view_angle: exact(view.view_angle, 1),
        range_metres: exact(view.range_metres, 1),
      });
    }
  }

  /**
   * Change something of the view while a handle moves.
   * @param {Partial<View>} part
   */
  #change(part) {
    if (this.#view) {
      if (!this.#moving) {
        this.#remember();
        this.#moving = true;
      }
      this.#view = { ...this.#view, ...part };
      this.#draw();
    }
  }

  #done() {
    this.#moving = false;
    this.#draw();
    if (this.#view) {
      this.tools.say(this.#sentence(this.#view));
    }
    this.#tell();
  }

  /** @param {View} view */
  #sentence(view) {
    return text("view_is", { azimuth: Math.round(folded(view.azimuth)) % 360, angle: Math.round(view.view_angle), range: Math.round(view.range_metres) });
  }

  #draw() {
    show(this.map, SOURCE, this.#features());
    const undo = this.tools.buttons.undo;
    if (undo) {
      undo.disabled = this.#before.length === 0;
    }
    const view = this.#view;
    if (view === null) {
      Object.values(this.#handles).forEach((handle) => handle.remove());
      this.#handles = {};
      return;
    }
    /** @type {Position} */
    const centre = [view.longitude, view.latitude];
    const edge = (/** @type {number} */ side) => destination(centre, view.azimuth + (side * Math.min(view.view_angle, 358)) / 2, view.range_metres);
    this.#handle("stand", centre, text("view_position"), (at) => this.#change({ longitude: at[0], latitude: at[1] }));
    this.#handle("ahead", destination(centre, view.azimuth, view.range_metres), `${text("view_direction")} ${this.#sentence(view)}`, (at) => this.#aim(at), (event) =>
      this.#aimKey(event),
    );
    for (const [name, side] of /** @type {[string, number][]} */ ([["left", -1], ["right", 1]])) {
      this.#handle(name, edge(side), text("view_width", { angle: Math.round(view.view_angle) }), (at) => this.#widen(at, side), (event) => this.#widenKey(event, side));
    }
  }

  /**
   * @param {string} name
   * @param {Position} at
   * @param {string} label
   * @param {(at: Position) => void} onMove
   * @param {(event: KeyboardEvent) => boolean} [onKey]
   */
  #handle(name, at, label, onMove, onKey) {
    const known = this.#handles[name];
    if (known) {
      known.at = at;
      known.label = label;
    } else {
      this.#handles[name] = new Handle(this.library, this.map, at, { kind: name, label, onMove, onKey, onDone: () => this.#done() });
    }
  }

  /** @param {Position} at */
  #aim(at) {
    if (this.#view) {
      /** @type {Position} */
      const centre = [this.#view.longitude, this.#view.latitude];
      this.#change({ azimuth: direction(centre, at), range_metres: within(distance(centre, at), NEAREST, FARTHEST) });
    }
  }

  /** @param {KeyboardEvent} event */
  #aimKey(event) {
    const step = event.shiftKey ? 10 : 1;
    const turn = { ArrowLeft: -step, ArrowRight: step }[event.key];
    const reach = { ArrowUp: step, ArrowDown: -step }[event.key];
    if (!this.#view || (turn === undefined && reach === undefined)) {
      return false;
    }
    this.#change({ azimuth: folded(this.#view.azimuth + (turn ?? 0)), range_metres: within(this.#view.range_metres + (reach ?? 0), NEAREST, FARTHEST) });
    this.#done();
    return true;
  }

  /**
   * @param {Position} at
   * @param {number} side
   */
  #widen(at, side) {
    if (this.#view) {
      const half = folded(side * (direction([this.#view.longitude, this.#view.latitude], at) - this.#view.azimuth));
      this.#change({ view_angle: within(2 * (half > 180 ? (half > 270 ? 0 : 180) : half), NARROWEST, WIDEST) });
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} side
   */
  #widenKey(event, side) {
    const step = event.shiftKey ? 10 : 1;
    const more = { ArrowUp: step, ArrowDown: -step, ArrowRight: step * side, ArrowLeft: -step * side }[event.key];
    if (!this.#view || more === undefined) {
      return false;
    }
    this.#change({ view_angle: within(this.#view.view_angle + more, NARROWEST, WIDEST) });
    this.#done();
    return true;
  }

  /** @returns {import("./overlay.js").Features} */
  #features() {
    const view = this.#view;
    return view ? { ...NOTHING, features: [{ type: "Feature", geometry: { type: "Polygon", coordinates: [cone(view)] }, properties: {} }] } : NOTHING;
  }
}

function layers() {
  const accent = colour("accent");
  return [
    { id: "drawing-fill", type: "fill", paint: { "fill-color": accent, "fill-opacity": 0.28 } },
    { id: "drawing-edge", type: "line", layout: { "line-join": "round" }, paint: { "line-color": accent, "line-width": 2 } },
  ];
}
