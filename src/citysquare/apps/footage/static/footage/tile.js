/**
 * One live tile: which stream it wants, what it says over the picture, and when the picture may be seen at all. A picture that stands still is
 * never shown as if it were live.
 *
 * @typedef {{stream: "main" | "sub", codec: string, width: number, height: number}} Stream
 * @typedef {{tile: number, camera: string, name: string, streams: Stream[]}} TileConfig
 * @typedef {"connecting" | "live" | "no_picture" | "refused" | "error" | "lost" | "signed_out" | "unsupported"} State
 * @typedef {object} Page
 * @property {DOMStringMap} texts sentences in the page's language
 * @property {() => void} wishesChanged
 * @property {(text: string) => void} announce
 * @property {() => number} now seconds since 1970 by the server's clock
 */

import { canPlay, Player } from "./player.js";

/** @typedef {import("./live-socket.js").StateMessage} StateMessage */

const SILENT_AFTER = 4000;
const SHORTEST_RESTART = 1500;

let lastNumber = 0;

/** @param {string} codec */
function codecName(codec) {
  return /^h(vc|ev)1/.test(codec) ? "H.265" : codec.replace(/^avc[13].*/, "H.264");
}

export class LiveTile {
  /** @type {number} number on the wire; 0 while nothing is wanted */
  number = 0;
  /** @type {State} */
  state = "connecting";
  wanted = false;
  /** @type {Set<string>} streams this browser cannot play */
  #unplayable = new Set();
  #unplayableCodec = "";
  #askedAt = 0;
  #heardAt = 0;
  #serverLive = false;
  #pictureShown = false;
  /** @type {number | undefined} */
  #restart;

  /**
   * @param {HTMLElement} element
   * @param {TileConfig} config
   * @param {Page} page
   */
  constructor(element, config, page) {
    this.element = element;
    this.config = config;
    this.page = page;
    this.message = /** @type {HTMLElement} */ (element.querySelector("[data-message]"));
    this.detail = /** @type {HTMLElement} */ (element.querySelector("[data-detail]"));
    const video = /** @type {HTMLVideoElement} */ (element.querySelector("video"));
    this.player = new Player(video, { onPicture: () => this.#picture(), onBroken: () => this.#ask(SHORTEST_RESTART) });
    for (const stream of config.streams) {
      if (stream.codec && !canPlay(stream.codec)) {
        this.#reject(stream);
      }
    }
  }

  /** The stream to ask for, or undefined when none can be played. */
  get stream() {
    return this.config.streams.find((stream) => !this.#unplayable.has(stream.stream));
  }

  /** @returns {import("./live-socket.js").Wish | null} */
  get wish() {
    const stream = this.stream;
    return this.number && stream ? { tile: this.number, camera: this.config.camera, stream: stream.stream } : null;
  }

  /** @param {boolean} wanted whether anybody can see the tile */
  want(wanted) {
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.#ask(0);
    }
  }

  /** The connection stands again: wish anew. */
  connected() {
    this.#ask(0);
  }

  /** @param {boolean} signedOut */
  disconnected(signedOut) {
    this.#drop();
    this.#show(signedOut ? "signed_out" : "lost");
  }

  /** @param {StateMessage} message */
  onState(message) {
    this.#serverLive = message.state === "live";
    if (!this.#serverLive) {
      this.#pictureShown = false;
      this.#show(message.state, message);
      return;
    }
    this.#heardAt = performance.now();
    if (this.#pictureShown) {
      this.#settle();
    } else {
      this.player.awaitPicture();
    }
  }

  /**
   * @param {string} codec
   * @param {Uint8Array<ArrayBuffer>} init
   */
  onInit(codec, init) {
    if (canPlay(codec)) {
      this.player.init(codec, init);
      return;
    }
    const stream = this.stream;
    if (stream) {
      this.#reject({ ...stream, codec });
      this.#ask(0);
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} data */
  onFragment(data) {
    this.#heardAt = performance.now();
    this.player.fragment(data);
    if (this.#serverLive) {
      this.#settle();
    }
  }

  /** Called a few times a second. Returns false when a live tile has heard nothing for long. */
  steer() {
    this.player.steer();
    if (this.state !== "live") {
      return true;
    }
    const silent = performance.now() - this.#heardAt > SILENT_AFTER;
    if (silent) {
      this.#show("connecting");
    }
    this.element.dataset.behind = this.player.behind(this.page.now()).toFixed(2);
    this.element.dataset.jumps = String(this.player.jumps);
    return !silent;
  }

  /** @param {Stream} stream */
  #reject(stream) {
    this.#unplayable.add(stream.stream);
    this.#unplayableCodec = stream.codec;
  }

  /**
   * Ask for the stream from its newest keyframe on, under a new number.
   * @param {number} delay milliseconds
   */
  #ask(delay) {
    this.#drop();
    clearTimeout(this.#restart);
    if (!this.wanted) {
      this.page.wishesChanged();
      return;
    }
    if (!this.stream) {
      this.#show("unsupported");
      return;
    }
    this.#show("connecting");
    this.#restart = setTimeout(() => {
      lastNumber += 1;
      this.number = lastNumber;
      this.#askedAt = performance.now();
      this.page.wishesChanged();
    }, delay);
  }

  #drop() {
    this.number = 0;
    this.#serverLive = false;
    this.#pictureShown = false;
    this.player.stop();
    delete this.element.dataset.firstPicture;
  }

  #picture() {
    this.#pictureShown = true;
    this.element.dataset.firstPicture ??= String(Math.round(performance.now() - this.#askedAt));
    if (this.#serverLive) {
      this.#settle();
    }
  }

  #settle() {
    if (this.#pictureShown && this.state !== "live") {
      this.#show("live");
    }
  }

  /**
   * @param {State} state
   * @param {StateMessage} [message]
   */
  #show(state, message) {
    const before = this.state;
    this.state = state;
    this.element.dataset.state = state;
    if (state !== "live") {
      delete this.element.dataset.behind;
    }
    this.element.dataset.stream = this.stream?.stream ?? "";
    this.message.textContent = this.#sentence(state, message);
    this.detail.textContent = this.#reason(state, message);
    if (state === "no_picture" || (state === "live" && before === "no_picture") || state === "refused") {
      this.page.announce(`${this.config.name}: ${this.message.textContent}`);
    }
  }

  /**
   * @param {State} state
   * @param {StateMessage} [message]
   */
  #sentence(state, message) {
    const texts = this.page.texts;
    if (state === "no_picture" && message?.since) {
      return (texts.no_picture_since ?? "").replace("{time}", this.#clock(new Date(message.since)));
    }
    if (state === "unsupported") {
      return (texts.unsupported ?? "").replace("{codec}", codecName(this.#unplayableCodec));
    }
    return texts[state] ?? "";
  }

  /**
   * @param {State} state
   * @param {StateMessage} [message]
   */
  #reason(state, message) {
    const texts = this.page.texts;
    if (state === "no_picture") {
      return texts[`cause_${message?.code}`] ?? "";
    }
    if (state === "unsupported") {
      return texts.unsupported_help ?? "";
    }
    return state === "refused" ? (message?.message ?? "") : "";
  }

  /** @param {Date} at */
  #clock(at) {
    const zone = this.page.texts.time_zone || undefined;
    const today = new Date().toLocaleDateString("en", { timeZone: zone }) === at.toLocaleDateString("en", { timeZone: zone });
    /** @type {Intl.DateTimeFormatOptions} */
    const time = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone };
    return at.toLocaleString(document.documentElement.lang, today ? time : { ...time, day: "numeric", month: "short" });
  }
}
