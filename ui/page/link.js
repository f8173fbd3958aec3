// The websocket to the daemon: connects by itself, for ever, resumes where it
// was, and sends again what was not answered. See PROTOCOL.md.

const pauses = [250, 500, 1000, 2000, 4000, 5000]; // milliseconds

// connect calls the handlers: state(section values, whole), up(welcome), down(when
// the next attempt is), fatal(message), pairing(message), unpaired(), view(message).
export function connect(handlers) {
  const client = clientName();
  const waiting = new Map(); // command id → {message, done}
  let socket = null;
  let epoch = '';
  let seq = 0;
  let attempt = 0;
  let timer = 0;
  let count = 0;

  function open() {
    clearTimeout(timer);
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    const ws = new WebSocket(scheme + location.host + '/v1/ws', 'tillgate.v1');
    socket = ws;
    // A connection that neither opens nor fails is no connection.
    const late = setTimeout(() => ws.close(), 5000);
    ws.onopen = () => {
      const hello = {type: 'hello', client, want: ['state']};
      if (epoch) hello.resume = {epoch, seq};
      const token = localStorage.getItem('tillgate.token');
      if (token) hello.token = token;
      ws.send(JSON.stringify(hello));
    };
    ws.onmessage = (e) => {
      clearTimeout(late);
      if (ws === socket) take(JSON.parse(e.data), ws);
    };
    ws.onclose = () => {
      clearTimeout(late);
      if (ws !== socket) return;
      socket = null;
      const pause = pauses[Math.min(attempt++, pauses.length - 1)] * (0.8 + Math.random() * 0.4);
      handlers.down(Date.now() + pause);
      timer = setTimeout(open, pause);
    };
  }

  function take(m, ws) {
    switch (m.type) {
      case 'welcome':
        attempt = 0;
        if (m.epoch !== epoch) {
          // Another daemon knows nothing of what was asked of the one before.
          for (const id of [...waiting.keys()]) if (epoch) settle(id, {ok: false, error: {code: 'restarted'}});
          epoch = m.epoch;
          seq = m.seq;
        }
        handlers.up(m);
        for (const w of waiting.values()) ws.send(w.message);
        break;
      case 'state':
        seq = m.seq;
        handlers.state(m.state, true);
        break;
      case 'change':
        seq = m.seq;
        handlers.state(m.set, false);
        break;
      case 'answer':
        settle(m.id, m);
        break;
      case 'error':
        if (m.code === 'unpaired') handlers.unpaired();
        else if (m.id) settle(m.id, {ok: false, error: {code: m.code, args: {detail: m.detail}}});
        break;
      case 'view':
        handlers.view(m);
        break;
      case 'fatal':
        handlers.fatal(m);
        break;
      case 'pairing':
        handlers.pairing(m);
        break;
    }
  }

  function post(message) {
    const open = Boolean(socket) && socket.readyState === WebSocket.OPEN;
    if (open) socket.send(message);
    return open;
  }

  function settle(id, answer) {
    const w = waiting.get(id);
    if (!w) return;
    waiting.delete(id);
    w.done(answer);
  }

  // A till that was asleep, or a page that was hidden, tries again at once.
  addEventListener('online', () => socket || open());
  document.addEventListener('visibilitychange', () => document.hidden || socket || open());
  open();

  return {
    retry() {
      if (!socket) open();
    },
    // camera switches the page's camera on or off; false if there is no connection.
    camera(on) {
      return post(JSON.stringify({type: 'camera', on}));
    },
    // frame sends a frame of the camera, unless an earlier one is still on its way.
    frame(bytes) {
      return Boolean(socket) && socket.bufferedAmount === 0 && post(bytes);
    },
    // command asks something of the desk. It resolves to the answer, even when
    // the connection is lost and comes back in between: the id stays the same.
    command(fields) {
      const id = Date.now().toString(36) + '-' + (count++).toString(36);
      const message = JSON.stringify({type: 'command', id, ...fields});
      return new Promise((done) => {
        waiting.set(id, {message, done});
        if (socket && socket.readyState === WebSocket.OPEN) socket.send(message);
      });
    },
  };
}

// clientName is the same for one tab, also after a reload.
function clientName() {
  let name = sessionStorage.getItem('tillgate.client');
  if (!name) {
    const b = crypto.getRandomValues(new Uint8Array(8));
    name = 'page-' + Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
    sessionStorage.setItem('tillgate.client', name);
  }
  return name;
}
