// Beside the question: the receipt, the last sale, and how things stand.

import {h} from './dom.js';
import {t, money, plural, moment} from './i18n.js';
import {wallet, history} from './beside.js';
import {drafts} from './drafts.js';
import {people} from './people.js';

export function side(model, act) {
  const s = model.state;
  return [wallet(s), receipt(s), people(model, act), history(model, act), last(model, act), drafts(model, act), things(s, model), model.welcome && model.welcome.own && h('button.small.wide', {key: 'pair', onclick: act.openPairing}, t('pair.open')),
    model.welcome && model.welcome.own && !model.welcome.demo && h('button.small.wide', {key: 'enrol', 'data-do': 'enrol', onclick: act.openEnrol}, t('enrol.open'))];
}

function receipt(s) {
  const r = s.receipt;
  const lines = r.lines || [];
  const off = (s.prompt && s.prompt.quote && s.prompt.quote.discounts) || [];
  return h('section.box.receipt', {key: 'receipt'},
    h('h2', null, r.id ? t('receipt.number', {id: r.id}) : t('receipt.title')),
    h('p.total', {class: r.known ? '' : 'none'}, r.known ? money(r.total, r.currency) : t('receipt.none')),
    r.known && h('p.note', {key: 'source'}, t(r.source === 'pos' ? 'receipt.from_pos' : 'receipt.typed')),
    lines.length > 0 && h('ul.lines', {key: 'lines'}, lines.map((l, i) =>
      h('li', {key: i + ':' + l.id}, h('span', null, l.title || l.sku || l.gtin || l.id), h('span.sum', null, money(l.total, r.currency), off[i] > 0 && h('small', {key: 'off'}, '−' + money(off[i], r.currency)))))));
}

function last(model, act) {
  const l = model.state.last;
  const cur = model.state.receipt.currency;
  if (!l) return null;
  const now = Date.now();
  return h('section.box', {key: 'last'},
    h('h2', null, t('last.title')),
    h('p', null, h('strong', null, l.customer || t('customer.nameless')), ' · ' + money(l.total, cur)),
    h('p.note', null, [l.spent ? t('last.spent', {points: l.spent}) : '', l.earned ? t('last.earned', {points: l.earned}) : ''].filter(Boolean).join(', ')),
    h('p.note', null, moment(l.at, now) + (l.receipt ? ' · ' + t('receipt.number', {id: l.receipt}) : '')),
    h('p.note', {class: l.state === 'done' ? '' : 'open'}, t('entry_state.' + l.state)),
    l.left > 0 && h('button.small.wide', {key: 'return', 'data-do': 'return-last', 'data-key': 'F7', onclick: act.openReturn}, t('last.return'), h('kbd', {'aria-hidden': 'true'}, 'F7')),
    l.can_undo && h('button.small.wide', {key: 'undo', 'data-do': 'undo', 'data-key': 'F8', onclick: act.askUndo}, t('last.undo'), h('kbd', {'aria-hidden': 'true'}, 'F8')));
}

function things(s, model) {
  const link = s.link;
  const now = Date.now();
  const f = link.filling;
  return h('section.box.things', {key: 'things'},
    h('h2', null, t('things.title')),
    h('ul', null,
      (s.devices || []).map((d) => h('li', {key: 'device:' + d.id, class: {ready: 'good', off: ''}[d.state] ?? 'warning'},
        h('span.dot', {'aria-hidden': 'true'}),
        h('span', null, nameOf(d), ' — ', t('device.' + d.state), d.reason && d.state !== 'off' && d.state !== 'absent' && h('small', {key: 'why'}, d.reason)))),
      f ? h('li.info', {key: 'fill'}, h('span.dot', {'aria-hidden': 'true'}), h('span', null, t('copy.filling', {done: f.done, of: f.of}), h('progress', {key: 'bar', value: f.done, max: f.of, 'aria-label': t('copy.label')})))
        : h('li', {key: 'copy', class: link.copy ? 'good' : 'warning'}, h('span.dot', {'aria-hidden': 'true'}),
          h('span', null, link.copy ? plural('customers', link.copy) + (link.copy_at ? ', ' + moment(link.copy_at, now) : '') : t('copy.empty'))),
      queue(s.journal)));
}

// nameOf is what a device calls itself; that of this page says it in its language.
export const nameOf = (d) => (d.id === 'camera:browser' ? t('camera.device') : d.name || d.id);

function queue(j) {
  if (!j) return null;
  const out = [];
  if (j.people) out.push(h('li.error', {key: 'people'}, h('span.dot', {'aria-hidden': 'true'}), h('span', null, t('journal.people', {n: j.people}), h('small', null, t('journal.people_help')))));
  if (j.unknown) out.push(h('li.warning', {key: 'unknown'}, h('span.dot', {'aria-hidden': 'true'}), h('span', null, t('journal.unknown', {n: j.unknown}))));
  if (j.pending) out.push(h('li.info', {key: 'pending'}, h('span.dot', {'aria-hidden': 'true'}), h('span', null, t('journal.pending', {n: j.pending}))));
  if (out.length === 0) out.push(h('li.good', {key: 'none'}, h('span.dot', {'aria-hidden': 'true'}), h('span', null, t('journal.empty'))));
  return out;
}
