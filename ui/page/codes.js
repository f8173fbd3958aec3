// The promo code and the gift cards of the receipt: what each takes off, or why
// it does not.

import {h} from './dom.js';
import {t, day} from './i18n.js';

export function codes(s, model, act) {
  const all = s.receipt.codes || [];
  if (all.length === 0) return null;
  const cur = s.receipt.currency;
  const choices = (s.prompt && s.prompt.choices) || [];
  return h('ul.codes', {key: 'codes', 'aria-label': t('codes.title')}, all.map((c) => {
    const drop = choices.find((x) => x.id === 'drop_' + c.id);
    const at = choices.indexOf(drop);
    const key = drop && at < 9 && !model.entry ? String(at + 1) : null;
    return h('li', {key: c.id, 'data-code': c.id, 'data-state': c.state},
      h('span', null, t('code_kind.' + c.kind, {text: c.text}), more(c, cur)),
      !c.reason && h('span.sum', {key: 'sum'}, state(c, cur)),
      drop && h('button.small', {key: 'drop', 'data-choice': drop.id, 'data-key': key, disabled: !model.armed || Boolean(model.busy), onclick: () => act.choose(drop)},
        t('code.drop'), key && h('kbd', {key: 'k', 'aria-hidden': 'true'}, key)));
  }));
}

function more(c, cur) {
  const parts = [];
  if (c.balance !== undefined && c.state !== 'refused') parts.push(t('code.balance', c, cur));
  if (c.until && c.state !== 'refused') parts.push(t('code.until', {until: day(c.until)}));
  return [
    parts.length > 0 && h('small', {key: 'more'}, parts.join(', ')),
    c.reason && h('small.open', {key: 'why'}, t(c.state === 'refused' ? 'code_state.refused' : 'code_state.unsure', c)),
  ];
}

function state(c, cur) {
  if (c.state === 'asked') return t('code_state.asked');
  if (c.state === 'taken' && c.used === 0) return t('code_state.nothing');
  return t('code_state.' + c.state, c, cur);
}
