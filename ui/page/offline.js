// Keeps the page itself, so that it opens also while the daemon does not run:
// after the till's PC is switched on the browser is often there first. The page
// then says that it waits for tillgate, and goes on by itself. See keep.js.

export function keepPage() {
  if (!('serviceWorker' in navigator)) return; // an origin without TLS that is not this machine
  navigator.serviceWorker.register('keep.js').then(() => navigator.serviceWorker.ready).then((r) => {
    const files = performance.getEntriesByType('resource').map((e) => e.name);
    r.active.postMessage([location.origin + '/', ...files]);
  }).catch(() => {}); // the page works without
}
