/** A space on its own page: its boundary and zones, to look at. */

import { openMap } from "../platform/map/map.js";

const container = document.querySelector("[data-shown-map]");
const features = document.getElementById("shown-features");

if (container instanceof HTMLElement && features) {
  await openMap(container, { features: JSON.parse(features.textContent ?? "null") });
}
