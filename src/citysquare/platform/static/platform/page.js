/**
 * What every page needs: menus close on Escape, on a click elsewhere and when another opens; "?" opens the page's help; a form with
 * errors and a step of the tour get the focus; the part of the page that the tour speaks of is marked.
 */

const menus = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("details[data-menu]")]);

/** @param {HTMLDetailsElement | null} except */
function closeMenus(except) {
  for (const menu of menus) {
    if (menu !== except) {
      menu.open = false;
    }
  }
}

for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (menu.open) {
      closeMenus(menu);
    }
  });
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target instanceof Element ? target.closest("details[data-menu]") : null);
});

document.addEventListener("keydown", (event) => {
  const open = menus.find((menu) => menu.open);
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
});

const help = document.getElementById("help");

document.addEventListener("keydown", (event) => {
  const target = event.target;
  const typing = target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "?" && !typing && help instanceof HTMLDetailsElement) {
    event.preventDefault();
    help.open = !help.open;
    help.querySelector("summary")?.focus();
  }
});

const wanted = document.querySelector("[data-tour-target]")?.getAttribute("data-tour-target");
if (wanted) {
  const spoken = document.querySelector(wanted);
  spoken?.classList.add("tour-target");
  spoken?.scrollIntoView({ block: "nearest" });
}

const first = document.querySelector("[data-focus-first]");
if (first instanceof HTMLElement) {
  first.focus();
}

// A part of the page that is fetched anew keeps its tables open.
/** @type {Set<string>} */
let opened = new Set();

document.addEventListener("htmx:beforeSwap", () => {
  opened = new Set([...document.querySelectorAll("details[id][open]")].map((details) => details.id));
});

document.addEventListener("htmx:afterSettle", () => {
  for (const id of opened) {
    const details = document.getElementById(id);
    if (details instanceof HTMLDetailsElement) {
      details.open = true;
    }
  }
});
