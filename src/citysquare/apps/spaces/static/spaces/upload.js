/** A file that is too large is refused here already: the server would refuse it without reading it, and a browser shows that badly. */

const form = document.querySelector("form[data-largest]");
const error = document.querySelector("[data-upload-error]");

if (form instanceof HTMLFormElement && error instanceof HTMLElement) {
  const input = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
    const large = (file?.size ?? 0) > Number(form.dataset.largest);
    error.hidden = !large;
    error.textContent = large ? (form.dataset.tooLarge ?? "") : "";
    if (large) {
      event.preventDefault();
    }
  });
}
