/**
 * A page with live pictures: the wall, or the one tile of a camera's page. Finds the tiles, asks only for those somebody can see, and lets
 * arrow keys walk over a wall.
 */

import { LiveSocket } from "./live-socket.js";
import { LiveTile } from "./tile.js";

/** @typedef {import("./tile.js").TileConfig} TileConfig */

const STEER_EVERY = 250;
const RECONNECT_AFTER_SILENT_ROUNDS = 8000 / STEER_EVERY;

const texts = document.getElementById("live-texts")?.dataset ?? {};
const announcer = document.getElementById("live-announcer");

/** @type {{socket: string, tiles: TileConfig[]}} */
const config = JSON.parse(document.getElementById("live-config")?.textContent ?? "{}");

/** @type {Map<Element, LiveTile>} */
const tiles = new Map();

const page = {
  texts,
  now: () => Date.now() / 1000 + socket.clockOffset,
  wishesChanged: () => socket.watch([...tiles.values()].flatMap((tile) => tile.wish ?? [])),
  /** @param {string} text */
  announce: (text) => {
    if (announcer) {
      announcer.textContent = text;
    }
  },
};

/** @param {number} number */
function byNumber(number) {
  return [...tiles.values()].find((tile) => tile.number === number && number > 0);
}

const socket = new LiveSocket(config.socket ?? "/live/", {
  onInit: (tile, codec, init) => byNumber(tile)?.onInit(codec, init),
  onFragment: (tile, _start, _end, data) => byNumber(tile)?.onFragment(data),
  onState: (message) => byNumber(message.tile)?.onState(message),
  onOpen: () => tiles.forEach((tile) => tile.connected()),
  onClose: (signedOut) => tiles.forEach((tile) => tile.disconnected(signedOut)),
});

for (const tileConfig of config.tiles ?? []) {
  const element = document.querySelector(`[data-tile="${tileConfig.tile}"]`);
  if (element instanceof HTMLElement) {
    tiles.set(element, new LiveTile(element, tileConfig, page));
  }
}

/** @type {Set<Element>} */
const inView = new Set();

function wantWhatIsSeen() {
  for (const [element, tile] of tiles) {
    tile.want(!document.hidden && inView.has(element));
  }
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        inView.add(entry.target);
      } else {
        inView.delete(entry.target);
      }
    }
    wantWhatIsSeen();
  },
  { rootMargin: "100px" },
);
tiles.forEach((_, element) => observer.observe(element));
document.addEventListener("visibilitychange", wantWhatIsSeen);
addEventListener("online", () => socket.hurry());

let silentRounds = 0;
const behindText = document.querySelector("[data-behind-text]");

setInterval(() => {
  let silent = 0;
  for (const tile of tiles.values()) {
    if (!tile.steer()) {
      silent += 1;
    }
    if (behindText) {
      const behind = tile.element.dataset.behind;
      behindText.textContent = behind ? (texts.behind ?? "").replace("{seconds}", Number(behind).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })) : "";
    }
  }
  silentRounds = silent > 0 ? silentRounds + 1 : 0;
  if (silentRounds > RECONNECT_AFTER_SILENT_ROUNDS) {
    silentRounds = 0;
    socket.reconnect();
  }
}, STEER_EVERY);

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
