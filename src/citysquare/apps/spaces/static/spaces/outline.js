/**
 * The map of a form that asks for a boundary. The form's text field is what is sent: the map writes into it, and what is typed there is
 * shown on the map when it is a boundary.
 */

import { openDrawing } from "../platform/map/map.js";

/** @typedef {import("../platform/map/polygon.js").Polygons} Polygons */

const container = document.querySelector("[data-outline-map]");
const field = document.querySelector("[data-boundary]");
const around = document.getElementById("outline-around");
const centre = document.getElementById("outline-centre");
const mended = document.getElementById("mended-outline");

/**
 * Find the boundary in a text, also within a feature.
 * @param {string} text
 * @returns {Polygons | null}
 */
function boundaryOf(text) {
  try {
    const read = JSON.parse(text);
    const geometry = read?.type === "FeatureCollection" ? read.features?.[0]?.geometry : (read?.geometry ?? read);
    return (geometry?.type === "Polygon" || geometry?.type === "MultiPolygon") && Array.isArray(geometry.coordinates?.[0]) ? geometry : null;
  } catch {
    return null;
  }
}

if (container instanceof HTMLElement && field instanceof HTMLTextAreaElement) {
  const drawing = await openDrawing(container, {
    kind: "polygon",
    value: boundaryOf(field.value),
    around: JSON.parse(around?.textContent ?? "null") ?? undefined,
    centre: JSON.parse(centre?.textContent ?? "null") ?? undefined,
    onChange: (value) => {
      field.value = value ? JSON.stringify(value) : "";
    },
  });
  field.addEventListener("change", () => drawing?.set(boundaryOf(field.value)));
  document.querySelector("[data-take-mended]")?.addEventListener("click", () => {
    const text = mended?.textContent ?? "";
    field.value = text;
    drawing?.set(boundaryOf(text));
    container.scrollIntoView({ block: "nearest" });
  });
}
