// Enrolment: the page shows a code, and the device that reads it becomes this
// till's scanner.

import {h} from './dom.js';
import {t} from './i18n.js';

export function enrolView(model) {
  const e = model.enrolment;
  if (!e) return h('p', {key: 'wait'}, '…');
  if (e.state === 'waiting') {
    return h('div.enrolling', {key: 'code', 'data-enrol': e.state, 'data-code': e.code, 'data-tried': String(e.tried)},
      h('p', null, t('enrol.help')),
      square(e.qr),
      h('p.note', null, t('enrol.laser')),
      bars(e.bars),
      h('p.note', null, t(e.tried ? 'enrol.left' : 'enrol.nobody', {n: e.left || 0})));
  }
  const said = e.state === 'idle' ? 'over' : e.stays ? 'stays' : e.state;
  const kind = e.state === 'found' ? 'good' : e.state === 'failed' ? 'error' : 'warning';
  return h('div', {key: e.state, 'data-enrol': e.state},
    h('p.strip', {class: kind}, t('enrol.' + said, {device: e.device, detail: e.detail})));
}

// square draws a QR code, one path for all dark modules.
function square(rows) {
  let d = '';
  rows.forEach((row, y) => {
    for (const m of row.matchAll(/1+/g)) d += 'M' + m.index + ' ' + y + 'h' + m[0].length + 'v1h-' + m[0].length + 'z';
  });
  return picture('qr', rows[0].length, rows.length, d, 280, 280);
}

function bars(row) {
  let d = '';
  for (const m of row.matchAll(/1+/g)) d += 'M' + m.index + ' 0h' + m[0].length + 'v1h-' + m[0].length + 'z';
  return picture('bars', row.length, 1, d, row.length * 2, 72);
}

function picture(key, columns, rows, d, width, height) {
  return h('svg', {key, class: key, viewBox: '0 0 ' + columns + ' ' + rows, width, height, preserveAspectRatio: 'none', 'shape-rendering': 'crispEdges', role: 'img', 'aria-label': t('enrol.picture')},
    h('rect', {width: columns, height: rows, fill: '#fff'}), h('path', {d, fill: '#000'}));
}
