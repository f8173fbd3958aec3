// The question on the screen: who the customer is, what may be done, and the
// answers.

import {h} from './dom.js';
import {t, code, money, plural, moment, day} from './i18n.js';
import {entryView} from './pad.js';
import {isText} from './entry.js';
import {codes} from './codes.js';

export function promptView(model, act) {
  const s = model.state;
  const p = s.prompt;
  const cur = s.receipt.currency;
  const e = model.entry && model.entry.where === 'prompt' ? model.entry : null;
  return h('section.prompt', {key: p.question || p.id, class: 'kind-' + p.kind, 'data-prompt': p.id, 'data-kind': p.kind},
    h('div.question', null,
      h('h1', null, heading(p, cur)),
      p.again > 0 && h('p.again', {key: 'again'}, t('again'))),
    p.text && h('p.said', {key: 'said', class: goodNews.has(p.text.code) ? 'good' : ''}, code(['text', 'reason'], p.text, cur)),
    p.customer ? customer(p, model, cur) : p.card && h('p.card', {key: 'card'}, t('card', {card: p.card})),
    p.kind === 'attach' && h('p.limit', {key: 'new-card'}, t('attach.card', {card: p.card}), h('span.why', null, ' ' + t('attach.help'))),
    p.form && form(p),
    codes(s, model, act),
    quote(p, cur, s),
    p.code && h('p.limit', {key: 'code'}, t('code.sent', {until: p.code.until})),
    (p.kind === 'wait' || p.text && onTheWay.has(p.text.code)) && h('div.waiting', {key: 'waiting', role: 'progressbar', 'aria-label': t('prompt.wait')}, h('span')),
    e ? h('div.typing', {key: 'typing:' + e.choice.id, class: isText(e.choice.input) ? 'text' : ''}, entryView(model, act, {
      label: t('entry.' + e.choice.id), note: bounds(e.choice, cur), submit: t('submit.' + e.choice.id),
      others: e.auto ? p.choices.filter((c) => c.id !== e.choice.id) : [], render: (c, k) => choice(c, k, model, act, cur, p), back: !e.auto,
    })) : h('div.choices', {key: 'choices', class: p.choices.length > 5 ? 'many' : ''}, p.choices.map((c, i) => c.id.startsWith('drop_') ? null : choice(c, i < 9 ? String(i + 1) : '', model, act, cur, p))));
}

// title is the question in one sentence, to be read aloud.
export function title(p, cur) {
  const who = p.customer ? ' ' + (p.customer.name || t('customer.nameless')) + ', ' + plural('points', p.customer.spendable) : '';
  return heading(p, cur) + '.' + who;
}

function heading(p, cur) {
  return t('prompt.' + p.kind, {to_pay: p.quote ? p.quote.to_pay : 0}, cur);
}

function customer(p, model, cur) {
  const c = p.customer;
  const deciding = p.kind === 'spend' || p.kind === 'total'; // later on it is noise
  const first = deciding && (c.expiring || [])[0];
  const held = deciding ? c.balance - c.spendable : 0;
  return h('div.customer', {key: 'customer'},
    h('div.who', null,
      h('span.name', null, c.name || t('customer.nameless')),
      c.tier && h('span.tier', {key: 'tier'}, c.tier),
      c.blocked && h('span.tier.blocked', {key: 'blocked'}, t('customer.blocked'))),
    h('div.balance', null,
      h('span.points', {class: c.no_balance ? 'unknown' : ''}, c.no_balance ? t('balance.unknown') : plural('points', c.spendable)),
      !c.no_balance && h('span.age', {key: 'age'}, c.fresh ? t('balance.fresh') : t('balance.as_of', {at: moment(c.as_of, Date.now())}))),
    h('ul.facts', null,
      c.no_balance && p.kind === 'total' && h('li', {key: 'no_balance'}, t('reason.balance_unknown')),
      held > 0 && !c.no_balance && h('li', {key: 'held'}, t('balance.held', {points: held, balance: c.balance})),
      deciding && (c.untaken || []).map((u, i) => h('li.untaken', {key: 'untaken:' + i}, t(u.receipt ? 'balance.untaken' : 'balance.untaken_at', {...u, at: moment(u.at, Date.now())}))),
      first && h('li.expiring', {key: 'expiring'}, t('balance.expiring', {points: first.points, day: day(first.at)})),
      deciding && c.pending > 0 && h('li', {key: 'pending'}, t('balance.pending', {points: c.pending}))));
}

const goodNews = new Set(['joined', 'attached']);
const onTheWay = new Set(['code_sending', 'join_sent', 'attach_sent', 'differs_asking']);

// form is what is known of a new customer.
function form(p) {
  const f = p.form;
  const open = p.kind === 'register' && f.name && !f.card && p.choices.some((c) => c.id === 'card');
  return h('dl.sums', {key: 'form'},
    h('dt', {key: 'a'}, t('form.phone')), h('dd', {key: 'b'}, f.phone),
    f.name && [h('dt', {key: 'c'}, t('form.name')), h('dd', {key: 'd'}, f.name)],
    (f.card || open) && [h('dt', {key: 'e'}, t('form.card')), h('dd', {key: 'f'}, f.card || t('form.scan'))]);
}

function quote(p, cur, s) {
  const q = p.quote;
  if (!q || p.kind === 'other') return null; // it is the sale's, and the customer above is somebody else
  if (p.kind !== 'spend') {
    return h('dl.sums', {key: 'sums'},
      q.spend > 0 && [h('dt', {key: 'a'}, t('sum.spend')), h('dd', {key: 'b'}, plural('points', q.spend) + ' = ' + money(q.worth, cur))],
      off(q, cur),
      p.kind !== 'pay' && [h('dt', {key: 'c'}, t('sum.to_pay')), h('dd', {key: 'd'}, money(q.to_pay, cur))],
      h('dt', {key: 'e'}, t('sum.earn')), h('dd', {key: 'f'}, plural('points', q.earn)));
  }
  return h('div.quote', {key: 'limit', 'data-told': String(Boolean(p.told))},
    q.off > 0 && h('dl.sums', {key: 'sums'}, (s.receipt.codes || []).length === 0 && off(q, cur), h('dt', {key: 'c'}, t('sum.to_pay')), h('dd', {key: 'd'}, money(q.to_pay, cur))),
    h('p.limit', {key: 'limit'},
      q.max_spend > 0 ? t('quote.max', q, cur) : t('quote.none'),
      q.limit && !(p.text && p.text.code === q.limit) && h('span.why', {key: 'why'}, ' ' + t('reason.' + q.limit)),
      p.told && h('span.why', {key: 'told'}, ' ' + t('quote.told'))));
}

// off is what is taken off besides points: a discount, and what gift cards pay.
function off(q, cur) {
  const paid = q.prepaid || 0;
  const discount = (q.off || 0) - paid;
  return [
    discount > 0 && [h('dt', {key: 'off'}, t('sum.promo')), h('dd', {key: 'off-sum'}, less(discount, cur))],
    paid > 0 && [h('dt', {key: 'gift'}, t('sum.gift')), h('dd', {key: 'gift-sum'}, less(paid, cur))],
  ];
}

// less is a sum that is taken off; no line ends behind its sign.
const less = (sum, cur) => '−\u2060' + money(sum, cur);

function bounds(c, cur) {
  return c.input === 'points' && c.max ? t('entry.bounds', {min: c.min || 1, max: c.max}) : '';
}

function choice(c, key, model, act, cur, p) {
  const id = c.id.startsWith('pick_') ? 'pick' : c.id;
  const label = t('choice.' + id + (id === 'spend_all' && !c.offer ? '_off' : ''), {...c.offer, customer: c.customer || t('customer.nameless'), other: p.customer ? p.customer.name : ''}, cur);
  const said = p.quote && p.quote.limit === c.disabled; // above, for all of them
  const more = c.disabled ? (said ? '' : t('reason.' + c.disabled)) : c.hint ? c.hint : c.offer ? offer(c, cur) : '';
  return h('button.choice', {
    key: 'choice:' + c.id, 'data-choice': c.id, 'data-key': key || null, 'data-enter': c.primary && !model.entry ? true : null,
    class: [c.primary && !c.disabled && !model.entry ? 'primary' : '', c.disabled ? 'off' : '', quietOnes.has(c.id) ? 'quiet' : '', slimOnes.has(c.id) ? 'slim' : '', model.busy === 'choice:' + c.id ? 'busy' : ''].join(' '),
    'aria-disabled': c.disabled ? 'true' : null, disabled: !model.armed || Boolean(model.busy), onclick: () => act.choose(c),
  },
  h('span.label', null, label),
  more && h('span.more', {key: 'more'}, more),
  h('span.keys', {'aria-hidden': 'true', key: 'keys'}, key && h('kbd', {key: 'k'}, key), c.primary && !model.entry && h('kbd', {key: 'enter'}, 'Enter')));
}

const slimOnes = new Set(['promo', 'gift_card']); // beside the question
const quietOnes = new Set(['leave', 'promo', 'gift_card', 'no_attach', 'not_this', 'void', 'without', 'back', 'cancel_register', 'no_card']);

function offer(c, cur) {
  const o = c.offer;
  if (c.id === 'paid' || c.id === 'spend_told') return o.earn > 0 ? t('offer.earn', o, cur) : '';
  return o.earn > 0 ? t('offer.pay_earn', o, cur) : t('offer.pay', o, cur);
}
