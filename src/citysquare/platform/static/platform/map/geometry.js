/**
 * Directions and distances on the globe, taken as a ball: right to some centimetres over the reach of a camera. Positions are [longitude,
 * latitude] in degrees as in GeoJSON, directions degrees clockwise from north, lengths metres.
 *
 * @typedef {[number, number]} Position
 * @typedef {{latitude: number, longitude: number, azimuth: number, view_angle: number, range_metres: number}} View where a camera stands and looks
 */

const EARTH_RADIUS = 6_371_008.8;
const STEP = 5;

const radians = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;
const degrees = (/** @type {number} */ radian) => (radian * 180) / Math.PI;

/**
 * Fold a direction into 0 to 360.
 * @param {number} angle
 */
export function folded(angle) {
  return ((angle % 360) + 360) % 360;
}

/**
 * Where somebody arrives who walks straight on.
 * @param {Position} from
 * @param {number} azimuth
 * @param {number} metres
 * @returns {Position}
 */
export function destination(from, azimuth, metres) {
  const [lon, lat] = [radians(from[0]), radians(from[1])];
  const arc = metres / EARTH_RADIUS;
  const heading = radians(azimuth);
  const there = Math.asin(Math.sin(lat) * Math.cos(arc) + Math.cos(lat) * Math.sin(arc) * Math.cos(heading));
  const turn = Math.atan2(Math.sin(heading) * Math.sin(arc) * Math.cos(lat), Math.cos(arc) - Math.sin(lat) * Math.sin(there));
  return [degrees(lon + turn), degrees(there)];
}

/**
 * @param {Position} from
 * @param {Position} to
 */
export function distance(from, to) {
  const [lat, other] = [radians(from[1]), radians(to[1])];
  const half = Math.sin((other - lat) / 2) ** 2 + Math.cos(lat) * Math.cos(other) * Math.sin(radians(to[0] - from[0]) / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, half)));
}

/**
 * The direction in which a position lies.
 * @param {Position} from
 * @param {Position} to
 */
export function direction(from, to) {
  const [lat, other, turn] = [radians(from[1]), radians(to[1]), radians(to[0] - from[0])];
  return folded(degrees(Math.atan2(Math.sin(turn) * Math.cos(other), Math.cos(lat) * Math.sin(other) - Math.sin(lat) * Math.cos(other) * Math.cos(turn))));
}

/**
 * The ground a camera looks at: a slice of a circle, a whole circle from 360 degrees on.
 * @param {View} view
 * @returns {Position[]} a closed ring
 */
export function cone(view) {
  /** @type {Position} */
  const centre = [view.longitude, view.latitude];
  const angle = Math.min(360, view.view_angle);
  const steps = Math.max(2, Math.ceil(angle / STEP));
  const arc = [];
  for (let step = 0; step <= steps; step += 1) {
    arc.push(destination(centre, view.azimuth - angle / 2 + (angle * step) / steps, view.range_metres));
  }
  return angle >= 360 ? arc : [centre, ...arc, centre];
}

/**
 * The box around all positions of a GeoJSON value, or null when it holds none.
 * @param {unknown} value
 * @returns {[number, number, number, number] | null} west, south, east, north
 */
export function boundsOf(value) {
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (/** @type {unknown} */ part) => {
    if (Array.isArray(part)) {
      if (typeof part[0] === "number" && typeof part[1] === "number") {
        box[0] = Math.min(box[0], part[0]);
        box[1] = Math.min(box[1], part[1]);
        box[2] = Math.max(box[2], part[0]);
        box[3] = Math.max(box[3], part[1]);
      } else {
        part.forEach(visit);
      }
    } else if (part && typeof part === "object") {
      for (const key of ["features", "geometry", "geometries", "coordinates"]) {
        visit(Reflect.get(part, key));
      }
    }
  };
  visit(value);
  return box[0] === Infinity ? null : box;
}

/**
 * The most places that hang together, each no farther than `reach` metres from another of them. Of two groups of one size the first.
 * @param {Position[]} places
 * @param {number} reach
 * @returns {Position[]}
 */
export function largestGroup(places, reach) {
  const left = new Set(places);
  /** @type {Position[]} */
  let largest = [];
  for (const first of places) {
    if (!left.delete(first)) {
      continue;
    }
    const group = [first];
    for (const member of group) {
      for (const other of [...left]) {
        if (distance(member, other) <= reach) {
          left.delete(other);
          group.push(other);
        }
      }
    }
    largest = group.length > largest.length ? group : largest;
  }
  return largest;
}
