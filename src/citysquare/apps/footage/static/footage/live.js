/**
 * A page with live pictures: the wall, or the one tile of a camera's page. Finds the tiles, and lets arrow keys walk over a wall.
 */

import { LivePage } from "./live-page.js";

/** @type {{socket: string, tiles: import("./tile.js").TileConfig[]}} */
const config = JSON.parse(document.getElementById("live-config")?.textContent ?? "{}");
const page = new LivePage(config.socket ?? "/live/");

for (const tileConfig of config.tiles ?? []) {
  const element = document.querySelector(`[data-tile="${tileConfig.tile}"]`);
  if (element instanceof HTMLElement) {
    page.add(element, tileConfig);
  }
}

/**
 * Where an arrow key leads: to the next tile in a row, or to the nearest one in the row above or below.
 * @param {HTMLElement[]} links
 * @param {number} index
 * @param {string} key
 */
function neighbour(links, index, key) {
  const top = (/** @type {HTMLElement} */ link) => Math.round(link.getBoundingClientRect().top);
  const left = (/** @type {HTMLElement} */ link) => link.getBoundingClientRect().left;
  const here = /** @type {HTMLElement} */ (links[index]);
  switch (key) {
    case "ArrowRight":
      return links[index + 1];
    case "ArrowLeft":
      return links[index - 1];
    case "Home":
      return links[0];
    case "End":
      return links.at(-1);
    case "ArrowDown":
      return links.find((link) => top(link) > top(here) && Math.abs(left(link) - left(here)) < 2);
    case "ArrowUp":
      return links.filter((link) => top(link) < top(here) && Math.abs(left(link) - left(here)) < 2).at(-1);
    default:
      return undefined;
  }
}

document.querySelector("[data-wall]")?.addEventListener("keydown", (event) => {
  const key = event instanceof KeyboardEvent && !event.ctrlKey && !event.altKey && !event.metaKey ? event.key : "";
  const links = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-wall] a")]);
  const index = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = index < 0 ? undefined : neighbour(links, index, key);
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
