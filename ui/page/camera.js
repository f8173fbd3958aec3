// The camera of this page as a scanner: frames go to the daemon, which reads them
// and says what it saw; what a card means comes as a prompt, as from any scanner.
//
// The next frame goes when the one before was answered, at most `rate` a second,
// and is taken from the video at that moment: nothing queues, so nothing lags.
// Grey pixels are sent as they are: to unpack a JPEG takes the daemon longer than
// to read the code in it.

import {h} from './dom.js';
import {t} from './i18n.js';

const rate = 15;
const longest = 640; // pixels of the longer side of a frame
const patience = 2000; // milliseconds without an answer after which a frame is sent again

// camera makes the camera of a page. It calls changed() when its view should be
// drawn again, and uses server to send. What it knows is in the result's fields:
// state is 'off', 'asking', 'on' or 'failed'; trouble a code; view the last verdict.
export function camera(server, changed) {
  const c = {state: 'off', trouble: null, view: null, video: null, open, close, resume, took, toggle};
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  let stream = null;
  let turn = 0; // counts the openings: what belongs to an earlier one is void
  let timer = 0;
  let sent = 0; // when the frame that is not answered yet was sent; 0: none
  let last = 0; // when the last frame was sent

  function toggle() {
    return c.state === 'on' || c.state === 'asking' ? close() : open();
  }

  async function open() {
    close();
    const mine = ++turn;
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return fail('insecure');
    c.state = 'asking';
    changed();
    let got = null;
    try {
      got = await navigator.mediaDevices.getUserMedia({audio: false, video: {width: {ideal: 640}, height: {ideal: 480}, frameRate: {ideal: rate}, facingMode: {ideal: 'environment'}}});
    } catch (err) {
      if (mine === turn) fail(troubleOf(err));
      return;
    }
    if (mine !== turn) return stop(got); // closed while the browser asked
    stream = got;
    for (const track of stream.getTracks()) track.onended = () => mine === turn && fail('unplugged');
    c.video = document.createElement('video');
    c.video.muted = true;
    c.video.playsInline = true;
    c.video.srcObject = stream;
    try {
      await c.video.play();
    } catch {
      if (mine === turn) fail('busy');
      return;
    }
    if (mine !== turn) return;
    c.state = 'on';
    c.view = null;
    server.camera(true);
    sent = last = 0;
    schedule();
    changed();
  }

  function close() {
    turn++;
    release();
    c.state = 'off';
    c.trouble = null;
    changed();
  }

  function fail(trouble) {
    turn++;
    release();
    c.state = 'failed';
    c.trouble = trouble;
    changed();
  }

  // release gives the camera back to the system: its lamp goes out.
  function release() {
    clearTimeout(timer);
    if (stream) {
      stop(stream);
      server.camera(false);
    }
    stream = null;
    if (c.video) c.video.srcObject = null;
    c.video = null;
    c.view = null;
  }

  // resume begins anew on a new connection.
  function resume() {
    if (c.state !== 'on') return;
    server.camera(true);
    sent = 0;
    c.view = null;
    schedule();
  }

  // took is the answer to a frame.
  function took(view) {
    if (c.state !== 'on') return;
    sent = 0;
    if (view.state === 'taken') return fail('taken');
    const before = c.view;
    c.view = view;
    if (!before || JSON.stringify([before.state, before.advice, before.codes, before.reads]) !== JSON.stringify([view.state, view.advice, view.codes, view.reads])) changed();
    schedule();
  }

  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(shoot, Math.max(0, last + 1000 / rate - performance.now()));
  }

  // shoot sends what the camera sees now.
  function shoot() {
    if (c.state !== 'on') return;
    timer = setTimeout(shoot, patience);
    const now = performance.now();
    if (sent && now - sent < patience) return;
    if (c.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return schedule();
    if (server.frame(grey(c.video))) {
      sent = last = now;
    } else { // something else is on its way
      clearTimeout(timer);
      timer = setTimeout(shoot, 50);
    }
  }

  // grey is the frame as a message: its head, then a byte for each pixel.
  function grey(video) {
    const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
    const w = Math.max(16, Math.round(video.videoWidth * scale));
    const height = Math.max(16, Math.round(video.videoHeight * scale));
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== height) canvas.height = height;
    pen.drawImage(video, 0, 0, w, height);
    const rgba = pen.getImageData(0, 0, w, height).data;
    const out = new Uint8Array(6 + w * height);
    out.set([1, 1, w >> 8, w & 255, height >> 8, height & 255]);
    for (let i = 0, o = 6; o < out.length; i += 4, o++) out[o] = (rgba[i] * 77 + rgba[i + 1] * 150 + rgba[i + 2] * 29) >> 8; // ITU-R BT.601
    return out;
  }

  return c;
}

function stop(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

// troubleOf is the code for an error of getUserMedia (W3C Media Capture and
// Streams, 10.3).
function troubleOf(err) {
  switch (err.name) {
    case 'NotAllowedError': case 'SecurityError': return 'denied';
    case 'NotFoundError': case 'OverconstrainedError': return 'absent';
    default: return 'busy'; // NotReadableError, AbortError
  }
}

// cameraView is the panel, while it is open.
export function cameraView(model, act) {
  const c = model.camera;
  const p = model.picture; // what became of a picture: {state, codes, advice} or {trouble, detail}, or {state: 'reading'}
  if (!c || (c.state === 'off' && !p)) return null;
  return h('section.box.camera', {key: 'camera', 'data-camera': c.state, 'data-view': c.view ? c.view.state : '', 'aria-label': t('camera.title')},
    c.state === 'on' && h('div.finder', {key: 'finder', mount: c.video, class: c.view ? c.view.state : ''}),
    c.state !== 'off' && h('div.verdict', {key: 'verdict', role: 'status'}, verdict(c)),
    p && h('div.verdict', {key: 'picture', role: 'status', 'data-picture': p.trouble || p.state}, pictureVerdict(p)),
    h('div.row', {key: 'row'},
      h('button.small', {key: 'file', 'data-do': 'picture', onclick: act.choosePicture}, t('camera.picture')),
      h('button.small', {key: 'close', 'data-do': 'camera-off', onclick: act.closeCamera}, t(c.state === 'on' ? 'camera.off' : 'close'))));
}

function verdict(c) {
  if (c.state === 'asking') return h('p.strip.info', {key: 'asking'}, t('camera.asking'));
  if (c.state === 'failed') return h('p.strip.error', {key: 'failed', 'data-trouble': c.trouble}, t('camera.' + c.trouble));
  return seen(c.view || {state: 'searching'}, 'camera.searching');
}

// seen says what a view shows; nothing is the text for when no code is read.
function seen(v, nothing) {
  const codes = (v.codes || []).map((x) => t('camera.code', x)).join(', ');
  switch (v.state) {
    case 'read': return h('p.strip.good', {key: 'read'}, t('camera.read', {codes}));
    case 'several': return h('p.strip.warning', {key: 'several'}, t('camera.several', {codes}));
  }
  const advice = (v.advice || [])[0];
  if (advice) return h('p.strip.warning', {key: advice, 'data-advice': advice}, t('advice.' + advice));
  return h('p.strip.info', {key: 'searching'}, t(nothing));
}

function pictureVerdict(p) {
  if (p.trouble) return h('p.strip.error', {key: 'failed'}, t('picture.' + p.trouble));
  if (p.state === 'reading') return h('p.strip.info', {key: 'reading'}, t('picture.reading'));
  return seen(p, 'picture.nothing');
}
