// Passkeys: the browser makes or uses one, the form carries its answer. Forms stay hidden where it cannot.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function asked(options) {
  const wanted = { ...options, challenge: toBytes(options.challenge) };
  if (wanted.user) wanted.user = { ...wanted.user, id: toBytes(wanted.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (wanted[list]) wanted[list] = wanted[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return wanted;
}

function said(credential) {
  const given = credential.response;
  const response = { clientDataJSON: toText(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = toText(given.attestationObject);
    response.transports = given.getTransports?.() ?? [];
  } else {
    response.authenticatorData = toText(given.authenticatorData);
    response.signature = toText(given.signature);
    response.userHandle = given.userHandle ? toText(given.userHandle) : null;
  }
  return {
    id: credential.id, rawId: toText(credential.rawId), type: credential.type, response,
    authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(),
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const note = form.querySelector("[data-said]");
    note.textContent = "";
    try {
      const reply = await fetch(form.dataset.options, { headers: { Accept: "application/json" }, redirect: "error" });
      const options = await reply.json();
      const way = form.dataset.passkey;
      const credential = await navigator.credentials[way]({ publicKey: asked(options.publicKey ?? options) });
      form.elements.credential.value = JSON.stringify(said(credential));
      form.submit();
    } catch (error) {
      note.textContent = error.name === "NotAllowedError" ? "It was cancelled, or took too long. Try again." : "The browser could not do it. Reload the page and try again.";
    }
  });
}
