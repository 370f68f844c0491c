/* Seraph: passkeys, passwords that can be looked at, copying, the theme, and the time zone of the browser.
   Passkeys: <form data-passkey="login|authenticate|add" data-options="id of a JSON script"> with a hidden "credential".
   A login form asks its own address for the options; the others carry them in the page. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  /* ------------------------------------------------------------ passkeys: bytes travel as base64url */
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const withBytes = (list) => (list || []).map((entry) => ({ ...entry, id: toBytes(entry.id) }));

  const make = async ({ publicKey: given }) => {
    const publicKey = { ...given, challenge: toBytes(given.challenge), user: { ...given.user, id: toBytes(given.user.id) }, excludeCredentials: withBytes(given.excludeCredentials) };
    // kept by the device, used only after a look at finger, face or PIN: that is what signs in without a password
    publicKey.authenticatorSelection = { ...given.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    const made = await navigator.credentials.create({ publicKey });
    return {
      ...common(made),
      response: { clientDataJSON: toText(made.response.clientDataJSON), attestationObject: toText(made.response.attestationObject), transports: made.response.getTransports?.() ?? [] },
    };
  };
  const use = async ({ publicKey: given }) => {
    const publicKey = { ...given, challenge: toBytes(given.challenge), allowCredentials: withBytes(given.allowCredentials) };
    const used = await navigator.credentials.get({ publicKey });
    const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
    return {
      ...common(used),
      response: { clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature), userHandle: userHandle && toText(userHandle) },
    };
  };
  const common = (credential) => ({
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
  const optionsOf = async (form) => {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const response = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`options: ${response.status}`);
    return (await response.json()).request_options;
  };
  const say = (form, what) => {
    for (const kind of ["failed", "missing"]) {
      const line = $(`[data-passkey-${kind}="${form.id}"]`);
      if (line) line.hidden = kind !== what;
    }
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.passkey) return;
    event.preventDefault();
    say(form, "");
    if (!window.PublicKeyCredential) return say(form, "missing");
    try {
      const options = await optionsOf(form);
      form.elements.credential.value = JSON.stringify(await (form.dataset.passkey === "add" ? make(options) : use(options)));
    } catch {                                                                  // the person closed the browser's question, or has no such passkey
      return say(form, "failed");
    }
    HTMLFormElement.prototype.submit.call(form);                               // past this listener
  });

  /* ------------------------------------------------------------ a password typed once may be looked at */
  const eye = (input) => {
    const { reveal, conceal } = input.dataset;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "reveal", textContent: reveal });
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? conceal : reveal;
      button.setAttribute("aria-pressed", String(shown));
      input.focus();
    });
    input.form?.addEventListener("submit", () => { input.type = "password"; }); // so that browsers keep it as a password
    const holder = Object.assign(document.createElement("div"), { className: "with-reveal" });
    input.replaceWith(holder);
    holder.append(input, button);
  };
  $$("input[data-reveal]").forEach(eye);

  /* ------------------------------------------------------------ copy */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const text = source.value ?? $$("li", source).map((line) => line.textContent.trim()).join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {                                                                  // no https: the person copies by hand
      source.select ? source.select() : getSelection().selectAllChildren(source);
      return;
    }
    window.seraph?.say(button.dataset.copied);
  });

  /* ------------------------------------------------------------ a theme shows itself as soon as it is chosen */
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[name=theme]")) window.seraph?.setTheme(event.target.value === "system" ? "" : event.target.value);
  });

  /* ------------------------------------------------------------ the time zone that the browser stands in, until somebody chooses */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  $$("select[data-own-time-zone]").forEach((select) => {
    if (![...select.options].some((option) => option.value === zone)) return;
    select.value = zone;
    select.tomselect?.setValue(zone, true);
  });
})();
