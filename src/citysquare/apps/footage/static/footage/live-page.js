/**
 * Live pictures on a page: tiles come and go, all over one WebSocket. Only what somebody can see is asked for.
 *
 * @typedef {import("./tile.js").TileConfig} TileConfig
 */

import { LiveSocket } from "./live-socket.js";
import { LiveTile } from "./tile.js";

const STEER_EVERY = 250;
const RECONNECT_AFTER_SILENT_ROUNDS = 8000 / STEER_EVERY;

export class LivePage {
  /** @type {Map<Element, LiveTile>} */
  #tiles = new Map();
  /** @type {Set<Element>} */
  #inView = new Set();
  #silentRounds = 0;
  #texts = document.getElementById("live-texts")?.dataset ?? {};
  #announcer = document.getElementById("live-announcer");

  /** @param {string} path of the socket */
  constructor(path) {
    this.socket = new LiveSocket(path, {
      onInit: (tile, codec, init) => this.#byNumber(tile)?.onInit(codec, init),
      onFragment: (tile, _start, _end, data) => this.#byNumber(tile)?.onFragment(data),
      onState: (message) => this.#byNumber(message.tile)?.onState(message),
      onOpen: () => this.#tiles.forEach((tile) => tile.connected()),
      onClose: (signedOut) => this.#tiles.forEach((tile) => tile.disconnected(signedOut)),
    });
    this.observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "100px" });
    document.addEventListener("visibilitychange", () => this.#wantWhatIsSeen());
    addEventListener("online", () => this.socket.hurry());
    setInterval(() => this.#steer(), STEER_EVERY);
  }

  /**
   * Play a camera in an element that holds a tile's markup.
   * @param {HTMLElement} element
   * @param {TileConfig} config
   */
  add(element, config) {
    const page = {
      texts: this.#texts,
      now: () => Date.now() / 1000 + this.socket.clockOffset,
      wishesChanged: () => this.socket.watch([...this.#tiles.values()].flatMap((tile) => tile.wish ?? [])),
      announce: (/** @type {string} */ text) => {
        if (this.#announcer) {
          this.#announcer.textContent = text;
        }
      },
    };
    this.#tiles.set(element, new LiveTile(element, config, page));
    this.observer.observe(element);
  }

  /**
   * End a look.
   * @param {HTMLElement} element
   */
  remove(element) {
    this.observer.unobserve(element);
    this.#inView.delete(element);
    this.#tiles.get(element)?.want(false);
    this.#tiles.delete(element);
  }

  /** @param {number} number */
  #byNumber(number) {
    return [...this.#tiles.values()].find((tile) => tile.number === number && number > 0);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        this.#inView.add(entry.target);
      } else {
        this.#inView.delete(entry.target);
      }
    }
    this.#wantWhatIsSeen();
  }

  #wantWhatIsSeen() {
    for (const [element, tile] of this.#tiles) {
      tile.want(!document.hidden && this.#inView.has(element));
    }
  }

  #steer() {
    let silent = 0;
    for (const tile of this.#tiles.values()) {
      if (!tile.steer()) {
        silent += 1;
      }
      this.#tellLag(tile.element);
    }
    this.#silentRounds = silent > 0 ? this.#silentRounds + 1 : 0;
    if (this.#silentRounds > RECONNECT_AFTER_SILENT_ROUNDS) {
      this.#silentRounds = 0;
      this.socket.reconnect();
    }
  }

  /** @param {HTMLElement} element */
  #tellLag(element) {
    const line = document.querySelector("[data-behind-text]");
    if (line) {
      const behind = element.dataset.behind;
      const seconds = Number(behind).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
      line.textContent = behind ? (this.#texts.behind ?? "").replace("{seconds}", seconds) : "";
    }
  }
}
