// A field that is typed into and offers what fits, as Slack's long menus do.

import { element } from './mrkdwn.js';

const WAIT_MS = 150;
let serial = 0;

// `search` gives options for a text, `choose` takes one of them or null.
export function combo({ chosen, placeholder, search, choose }) {
  const box = element('div', 'combo');
  const input = element('input', 'field-text');
  const list = element('ul', 'combo-list');
  serial += 1;
  list.id = `combo-${serial}`;
  list.setAttribute('role', 'listbox');
  list.hidden = true;
  input.type = 'text';
  input.placeholder = placeholder;
  input.value = chosen ? chosen.text.text : '';
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-autocomplete', 'list');
  input.autocomplete = 'off';
  box.append(input, list);
  let options = [];
  let at = -1;
  let asked = 0;
  let timer = 0;

  const open = (wanted) => {
    list.hidden = !wanted;
    input.setAttribute('aria-expanded', String(wanted));
  };
  const mark = (index) => {
    at = index;
    [...list.children].forEach((item, n) => item.setAttribute('aria-selected', String(n === at)));
    if (list.children[at]) {
      list.children[at].scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', list.children[at].id);
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  };
  const take = (one) => {
    clearTimeout(timer);
    asked += 1; // what is still on its way came too late
    input.value = one.text.text;
    open(false);
    choose(one);
  };
  const show = (words) => {
    list.replaceChildren(...(words ? [element('li', 'combo-none', words)] : options.map((one, n) => {
      const item = element('li', '', one.text.text);
      item.id = `${list.id}-${n}`;
      item.setAttribute('role', 'option');
      item.addEventListener('mousedown', (event) => {
        event.preventDefault();
        take(one);
      });
      return item;
    })));
    mark(words ? -1 : 0);
    open(true);
  };
  const look = async () => {
    asked += 1;
    const mine = asked;
    try {
      const found = await search(input.value);
      if (mine !== asked) return; // an older answer
      options = found;
      show(options.length ? '' : 'No results');
    } catch (error) {
      if (mine === asked) show(error.message);
    }
  };

  input.addEventListener('input', () => {
    if (input.value === '') choose(null);
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  input.addEventListener('click', () => { if (list.hidden) look(); });
  input.addEventListener('blur', () => open(false));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) look();
      else mark(Math.max(0, Math.min(options.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (!list.hidden && options[at]) take(options[at]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      open(false);
    }
  });
  return box;
}
