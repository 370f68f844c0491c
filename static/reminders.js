/* Seraph: the bell. It asks the server now and then whether something is new, keeps the figure, and rings once.
   Every open tab asks for itself while it is looked at; what has rung is noted in the browser, so that no other tab
   rings for it again. Pages that show reminders listen to "seraph:reminders" on the body.
   Push messages: <section data-push> on the preferences page, and their renewal under a new sign-in. */
(() => {
  "use strict";
  const place = document.querySelector("[data-bell]");
  if (!place) return;
  const link = place.querySelector("a");
  const dot = place.querySelector(".dot");
  const KEY = `heard:${document.documentElement.dataset.user}`;
  const KEPT = 200;
  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode */ } };
  const asOne = (act) => (navigator.locks ? navigator.locks.request(KEY, act) : act());
  const mayNotify = () => place.dataset.desktop !== undefined && "Notification" in window && Notification.permission === "granted";

  /* ------------------------------------------------------------ asking: 20 to 30 seconds apart, so that 200 pages don't ask at once */
  let known = place.dataset.known;
  let timer = 0;
  let failures = 0;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel(KEY) : null;
  const show = (state) => {
    if (state.tag === known) return;
    known = state.tag;
    dot.textContent = state.figure;
    dot.hidden = !state.figure;
    link.setAttribute("aria-label", state.label);
    document.body.dispatchEvent(new CustomEvent("seraph:reminders", { bubbles: true }));
  };
  const later = () => {
    clearTimeout(timer);
    const pause = document.hidden ? 60_000 : 20_000 + Math.random() * 10_000;
    timer = setTimeout(look, pause * Math.min(2 ** failures, 8));
  };
  const look = async (from = known) => {
    clearTimeout(timer);
    if (document.hidden && !mayNotify()) return;               // it is asked again once somebody looks
    try {
      const answer = await fetch(`${place.dataset.url}?known=${from}`, { redirect: "manual", headers: { Accept: "application/json" } });
      if (answer.type === "opaqueredirect" || answer.status === 403) return;   // signed out
      failures = answer.status < 400 ? 0 : failures + 1;
      if (answer.status === 200) {
        const state = await answer.json();
        keep(`${KEY}:tag`, state.tag);
        show(state);
        tabs?.postMessage(state);
        await asOne(() => ring(state.rings));
      }
    } catch { failures += 1; }                                  // the next look may find the server again
    later();
  };
  tabs?.addEventListener("message", (event) => show(event.data));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  document.addEventListener("seraph:heard", () => look());     // the list was opened: what it showed is seen

  /* ------------------------------------------------------------ ringing: a toast, and a notification of the desktop where it is wanted */
  const ring = (rings) => {
    const heard = read(KEY) || [];
    const fresh = rings.filter(({ id }) => !heard.includes(id));
    if (!fresh.length) return;
    keep(KEY, [...heard, ...fresh.map(({ id }) => id)].slice(-KEPT));
    for (const { id, client, text, url, desktop: shows } of fresh.reverse()) {
      seraph.say(`${client}: ${text}`, { action: place.dataset.open, href: url });
      if (!shows || !mayNotify()) continue;                    // of some kinds one wants the toast only
      try {
        const shown = new Notification(client, { body: text, tag: `seraph-${id}` });
        shown.addEventListener("click", () => { window.focus(); location.assign(url); });
      } catch { /* Android's Chrome shows push messages only */ }
    }
  };
  // what came while no tab was looking has not rung; the page that is shown now may count it already
  const noted = read(`${KEY}:tag`);
  noted === known ? later() : look(noted || "");

  /* ------------------------------------------------------------ the desktop: asked for when the box is ticked, as browsers demand */
  const desktop = document.querySelector("input[data-desktop]");
  if (desktop) {
    const refused = document.querySelector("[data-desktop-refused]");
    const tell = () => { refused.hidden = !desktop.checked || ("Notification" in window && Notification.permission !== "denied"); };
    desktop.addEventListener("change", async () => {
      if (desktop.checked && "Notification" in window && Notification.permission === "default") await Notification.requestPermission();
      tell();
    });
    tell();
  }

  /* ------------------------------------------------------------ push messages */
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const hand = (subscription, url, more = {}) => {
    const { endpoint, keys } = subscription.toJSON();
    const body = new URLSearchParams({ endpoint, public_key: keys.p256dh, secret: keys.auth, ...more });
    return fetch(url, { method: "POST", headers: { "X-CSRFToken": seraph.csrf() }, body });
  };
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const renew = async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    if (subscription) await hand(subscription, place.dataset.renew, { renewed: "1" });
  };
  if (can && place.dataset.renew && Notification.permission === "granted") renew().catch(() => {});
  const panel = document.querySelector("[data-push]");
  if (panel) {
    const button = panel.querySelector("[data-push-on]");
    button.hidden = !can;
    panel.querySelector("[data-push-missing]").hidden = can;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
        const registration = await navigator.serviceWorker.register(panel.dataset.worker, { scope: "/" });
        await navigator.serviceWorker.ready;
        const options = { userVisibleOnly: true, applicationServerKey: toBytes(panel.dataset.keyOfSeraph) };
        const subscription = await registration.pushManager.subscribe(options);
        const answer = await hand(subscription, panel.dataset.url);
        if (answer.ok) return location.reload();
        await subscription.unsubscribe();
        seraph.say(answer.status === 422 ? await answer.text() : seraph.words.failed, { bad: true });
      } catch { seraph.say(panel.dataset.refused, { bad: true }); }
      button.disabled = false;
    });
  }
})();
