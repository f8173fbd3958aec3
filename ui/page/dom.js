// A small tree of what should be on the screen, and a patch that brings the
// document there. Nodes that stay are kept, so that the focus and a press that
// has begun survive a render. Text goes in as text, never as markup.

// h describes an element: h('button.choice', {onclick: f}, 'text', child, …). The
// property mount is an element of somebody's own that is put in as it is.
export function h(name, props, ...kids) {
  const [tag, ...classes] = name.split('.');
  const p = {...(props || {})};
  if (p.class) classes.push(p.class);
  p.class = classes.join(' ');
  const key = p.key;
  const mount = p.mount;
  delete p.key;
  delete p.mount;
  return {tag, key, mount, props: p, kids: kids.flat(Infinity).filter((k) => k !== null && k !== undefined && k !== false && k !== '')};
}

const svgTags = new Set(['svg', 'path', 'rect', 'circle']);

function make(v) {
  if (typeof v !== 'object') return document.createTextNode(String(v));
  const el = svgTags.has(v.tag) ? document.createElementNS('http://www.w3.org/2000/svg', v.tag) : document.createElement(v.tag);
  el.vkey = v.key;
  el.vprops = {};
  setProps(el, v.props);
  for (const k of v.kids) el.append(make(k));
  if (v.mount) el.append(v.mount);
  return el;
}

function setProps(el, props) {
  const old = el.vprops;
  for (const name of Object.keys(old)) if (!(name in props)) setProp(el, name, null);
  for (const [name, value] of Object.entries(props)) if (old[name] !== value) setProp(el, name, value);
  el.vprops = props;
}

function setProp(el, name, value) {
  if (name.startsWith('on') || name === 'disabled' || name === 'value') {
    el[name] = value === undefined || value === null ? (name === 'value' ? '' : null) : value;
  } else if (value === null || value === undefined || value === false) {
    el.removeAttribute(name);
  } else {
    el.setAttribute(name, value === true ? '' : String(value));
  }
}

function fits(node, v) {
  if (typeof v !== 'object') return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === v.tag && node.vkey === v.key;
}

// patch makes the children of el what kids describes.
export function patch(el, kids) {
  let node = el.firstChild;
  for (const v of kids) {
    let match = node;
    if (match && !fits(match, v) && typeof v === 'object' && v.key !== undefined) {
      while (match && !fits(match, v)) match = match.nextSibling; // those skipped have gone
    }
    if (match && fits(match, v)) {
      while (node !== match) {
        const gone = node;
        node = node.nextSibling;
        gone.remove();
      }
      update(node, v);
      node = node.nextSibling;
    } else {
      el.insertBefore(make(v), node);
    }
  }
  while (node) {
    const gone = node;
    node = node.nextSibling;
    gone.remove();
  }
}

function update(node, v) {
  if (typeof v !== 'object') {
    if (node.data !== String(v)) node.data = String(v);
    return;
  }
  setProps(node, v.props);
  if (!v.mount) patch(node, v.kids);
  else if (node.firstChild !== v.mount) node.replaceChildren(v.mount);
}
