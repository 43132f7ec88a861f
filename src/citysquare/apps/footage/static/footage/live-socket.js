/**
 * The one WebSocket of a page, over which all its live pictures come. The protocol is described in site/live/wire.py.
 *
 * @typedef {{tile: number, camera: string, stream: "main" | "sub"}} Wish
 * @typedef {{tile: number, state: "live" | "no_picture" | "refused" | "error", since: string | null, code: string, message: string}} StateMessage
 * @typedef {object} Receiver
 * @property {(tile: number, codec: string, init: Uint8Array<ArrayBuffer>) => void} onInit
 * @property {(tile: number, start: number, end: number, data: Uint8Array<ArrayBuffer>) => void} onFragment start and end in seconds since 1970
 * @property {(message: StateMessage) => void} onState
 * @property {() => void} onOpen the connection stands; wishes must be made anew
 * @property {(signedOut: boolean) => void} onClose
 */

const TICKS_PER_SECOND = 90_000;
const SIGNED_OUT = 4401;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export class LiveSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | undefined} */
  #retry;
  /** @type {number | undefined} */
  #sending;
  #wait = FIRST_WAIT;
  #ended = false;
  /** @type {Wish[]} */
  #wishes = [];
  /** Seconds to add to this device's clock to get the server's. */
  clockOffset = 0;

  /**
   * @param {string} path
   * @param {Receiver} receiver
   */
  constructor(path, receiver) {
    this.url = new URL(path, location.href.replace(/^http/, "ws")).href;
    this.receiver = receiver;
    this.#connect();
  }

  /**
   * Replace the set of wanted tiles. Several calls in one moment become one message.
   * @param {Wish[]} wishes
   */
  watch(wishes) {
    this.#wishes = wishes;
    clearTimeout(this.#sending);
    this.#sending = setTimeout(() => this.#send(), 20);
  }

  /** Begin again, because the connection has gone silent. */
  reconnect() {
    this.#socket?.close();
  }

  #send() {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ watch: this.#wishes }));
    }
  }

  #connect() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.receiver.onOpen();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      this.#ended = event.code === SIGNED_OUT;
      this.receiver.onClose(this.#ended);
      if (!this.#ended) {
        this.#retry = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
        this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
      }
    };
    this.#socket = socket;
  }

  /** Try at once, for instance when the device is online again. */
  hurry() {
    if (!this.#ended && this.#socket?.readyState === WebSocket.CLOSED) {
      clearTimeout(this.#retry);
      this.#wait = FIRST_WAIT;
      this.#connect();
    }
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    this.#wait = FIRST_WAIT;
    if (typeof data === "string") {
      const message = JSON.parse(data);
      if (typeof message.now === "number") {
        this.clockOffset = message.now - Date.now() / 1000;
      } else {
        this.receiver.onState(message);
      }
      return;
    }
    const view = new DataView(data);
    const tile = view.getUint32(1);
    if (view.getUint8(0) === 1) {
      const length = view.getUint8(5);
      const codec = new TextDecoder().decode(new Uint8Array(data, 6, length));
      this.receiver.onInit(tile, codec, new Uint8Array(data, 6 + length));
    } else {
      const start = Number(view.getBigUint64(5)) / TICKS_PER_SECOND;
      const end = Number(view.getBigUint64(13)) / TICKS_PER_SECOND;
      this.receiver.onFragment(tile, start, end, new Uint8Array(data, 21));
    }
  }
}
