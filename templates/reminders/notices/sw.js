/* Seraph: shows push messages, and opens what they tell of. It keeps nothing and answers for no page. */
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json(); } catch { return; }
  const shown = { body: said.body, tag: said.tag, data: { url: said.url }, requireInteraction: true };
  event.waitUntil(self.registration.showNotification(said.title || "Seraph", shown));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url || "/", self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(self.clients.openWindow(url.href));
});
