// The service worker of the page: what the daemon serves comes from the daemon;
// what it can not serve because it does not run comes from what was kept. So
// page and daemon are of one version whenever there is a daemon. Nothing of
// /v1/ is ever kept.

const kept = 'tillgate-page';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));

const isPage = (url) => url.origin === location.origin && !url.pathname.startsWith('/v1/');

self.addEventListener('message', (e) => e.waitUntil(
  caches.open(kept).then((c) => c.addAll(e.data.filter((u) => isPage(new URL(u)))))));

self.addEventListener('fetch', (e) => {
  if (e.request.method === 'GET' && isPage(new URL(e.request.url))) e.respondWith(fetchOrKept(e.request));
});

async function fetchOrKept(request) {
  const cache = await caches.open(kept);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (gone) {
    const old = await cache.match(request, {ignoreSearch: true});
    if (old) return old;
    throw gone;
  }
}
