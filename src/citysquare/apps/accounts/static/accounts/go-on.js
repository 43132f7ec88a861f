/** Follows the page's one link at once: whoever is on the way to the identity provider need not press it. */

const link = document.querySelector("a[data-go-on]");
if (link instanceof HTMLAnchorElement) {
  location.assign(link.href);
}
