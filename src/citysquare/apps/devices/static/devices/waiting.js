/** A form that takes a while says so, and takes no second press; a file that is too large is refused before it is sent. */

for (const form of document.querySelectorAll("form[data-waiting]")) {
  if (!(form instanceof HTMLFormElement)) {
    continue;
  }
  const text = form.querySelector("[data-waiting-text]");
  const button = form.querySelector('button[type="submit"]');
  const input = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
    const large = form.dataset.largest !== undefined && (file?.size ?? 0) > Number(form.dataset.largest);
    if (text) {
      text.textContent = (large ? form.dataset.tooLarge : form.dataset.waiting) ?? "";
    }
    if (large) {
      event.preventDefault();
    } else if (button instanceof HTMLButtonElement) {
      button.disabled = true;
    }
  });
  // Coming back with the browser's own button shows the page as it was left.
  window.addEventListener("pageshow", () => {
    if (button instanceof HTMLButtonElement) {
      button.disabled = false;
    }
    if (text) {
      text.textContent = "";
    }
  });
}
