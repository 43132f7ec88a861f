// A camera's day: the arrow keys go from gap to gap of the bar, and say each one. Without this file the list below says the same.

/**
 * Make a bar one stop of the keyboard, inside which the arrow keys move.
 * @param {HTMLElement} figure the bar with its axis
 * @param {HTMLElement} told where the gap is said
 * @returns {void}
 */
export function walkThroughGaps(figure, told) {
  const parts = [...figure.querySelectorAll(".continuity-bar .part")].filter(
    (part) => !/family-(stored|before|coming)/.test(part.getAttribute("class") ?? ""),
  );
  if (parts.length === 0) {
    return;
  }
  let current = -1;
  /** @param {number} index */
  const show = (index) => {
    parts[current]?.removeAttribute("data-current");
    current = Math.min(Math.max(index, 0), parts.length - 1);
    parts[current]?.setAttribute("data-current", "");
    told.textContent = parts[current]?.querySelector("title")?.textContent ?? "";
  };
  figure.tabIndex = 0;
  figure.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: parts.length - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      show(to);
    }
  });
}

const figure = document.querySelector("[data-day]");
const told = document.querySelector("[data-day-told]");
const hint = document.querySelector("[data-day-hint]");
if (figure instanceof HTMLElement && told instanceof HTMLElement && hint instanceof HTMLElement) {
  walkThroughGaps(figure, told);
  hint.hidden = figure.tabIndex !== 0;
}
