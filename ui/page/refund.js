// Goods of an earlier sale come back: which, what the customer gets for them, and
// the sale rolled back as a whole. The page marks parts of lines; what they come
// to is the desk's word.

import {h} from './dom.js';
import {t, code, money, moment, plural, number} from './i18n.js';

export function refundView(model, act) {
  const r = model.state.return;
  const cur = model.state.receipt.currency;
  const p = r.preview;
  const blocked = !model.armed || Boolean(model.busy);
  const marked = p && (p.items || []).length > 0;
  const button = (id, key, label, run, more) => h('button.choice', {key: id, 'data-do': id, 'data-key': key, disabled: blocked, class: more || '', onclick: run},
    h('span.label', null, label), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, key === 'Escape' ? 'Esc' : key)));
  return h('section.prompt.refund', {key: 'refund:' + r.sale, 'data-refund': r.sale},
    h('div.question', null, h('h1', null, r.receipt ? t('return.of', {id: r.receipt}) : t('return.title'))),
    h('p.note', null, t('return.sale', {customer: r.customer || t('customer.nameless'), total: r.total}, cur) + ' · ' + moment(r.at, Date.now())),
    h('p.limit', {key: 'left'}, r.left > 0 ? t('return.left', r, cur) : t('return.none_left')),
    r.lines.length === 0 && h('p.note', {key: 'no-lines'}, t('return.no_lines')),
    r.lines.length > 0 && h('ul.back', {key: 'lines', 'aria-label': t('return.choose')}, r.lines.map((l, i) => line(r, l, i, model, act, cur))),
    p && h('dl.sums', {key: 'sums', 'data-preview': String(p.told)},
      h('dt', {key: 'a'}, t('return.amount')), h('dd', {key: 'b'}, money(p.amount, cur)),
      h('dt', {key: 'c'}, t('return.money')), h('dd', {key: 'd'}, money(p.back, cur)),
      !p.refused && [h('dt', {key: 'e'}, t('return.restored')), h('dd', {key: 'f'}, plural('points', p.restored)),
        h('dt', {key: 'g'}, t('return.cancelled')), h('dd', {key: 'h'}, plural('points', p.cancelled))]),
    p && !p.refused && h('p.note', {key: 'whose'}, t(p.told ? 'return.told' : 'return.own')),
    p && p.refused && h('p.said', {key: 'refused'}, code(['reason'], {code: p.refused}, cur)),
    h('div.choices', {key: 'choices'},
      p && h('button.choice.primary', {key: 'yes', 'data-do': 'return-yes', 'data-enter': true, disabled: blocked, onclick: act.giveBack},
        h('span.label', null, t(marked ? 'return.do' : 'return.do_sum')), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, 'Enter'))),
      r.left > 0 && r.lines.length > 0 && button('return-all', '*', t('return.all'), act.markAll),
      r.left > 0 && button('return-sum', '/', t('return.sum'), act.openReturnSum),
      r.can_undo && button('return-undo', 'F8', t('return.undo'), act.askUndoOf),
      button('return-close', 'Escape', t('return.close'), act.closeReturn, 'quiet')));
}

function line(r, l, i, model, act, cur) {
  const mark = ((r.preview && r.preview.items) || []).find((x) => x.line === i);
  const qty = mark ? mark.qty : 0;
  const step = Math.min(1000, l.left) || 1000;
  const off = l.left === 0;
  const blocked = off || Boolean(model.busy);
  const key = i < 9 ? String(i + 1) : null;
  return h('li', {key: i, class: off ? 'off' : '', 'data-line': i, 'data-qty': qty},
    h('button.small.mark', {key: 'mark', 'data-key': key, 'aria-pressed': String(qty > 0), disabled: blocked, onclick: () => act.markLine(i, qty > 0 ? 0 : l.left)},
      h('span', null, l.title || '—'), h('span.sum', null, money(l.total, cur)), key && h('kbd', {key: 'k', 'aria-hidden': 'true'}, key)),
    off ? h('span.note', {key: 'off'}, t('return.line_back')) : h('span.steps', {key: 'steps'},
      h('button.small', {key: 'less', 'aria-label': t('return.less', {line: l.title}), disabled: blocked || qty === 0, onclick: () => act.markLine(i, Math.max(0, qty - step))}, '−'),
      h('span.qty', null, number(qty / 1000) + ' / ' + number(l.left / 1000)),
      h('button.small', {key: 'more', 'aria-label': t('return.more', {line: l.title}), disabled: blocked || qty >= l.left, onclick: () => act.markLine(i, Math.min(l.left, qty + step))}, '+')));
}
