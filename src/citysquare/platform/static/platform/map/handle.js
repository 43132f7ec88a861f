/**
 * Handles of a drawing: buttons on the map that are dragged by mouse or finger, and moved by arrow keys (Shift: far).
 *
 * @typedef {import("./library.js").Library} Library
 * @typedef {import("./geometry.js").Position} Position
 * @typedef {object} HandleOptions
 * @property {string} kind for the style sheet
 * @property {string} label what a screen reader says
 * @property {boolean} [draggable] else it is only pressed
 * @property {(at: Position) => void} [onMove] while it is dragged or moved by key
 * @property {() => void} [onDone] a movement has ended
 * @property {() => void} [onPress] Enter, click or tap
 * @property {(event: KeyboardEvent) => boolean} [onKey] takes a key before it moves the handle; true when it did
 */

const NEAR = 4;
const FAR = 32;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Handle {
  /**
   * @param {Library} library
   * @param {import("maplibre-gl").Map} map
   * @param {Position} at
   * @param {HandleOptions} options
   */
  constructor(library, map, at, options) {
    this.map = map;
    this.options = options;
    this.element = document.createElement("button");
    this.element.type = "button";
    this.element.className = `map-handle ${options.kind}`;
    this.element.setAttribute("aria-label", options.label);
    this.marker = new library.Marker({ element: this.element, draggable: options.draggable ?? true }).setLngLat(at).addTo(map);
    this.marker.on("dragstart", () => this.element.focus());
    this.marker.on("drag", () => options.onMove?.(this.at));
    this.marker.on("dragend", () => options.onDone?.());
    this.element.addEventListener("click", (event) => {
      event.stopPropagation();
      options.onPress?.();
    });
    this.element.addEventListener("dblclick", (event) => event.stopPropagation());
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @returns {Position} */
  get at() {
    const { lng, lat } = this.marker.getLngLat();
    return [lng, lat];
  }

  /** @param {Position} at */
  set at(at) {
    this.marker.setLngLat(at);
  }

  /** @param {string} label */
  set label(label) {
    this.element.setAttribute("aria-label", label);
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  remove() {
    this.marker.remove();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (this.options.onKey?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow || this.options.draggable === false) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? FAR : NEAR;
    const point = this.map.project(this.marker.getLngLat());
    this.marker.setLngLat(this.map.unproject([point.x + arrow[0] * step, point.y + arrow[1] * step]));
    this.options.onMove?.(this.at);
    this.options.onDone?.();
  }
}

/**
 * A row of buttons over a drawing.
 * @param {HTMLElement} container
 * @param {{name: string, label: string, onPress: () => void}[]} buttons
 * @returns {{buttons: Record<string, HTMLButtonElement>, say: (sentence: string) => void, remove: () => void}}
 */
export function toolbar(container, buttons) {
  const bar = document.createElement("div");
  bar.className = "map-tools";
  bar.setAttribute("role", "group");
  /** @type {Record<string, HTMLButtonElement>} */
  const made = {};
  for (const { name, label, onPress } of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.dataset.tool = name;
    button.textContent = label;
    button.addEventListener("click", onPress);
    bar.append(button);
    made[name] = button;
  }
  const line = document.createElement("p");
  line.className = "map-says";
  line.setAttribute("role", "status");
  container.append(bar, line);
  return {
    buttons: made,
    say: (sentence) => {
      line.textContent = sentence;
    },
    remove: () => {
      bar.remove();
      line.remove();
    },
  };
}
