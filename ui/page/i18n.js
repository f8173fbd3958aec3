// Texts in Russian and English, and how amounts, points and times are written.
// Money is an integer of minor units throughout: it is turned into a decimal
// string for display, never into a fraction.

let texts = {};
let language = 'ru';
let forms = null;

export const languages = ['ru', 'en'];

// choose loads a language and remembers it.
export async function choose(lang) {
  const res = await fetch('strings.' + lang + '.json');
  if (!res.ok) throw new Error('strings.' + lang + '.json: ' + res.status);
  texts = await res.json();
  language = lang;
  forms = new Intl.PluralRules(lang);
  localStorage.setItem('tillgate.language', lang);
  document.documentElement.lang = lang;
}

// preferred is the language chosen last on this till; Russian at first.
export function preferred() {
  const asked = new URLSearchParams(location.search).get('lang');
  const kept = asked || localStorage.getItem('tillgate.language');
  return languages.includes(kept) ? kept : 'ru';
}

export function current() {
  return language;
}

export function has(key) {
  return typeof texts[key] === 'string';
}

// t is a text with its arguments: "{total|money}" is the argument total,
// written as money. What is in double brackets is left out where the argument in
// it is zero: "[[: {spent|points} spent]]".
export function t(key, args, currency) {
  const text = texts[key];
  if (typeof text !== 'string') return key;
  const said = text.replace(/\[\[([^\]]*?\{(\w+).*?)\]\]/g, (whole, part, name) => (args && args[name] === 0 ? '' : part));
  return said.replace(/\{(\w+)(?:\|(\w+))?\}/g, (whole, name, form) => {
    const value = args ? args[name] : undefined;
    if (value === undefined || value === null) return '—';
    return form ? write(form, value, currency) : String(value);
  });
}

function write(form, value, currency) {
  switch (form) {
    case 'money': return money(value, currency);
    case 'number': return number(value);
    case 'clock': return moment(value, Date.now());
    case 'reason': return has('reason.' + value) ? t('reason.' + value) : String(value);
    case 'device': return has('device.' + value) ? t('device.' + value) : String(value);
    default: return plural(form, value);
  }
}

// code is the text of a code that the desk sent. Its classes are tried in the
// order given: one code may say two things in two places.
export function code(classes, text, currency) {
  for (const c of classes) if (has(c + '.' + text.code)) return t(c + '.' + text.code, text.args, currency);
  return t('unknown_code', {code: text.code});
}

export function number(n) {
  return new Intl.NumberFormat(language).format(n);
}

// plural is a number with its word: "1 балл", "2 балла", "5 баллов".
export function plural(unit, n) {
  const words = texts['unit.' + unit] || {};
  return number(n) + '\u00a0' + (words[forms.select(Math.abs(n))] || words.other || unit);
}

const digitsOf = (currency) => new Intl.NumberFormat('en', {style: 'currency', currency}).resolvedOptions().maximumFractionDigits;

export function money(minor, currency) {
  const cur = currency || 'RUB';
  const digits = digitsOf(cur);
  return new Intl.NumberFormat(language, {style: 'currency', currency: cur, currencyDisplay: 'narrowSymbol'}).format(decimal(minor, digits));
}

// decimal writes minor units as a decimal string: 123450 → "1234.50".
export function decimal(minor, digits) {
  const sign = minor < 0 ? '-' : '';
  const s = String(Math.abs(minor)).padStart(digits + 1, '0');
  return digits === 0 ? sign + s : sign + s.slice(0, -digits) + '.' + s.slice(-digits);
}

// minor reads what was typed ("1234,5") as minor units; null if it is no amount.
export function minor(typed, currency) {
  const digits = digitsOf(currency || 'RUB');
  const m = /^(\d{1,12})(?:[.,](\d*))?$/.exec(typed);
  if (!m || (m[2] || '').length > digits) return null;
  return parseInt(m[1] + (m[2] || '').padEnd(digits, '0'), 10);
}

export function clock(at) {
  return new Intl.DateTimeFormat(language, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}).format(new Date(at));
}

export function day(at) {
  return new Intl.DateTimeFormat(language, {day: 'numeric', month: 'long'}).format(new Date(at));
}

// moment is the time of day, with the date if that is not today.
export function moment(at, now) {
  const d = new Date(at);
  return d.toDateString() === new Date(now).toDateString() ? clock(d) : day(d) + ', ' + clock(d);
}
