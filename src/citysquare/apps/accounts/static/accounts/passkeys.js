/**
 * Forms that a passkey answers. `data-passkey` is "create" or "get", `data-options` the address that says what to ask the passkey; its
 * answer goes into the form's field `response`, and the form is sent as any other. What failed is said in the form's own words.
 */

/** @param {string} text @returns {ArrayBuffer} */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
}

/** @param {ArrayBuffer} data @returns {string} */
function text(data) {
  const plain = String.fromCharCode(...new Uint8Array(data));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {{ type: PublicKeyCredentialType, id: string }[]} list */
function descriptors(list) {
  return list.map((one) => ({ type: one.type, id: bytes(one.id) }));
}

/** @param {any} options @returns {Promise<string>} */
async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: descriptors(options.excludeCredentials ?? []),
    },
  });
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) {
    throw new TypeError("no passkey");
  }
  return JSON.stringify({
    id: made.id,
    rawId: made.id,
    type: made.type,
    clientExtensionResults: {},
    response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
  });
}

/** @param {any} options @returns {Promise<string>} */
async function get(options) {
  const given = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: descriptors(options.allowCredentials ?? []) },
  });
  if (!(given instanceof PublicKeyCredential) || !(given.response instanceof AuthenticatorAssertionResponse)) {
    throw new TypeError("no passkey");
  }
  const { clientDataJSON, authenticatorData, signature, userHandle } = given.response;
  return JSON.stringify({
    id: given.id,
    rawId: given.id,
    type: given.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : "",
    },
  });
}

/** @param {HTMLFormElement} form @returns {Promise<string>} */
async function answer(form) {
  const answered = await fetch(form.dataset["options"] ?? "", { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  const said = await answered.json();
  if (!answered.ok) {
    throw new Error(said.detail ?? said.title);
  }
  return form.dataset["passkey"] === "create" ? create(said) : get(said);
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  const field = form.elements.namedItem("response");
  const status = form.querySelector("[data-passkey-status]");
  const button = form.querySelector("button[type=submit]");
  if (!(field instanceof HTMLInputElement) || !(button instanceof HTMLButtonElement)) {
    return;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    if (status) {
      status.textContent = form.dataset["waiting"] ?? "";
    }
    try {
      field.value = await answer(form);
      form.submit();
    } catch (error) {
      if (status) {
        const own = error instanceof Error && error.name === "Error" ? error.message : "";
        status.textContent = own || (form.dataset["failed"] ?? "");
      }
      button.removeAttribute("aria-disabled");
    }
  });
  form.hidden = false;
}

if (window.isSecureContext && "PublicKeyCredential" in window) {
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) {
    missing.remove();
  }
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (form instanceof HTMLFormElement) {
      prepare(form);
    }
  }
}
