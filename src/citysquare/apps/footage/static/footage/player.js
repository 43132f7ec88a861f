/**
 * Plays fragments in a video element through Media Source Extensions, close to the live edge. Media time is seconds since 1970.
 *
 * The rules were measured (docs/design/footage.md): start 0.6 s behind the newest fragment, catch up gently, jump when far behind, jump over
 * holes, keep little of the past, and begin anew on any error: a media element that has met an error never recovers.
 */

const START_BEHIND = 0.6;
const HURRY_ABOVE = 1.2;
const CALM_BELOW = 0.9;
const JUMP_ABOVE = 2.5;
const HURRY_RATE = 1.05;
const TRIM_ABOVE = 20;
const KEEP_BEHIND = 8;
const LONGEST_QUEUE = 40;
const STUCK_AFTER = 3000;
const HOLE_TOLERANCE = 0.05;

/** @type {typeof MediaSource | undefined} */
const Source = Reflect.get(globalThis, "ManagedMediaSource") ?? globalThis.MediaSource;

/** @param {string} codec RFC 6381 */
function mimeType(codec) {
  return `video/mp4; codecs="${codec}"`;
}

/**
 * Say whether this browser plays a codec.
 * @param {string} codec
 */
export function canPlay(codec) {
  return Source !== undefined && Source.isTypeSupported(mimeType(codec));
}

export class Player {
  /** @type {MediaSource | null} */
  #source = null;
  /** @type {SourceBuffer | null} */
  #buffer = null;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #queue = [];
  #codec = "";
  #address = "";
  #started = false;
  #lastTime = 0;
  #lastMoved = 0;
  /** How often it had to jump to the live edge or over a hole. */
  jumps = 0;

  /**
   * @param {HTMLVideoElement} video
   * @param {{onPicture: () => void, onBroken: () => void}} events the first picture shows; nothing more can be played, ask for the stream anew
   */
  constructor(video, events) {
    this.video = video;
    this.events = events;
    this.video.addEventListener("error", () => this.#broken());
  }

  /**
   * Take an init segment: the first, or one with new parameters.
   * @param {string} codec
   * @param {Uint8Array<ArrayBuffer>} init
   */
  init(codec, init) {
    if (this.#source === null) {
      this.#open(codec);
    } else if (codec !== this.#codec) {
      this.#changeType(codec);
    }
    this.#codec = codec;
    this.#queue.push(init);
    this.#pump();
  }

  /** @param {Uint8Array<ArrayBuffer>} data */
  fragment(data) {
    if (this.#source === null) {
      return;
    }
    if (this.#queue.length > LONGEST_QUEUE) {
      this.#broken();
      return;
    }
    this.#queue.push(data);
    this.#pump();
  }

  /**
   * Seconds between now and what is shown; NaN before the first picture.
   * @param {number} now seconds since 1970 by the server's clock
   */
  behind(now) {
    return this.#started ? now - this.video.currentTime : NaN;
  }

  /** Tell when the next new picture shows. */
  awaitPicture() {
    this.video.requestVideoFrameCallback(() => {
      if (this.#started) {
        this.events.onPicture();
      }
    });
  }

  /** Let go of everything. */
  stop() {
    this.#queue = [];
    this.#buffer = null;
    this.#source = null;
    this.#started = false;
    if (this.#address) {
      this.video.removeAttribute("src");
      this.video.load();
      URL.revokeObjectURL(this.#address);
      this.#address = "";
    }
  }

  /** Keep close to the live edge. To be called a few times a second. */
  steer() {
    const ranges = this.video.buffered;
    if (!this.#started || ranges.length === 0) {
      return;
    }
    this.#watchForStandstill();
    const edge = ranges.end(ranges.length - 1);
    const lag = edge - this.video.currentTime;
    if (lag > JUMP_ABOVE || lag < -HOLE_TOLERANCE) {
      this.#jump(Math.max(ranges.start(ranges.length - 1), edge - START_BEHIND));
    } else if (lag > HURRY_ABOVE) {
      this.video.playbackRate = HURRY_RATE;
    } else if (lag < CALM_BELOW) {
      this.video.playbackRate = 1;
    }
    this.#leaveHole(ranges);
    if (this.video.paused) {
      this.#play();
    }
  }

  /** @param {string} codec */
  #open(codec) {
    if (Source === undefined) {
      return;
    }
    const source = new Source();
    this.#source = source;
    source.addEventListener("sourceopen", () => this.#opened(source, codec), { once: true });
    this.#address = URL.createObjectURL(source);
    this.video.disableRemotePlayback = true;
    this.video.src = this.#address;
  }

  /**
   * @param {MediaSource} source
   * @param {string} codec
   */
  #opened(source, codec) {
    if (source !== this.#source) {
      return;
    }
    try {
      const buffer = source.addSourceBuffer(mimeType(codec));
      buffer.addEventListener("updateend", () => this.#appended(buffer));
      buffer.addEventListener("error", () => this.#broken());
      this.#buffer = buffer;
    } catch {
      this.#broken();
      return;
    }
    this.#pump();
  }

  /** @param {string} codec */
  #changeType(codec) {
    try {
      this.#buffer?.changeType(mimeType(codec));
    } catch {
      this.#broken();
    }
  }

  #pump() {
    const buffer = this.#buffer;
    if (buffer === null || buffer.updating || this.video.error) {
      return;
    }
    const next = this.#queue.shift();
    if (next === undefined) {
      return;
    }
    try {
      buffer.appendBuffer(next);
    } catch {
      this.#broken();
    }
  }

  /** @param {SourceBuffer} buffer */
  #appended(buffer) {
    if (buffer !== this.#buffer) {
      return;
    }
    if (this.#queue.length > 0) {
      this.#pump();
      return;
    }
    this.#start();
    if (buffer.updating) {
      return; // pictures came between the end of the last and this event, and are being taken in already
    }
    const ranges = this.video.buffered;
    if (this.#started && ranges.length > 0 && this.video.currentTime - ranges.start(0) > TRIM_ABOVE) {
      buffer.remove(0, this.video.currentTime - KEEP_BEHIND);
    }
  }

  #start() {
    const ranges = this.video.buffered;
    if (this.#started || ranges.length === 0) {
      return;
    }
    const last = ranges.length - 1;
    this.#started = true;
    this.#lastMoved = performance.now();
    this.video.currentTime = Math.max(ranges.start(last), ranges.end(last) - START_BEHIND);
    this.video.playbackRate = 1;
    this.awaitPicture();
    this.#play();
  }

  #play() {
    this.video.play().catch(() => undefined); // refused while the element is being torn down or the page sleeps; steer() asks again
  }

  /** @param {number} time */
  #jump(time) {
    this.jumps += 1;
    this.video.currentTime = time;
    this.video.playbackRate = 1;
  }

  /** @param {TimeRanges} ranges */
  #leaveHole(ranges) {
    const now = this.video.currentTime;
    for (let i = 0; i < ranges.length; i += 1) {
      if (now < ranges.start(i) - HOLE_TOLERANCE) {
        this.#jump(ranges.start(i));
        return;
      }
      if (now < ranges.end(i) - HOLE_TOLERANCE || i === ranges.length - 1) {
        return;
      }
    }
  }

  /** Begin anew when pictures arrive but none is shown. */
  #watchForStandstill() {
    const now = performance.now();
    const ranges = this.video.buffered;
    const waiting = ranges.end(ranges.length - 1) - this.video.currentTime < 2 * HOLE_TOLERANCE;
    if (this.video.currentTime !== this.#lastTime || waiting || document.hidden) {
      this.#lastTime = this.video.currentTime;
      this.#lastMoved = now;
    } else if (now - this.#lastMoved > STUCK_AFTER) {
      this.#broken();
    }
  }

  #broken() {
    if (this.#source !== null) {
      this.stop();
      this.events.onBroken();
    }
  }
}
