/**
 * The map of the page that places a camera. The number fields are what is sent: the map writes into them, and what is typed there is shown
 * on the map.
 */

import { openDrawing } from "../platform/map/map.js";

/** @typedef {import("../platform/map/geometry.js").View} View */

const container = document.querySelector("[data-place-map]");
const NAMES = /** @type {const} */ (["latitude", "longitude", "azimuth", "view_angle", "range_metres"]);
const PLACES = { latitude: 7, longitude: 7, azimuth: 1, view_angle: 1, range_metres: 1 };

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name="${name}"]`));
}

/** @returns {View | null} */
function entered() {
  const values = NAMES.map((name) => Number.parseFloat(field(name)?.value ?? ""));
  return values.every(Number.isFinite) ? /** @type {View} */ (Object.fromEntries(NAMES.map((name, index) => [name, values[index]]))) : null;
}

/** @param {string} id */
function told(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

if (container instanceof HTMLElement) {
  const drawing = await openDrawing(container, {
    kind: "point-and-direction",
    value: entered(),
    around: told("place-around") ?? undefined,
    centre: told("place-centre") ?? undefined,
    focus: told("place-focus") ?? undefined,
    onChange: (view) => {
      for (const name of NAMES) {
        const input = field(name);
        if (input) {
          input.value = String(Number(view[name].toFixed(PLACES[name])));
        }
      }
    },
  });
  for (const name of NAMES) {
    field(name)?.addEventListener("change", () => {
      const view = entered();
      if (view) {
        drawing?.set(view);
      }
    });
  }
}
