// Asks this device for a passkey, and sends its answer with the form. Forms that need one are hidden
// until it is known that this browser has passkeys. A form of the console stays on its page, and is told.
(() => {
  if (!window.PublicKeyCredential) return;
  // A question may be answered for ten minutes.
  const renewAfter = 5 * 60 * 1000;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  function ask(form, options, more) {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (form.dataset.passkey === "create") {
      publicKey.user = { ...options.user, id: bytes(options.user.id) };
      publicKey.excludeCredentials = described(options.excludeCredentials);
      return navigator.credentials.create({ publicKey, ...more });
    }
    publicKey.allowCredentials = described(options.allowCredentials);
    return navigator.credentials.get({ publicKey, ...more });
  }

  function spelled(credential) {
    const { id, rawId, type, response } = credential;
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      answer.attestationObject = text(response.attestationObject);
      answer.transports = response.getTransports?.() ?? [];
    } else {
      answer.authenticatorData = text(response.authenticatorData);
      answer.signature = text(response.signature);
      answer.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: answer });
  }

  // The name that the server's passkeys are for.
  let works = "";

  async function answer(form, more = {}) {
    const question = await fetch(form.dataset.question, { signal: more.signal });
    if (!question.ok || question.redirected) throw new Error("no question");
    const { sealed, options } = await question.json();
    works = options.rpId ?? options.rp.id;
    const credential = await ask(form, options, more);
    form.elements.sealed.value = sealed;
    form.elements.response.value = spelled(credential);
    if (!("passkeyStays" in form.dataset)) return form.submit();
    const body = new URLSearchParams(new FormData(form));
    // What is accepted leads elsewhere.
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error("refused");
    form.dispatchEvent(new Event("passkeyproven"));
  }

  // The browser offers passkeys among its suggestions for the name (autocomplete="username webauthn").
  let offer;
  async function offerAt(form) {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    for (;;) {
      const { signal } = (offer = new AbortController());
      const renew = setTimeout(() => offer.abort("renew"), renewAfter);
      try {
        return await answer(form, { mediation: "conditional", signal });
      } catch {
        if (signal.reason !== "renew") return;
      } finally {
        clearTimeout(renew);
      }
    }
  }

  const words = {
    InvalidStateError: () => "This device has a passkey for your account already.",
    SecurityError: () => `Passkeys do not work at this address. Open the page at ${works || "the address that you were given"}.`,
  };

  // Says where the page has to be opened instead. A sign-in that has begun goes on here only.
  function leadTo(address, form) {
    if (location.pathname.startsWith("/login/")) return;
    const link = document.createElement("a");
    link.className = "link";
    link.href = address + location.pathname + location.search;
    link.textContent = address;
    const hint = document.createElement("p");
    hint.className = "plain-hint plain-aside";
    hint.append("Passkeys work at ", link, ", not at this address.");
    form.after(hint);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-passkey]")) return;
    event.preventDefault();
    const problem = form.querySelector("[data-passkey-problem]");
    problem.hidden = true;
    offer?.abort("button");
    try {
      await answer(form);
    } catch (error) {
      problem.textContent = words[error.name]?.() ?? "No passkey was used. Try again, or use another way.";
      problem.hidden = false;
      if ("passkeyOffer" in form.dataset) offerAt(form);
    }
  });

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const address = form.dataset.passkeyAddress;
    if (address && address !== location.origin) {
      leadTo(address, form);
      continue;
    }
    form.hidden = false;
    if ("passkeyOffer" in form.dataset) offerAt(form);
  }
  for (const without of document.querySelectorAll("[data-without-passkeys]")) without.hidden = true;
})();
