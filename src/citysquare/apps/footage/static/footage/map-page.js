/**
 * The page of the map: fills the map, keeps states fresh, narrows the list as one types, and opens a camera's panel with its live picture.
 * Without a map everything but the map works; without this script the list is links and the search a form.
 */

import { openMap } from "../platform/map/map.js";
import { shapeOf } from "../platform/map/city-map.js";
import { LivePage } from "./live-page.js";

const page = /** @type {HTMLElement} */ (document.querySelector(".map-page"));
const container = /** @type {HTMLElement} */ (document.getElementById("map"));
const panel = /** @type {HTMLElement} */ (document.getElementById("map-panel"));
const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
const groups = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-group]")]);
const search = /** @type {HTMLInputElement} */ (document.getElementById("map-q"));
const stateChoice = /** @type {HTMLSelectElement} */ (document.getElementById("map-state"));

/** @typedef {{cameras: Record<string, {state: string, label: string, seen: string}>}} Status */

/** @type {import("../platform/map/city-map.js").CityMap | null} */
let map = null;
/** @type {LivePage | null} */
let live = null;
/** @type {HTMLElement | null} */
let tile = null;
let chosen = "";

/**
 * @param {string} address
 * @returns {Promise<Response | null>} null when there was no answer, or a refusal
 */
async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json, text/html;q=0.5" } });
    return answer.ok && !answer.redirected ? answer : null;
  } catch {
    return null;
  }
}

function endLook() {
  if (tile && live) {
    live.remove(tile);
  }
  tile = null;
}

/** @param {string} camera */
function mark(camera) {
  chosen = camera;
  map?.choose(camera);
  for (const row of rows) {
    row.toggleAttribute("data-chosen", row.dataset.row === camera);
  }
  const address = new URL(location.href);
  if (camera) {
    address.searchParams.set("camera", camera);
  } else {
    address.searchParams.delete("camera");
  }
  history.replaceState(history.state, "", address);
}

/**
 * Open the panel of a camera.
 * @param {string} camera
 */
async function pick(camera) {
  mark(camera);
  const answer = await ask(rows.find((row) => row.dataset.row === camera)?.dataset.panel ?? "");
  if (chosen !== camera || !answer) {
    return;
  }
  const html = await answer.text();
  endLook();
  panel.innerHTML = html;
  panel.hidden = false;
  panel.setAttribute("aria-labelledby", "map-panel-title");
  panel.querySelector("[data-close]")?.addEventListener("click", () => close(camera));
  panel.focus();
  panel.scrollIntoView({ block: "nearest" });
  map?.resize();
  const element = panel.querySelector("[data-map-tile]");
  if (element instanceof HTMLElement) {
    const config = JSON.parse(document.getElementById("map-tile-config")?.textContent ?? "{}");
    live ??= new LivePage(JSON.parse(document.getElementById("live-config")?.textContent ?? "{}").socket);
    tile = element;
    live.add(element, config);
  }
}

/** @param {string} camera */
function close(camera) {
  endLook();
  panel.hidden = true;
  panel.replaceChildren();
  mark("");
  const there = document.activeElement === document.body || document.activeElement === null;
  if (there) {
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-row="${camera}"] a`))?.focus();
  }
}

function narrow() {
  const words = search.value.trim().toLocaleLowerCase();
  /** @type {Set<string>} */
  const shown = new Set();
  for (const row of rows) {
    const fits = (row.dataset.words ?? "").toLocaleLowerCase().includes(words) && ["", row.dataset.state].includes(stateChoice.value);
    row.hidden = !fits;
    if (fits) {
      shown.add(row.dataset.row ?? "");
    }
  }
  for (const group of groups) {
    const named = stateChoice.value === "" && (group.querySelector("h3")?.dataset.words ?? "").toLocaleLowerCase().includes(words);
    group.hidden = !named && !group.querySelector("[data-row]:not([hidden])");
  }
  map?.only(words || stateChoice.value ? shown : null);
  const found = document.getElementById("map-found");
  if (found) {
    found.textContent = (found.dataset.text ?? "").replace("{count}", String(shown.size));
  }
  const nothing = document.querySelector("[data-nothing]");
  if (nothing instanceof HTMLElement) {
    nothing.hidden = groups.some((group) => !group.hidden) || groups.length === 0;
  }
}

/**
 * @param {Element | null} place
 * @param {string} text
 */
function write(place, text) {
  if (place && place.textContent !== text) {
    place.textContent = text;
  }
}

/** @param {Status} status */
function tell(status) {
  for (const row of rows) {
    const now = status.cameras[row.dataset.row ?? ""];
    if (!now) {
      continue;
    }
    write(row.querySelector("[data-label]"), now.label);
    write(row.querySelector("[data-seen]"), now.seen);
    map?.setState(row.dataset.row ?? "", now.state, now.label);
    if (row.dataset.state !== now.state) {
      row.dataset.state = now.state;
      redraw(row.querySelector(".camera-shape"), now.state);
    }
  }
  const now = status.cameras[chosen];
  if (now && !panel.hidden) {
    write(panel.querySelector("[data-panel-label]"), now.label);
    write(panel.querySelector("[data-panel-seen]"), now.seen);
    redraw(panel.querySelector(".camera-shape"), now.state);
  }
}

/**
 * @param {Element | null} place
 * @param {string} state
 */
function redraw(place, state) {
  if (place instanceof HTMLElement && place.dataset.state !== state) {
    place.dataset.state = state;
    place.innerHTML = shapeOf(state);
  }
}

async function refresh() {
  if (!document.hidden) {
    const answer = await ask(page.dataset.status ?? "");
    if (answer) {
      tell(await answer.json());
    }
  }
  setTimeout(refresh, 1000 * Number(page.dataset.poll ?? "5"));
}

async function begin() {
  const answer = await ask(page.dataset.features ?? "");
  const features = answer ? await answer.json() : undefined;
  map = await openMap(container, { features, remember: true, onPick: pick });
  const fit = document.getElementById("map-fit");
  if (map && fit) {
    fit.hidden = false;
    fit.addEventListener("click", () => map?.fitAll());
    document.querySelectorAll("[data-space]").forEach((button) => {
      if (button instanceof HTMLElement) {
        button.hidden = false;
        button.addEventListener("click", () => map?.goToSpace(button.dataset.space ?? ""));
      }
    });
  }
  narrow();
  const asked = new URL(location.href).searchParams.get("camera") ?? "";
  if (rows.some((row) => row.dataset.row === asked)) {
    pick(asked);
  }
}

for (const row of rows) {
  row.querySelector("[data-camera]")?.addEventListener("click", (event) => {
    if (event instanceof MouseEvent && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      pick(row.dataset.row ?? "");
    }
  });
}
const searchButton = document.querySelector("[data-search-button]");
if (searchButton instanceof HTMLElement) {
  searchButton.hidden = true;
}
document.getElementById("map-search")?.addEventListener("submit", (event) => event.preventDefault());
search.addEventListener("input", narrow);
stateChoice.addEventListener("change", narrow);
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    close(chosen);
  }
});
begin();
setTimeout(refresh, 1000 * Number(page.dataset.poll ?? "5"));
