// Modals as Slack draws them: fields, what is wrong with them, submitting, closing. The one on top is shown.

import { api } from './api.js';
import { drawBlock } from './blocks.js';
import { combo } from './combo.js';
import { element, emoji } from './mrkdwn.js';

const now = { user: '', view: null, box: null, typed: new Map(), names: null, busy: false };

const keyOf = (block, part) => `${block.block_id}/${part.action_id}/${part.type}`;

// What a field holds: what was typed here, else what the sandbox knows (the initial value, or what was sent).
function held(block, part) {
  const key = keyOf(block, part);
  if (now.typed.has(key)) return now.typed.get(key);
  const known = ((now.view._values[block.block_id] || {})[part.action_id]) || {};
  if (known.selected_options) return known.selected_options.map((one) => one.value);
  return known.selected_option || (known.value ?? known.selected_date ?? null);
}

function keep(block, part, value) {
  now.typed.set(keyOf(block, part), value);
}

// For the sandbox: block_id -> text, or {value} of an option.
function values() {
  const out = {};
  for (const block of now.view.blocks) {
    const part = block.element;
    if (!part || !now.typed.has(keyOf(block, part))) continue;
    const value = now.typed.get(keyOf(block, part));
    if (Array.isArray(value)) out[block.block_id] = value.map((one) => ({ value: one }));
    else out[block.block_id] = value && typeof value === 'object' ? { value: value.value } : value;
  }
  return out;
}

const about = () => ({ user: now.user, view_id: now.view.id });

async function dispatch(block, part, value) {
  const { [block.block_id]: own, ...others } = values();
  try {
    await api('/sandbox/press', 'POST', { ...about(), action_id: part.action_id, value: own ?? value, values: others });
  } catch (error) {
    trouble(error.message);
  }
}

// The kinds of fields

function textField(block, part) {
  const node = element(part.multiline ? 'textarea' : 'input', 'field-text');
  if (part.multiline) node.rows = 4;
  else node.type = part.type === 'number_input' ? 'number' : 'text';
  node.value = held(block, part) ?? '';
  if (part.placeholder) node.placeholder = part.placeholder.text;
  node.addEventListener('input', () => {
    keep(block, part, node.value);
    if (block.dispatch_action && ((part.dispatch_action_config || {}).trigger_actions_on || []).includes('on_character_entered')) dispatch(block, part);
  });
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || part.multiline) return;
    event.preventDefault();
    if (block.dispatch_action) dispatch(block, part, node.value);
    else submit();
  });
  return node;
}

function dateField(block, part) {
  const node = element('input', 'field-text');
  node.type = 'date';
  node.value = held(block, part) ?? '';
  node.addEventListener('change', () => keep(block, part, node.value));
  return node;
}

function menuField(block, part) {
  const node = element('select', 'field-text');
  const empty = element('option', '', part.placeholder ? part.placeholder.text : 'Select an option');
  empty.value = '';
  node.append(empty);
  const options = (part.option_groups || [{ options: part.options }]).flatMap((group) => group.options);
  node.append(...options.map((one) => {
    const choice = element('option', '', one.text.text);
    choice.value = one.value;
    return choice;
  }));
  const chosen = held(block, part);
  node.value = chosen ? chosen.value : '';
  node.addEventListener('change', () => {
    const value = options.find((one) => one.value === node.value) || null;
    keep(block, part, value);
    if (block.dispatch_action && value) dispatch(block, part, { value: value.value });
  });
  return node;
}

function listField(block, part) {
  return combo({
    chosen: held(block, part), placeholder: part.placeholder ? part.placeholder.text : 'Type to search',
    search: async (text) => (await api('/sandbox/suggest', 'POST', { ...about(), name: block.block_id, text })).options,
    choose: (value) => {
      keep(block, part, value);
      if (block.dispatch_action && value) dispatch(block, part, { value: value.value });
    },
  });
}

function boxes(block, part) {
  const several = part.type === 'checkboxes';
  const group = element('div', 'field-boxes');
  const chosen = held(block, part);
  for (const one of part.options) {
    const label = element('label');
    const box = element('input');
    box.type = several ? 'checkbox' : 'radio';
    box.name = block.block_id;
    box.checked = several ? (chosen || []).includes(one.value) : Boolean(chosen) && chosen.value === one.value;
    box.addEventListener('change', () => {
      if (!several) return keep(block, part, one);
      const others = (held(block, part) || []).filter((value) => value !== one.value);
      return keep(block, part, box.checked ? [...others, one.value] : others);
    });
    label.append(box, ' ', one.text.text);
    group.append(label);
  }
  return group;
}

const FIELDS = { plain_text_input: textField, number_input: textField, static_select: menuField, external_select: listField,
  datepicker: dateField, checkboxes: boxes, radio_buttons: boxes };

function drawInput(block) {
  const part = block.element;
  const out = element('div', 'field-of-modal');
  out.dataset.block = block.block_id;
  const make = FIELDS[part.type];
  const control = make ? make(block, part) : element('span', 'unknown', `(${part.type})`);
  const input = control.matches('input, textarea, select') ? control : control.querySelector('input') || control;
  input.id = `field-${block.block_id}`;
  input.dataset.key = keyOf(block, part);
  const label = element(part.options && control.classList.contains('field-boxes') ? 'span' : 'label', 'field-label', block.label.text);
  label.htmlFor = input.id;
  if (block.optional) label.append(element('span', 'field-optional', ' (optional)'));
  out.append(label, control);
  const wrong = now.view._errors[block.block_id];
  if (wrong) {
    out.classList.add('wrong');
    const words = element('p', 'field-error', wrong);
    words.id = `wrong-${block.block_id}`;
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', words.id);
    out.append(words);
  }
  if (block.hint) out.append(element('p', 'field-hint', block.hint.text));
  return out;
}

// The modal

function trouble(words) {
  const line = now.box.querySelector('.modal-trouble');
  line.textContent = words || '';
  line.hidden = !words;
}

async function submit() {
  if (now.busy || !now.view.submit) return;
  const button = now.box.querySelector('.modal-submit');
  now.busy = true;
  button.setAttribute('aria-busy', 'true');
  try {
    await api('/sandbox/submit', 'POST', { ...about(), values: values() });
  } catch (error) {
    trouble(error.message);
  } finally {
    now.busy = false;
    button.removeAttribute('aria-busy');
  }
}

async function close(all) {
  try {
    await api('/sandbox/close', 'POST', { ...about(), all });
  } catch (error) {
    trouble(error.message);
  }
}

function frame() {
  const box = element('dialog', 'modal');
  box.setAttribute('aria-labelledby', 'modal-title');
  const head = element('header', 'modal-head');
  const title = element('h2', 'modal-title');
  title.id = 'modal-title';
  const cross = element('button', 'quiet modal-cross', '✕');
  cross.type = 'button';
  cross.setAttribute('aria-label', 'Close');
  cross.addEventListener('click', () => close(true));
  head.append(title, cross);
  const wrong = element('p', 'modal-trouble');
  wrong.setAttribute('role', 'alert');
  box.append(head, wrong, element('div', 'modal-body'), element('footer', 'modal-foot'));
  box.addEventListener('cancel', (event) => {
    event.preventDefault();
    close(false);
  });
  document.body.append(box);
  box.showModal();
  return box;
}

function draw() {
  const { view, box, names } = now;
  box.dataset.view = view.id;
  box.querySelector('.modal-title').replaceChildren(emoji(view.title.text));
  trouble(view._trouble);
  const press = () => ({ ...about(), values: values() });
  const focused = document.activeElement && document.activeElement.dataset.key;
  box.querySelector('.modal-body').replaceChildren(...view.blocks.map((block) => (
    block.type === 'input' ? drawInput(block) : drawBlock(block, names, press))));
  const no = element('button', 'button-like', view.close ? view.close.text : view.submit ? 'Cancel' : 'Close');
  no.type = 'button';
  no.addEventListener('click', () => close(false));
  const foot = [no];
  if (view.submit) {
    const yes = element('button', 'button-like primary modal-submit', view.submit.text);
    yes.type = 'button';
    yes.addEventListener('click', submit);
    foot.push(yes);
  }
  box.querySelector('.modal-foot').replaceChildren(...foot);
  const wrong = box.querySelector('[aria-invalid]');
  const again = focused && box.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  const first = wrong || again || box.querySelector('.modal-body input, .modal-body textarea, .modal-body select');
  if (first) first.focus();
}

async function refresh() {
  const { views } = await api(`/sandbox/views?user=${encodeURIComponent(now.user)}`);
  const top = views[views.length - 1] || null;
  if (!top || !now.view || top.id !== now.view.id) now.typed.clear();
  now.view = top;
  if (!top) {
    if (now.box) now.box.remove();
    now.box = null;
    return;
  }
  now.box = now.box || frame();
  draw();
}

export function onView({ user }) {
  return user === now.user ? refresh() : undefined;
}

// Whose modals are shown: each person has their own.
export function placeModals(user, names) {
  const moved = user !== now.user;
  now.user = user;
  now.names = names;
  return moved ? refresh() : undefined;
}

export const refreshModals = refresh;
