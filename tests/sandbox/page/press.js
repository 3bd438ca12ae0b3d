// Buttons and menus of a message, an unfurl or App Home: pressing them tells the bot, as Slack would.

import { api } from './api.js';
import { element, emoji, link } from './mrkdwn.js';

// Asks first where the bot wants that. Says whether to go on.
function confirmed(confirm) {
  const box = element('dialog', 'confirm');
  const answers = element('div', 'confirm-answers');
  const choice = (label, value, className) => {
    const button = element('button', `button-like ${className}`, label);
    button.type = 'button';
    button.addEventListener('click', () => box.close(value));
    return button;
  };
  answers.append(choice(confirm.deny.text, 'no', ''), choice(confirm.confirm.text, 'yes', confirm.style || 'primary'));
  box.append(element('h2', '', confirm.title.text), element('p', '', confirm.text.text), answers);
  document.body.append(box);
  box.showModal();
  return new Promise((done) => {
    box.addEventListener('close', () => {
      box.remove();
      done(box.returnValue === 'yes');
    });
  });
}

// `send` knows the message and the person; what went wrong is shown in the conversation.
async function fire(node, part, press, more = {}) {
  if (part.confirm && !(await confirmed(part.confirm))) return;
  node.setAttribute('aria-busy', 'true');
  try {
    await api('/sandbox/press', 'POST', { ...press(), action_id: part.action_id, ...more });
  } catch (error) {
    node.title = error.message;
  } finally {
    node.removeAttribute('aria-busy');
  }
}

function button(part, press) {
  const node = part.url ? link(part.url, '') : element('button');
  node.append(emoji(part.text.text));
  node.classList.add('button-like');
  if (part.style) node.classList.add(part.style);
  if (part.accessibility_label) node.setAttribute('aria-label', part.accessibility_label);
  if (!part.url) node.type = 'button';
  // A link is told to the bot, too.
  node.addEventListener('click', () => { if (!node.hasAttribute('aria-busy')) fire(node, part, press); });
  return node;
}

function menu(part, press) {
  const node = element('select', `button-like ${part.type === 'overflow' ? 'overflow' : ''}`.trim());
  const first = element('option', '', part.placeholder ? part.placeholder.text : part.type === 'overflow' ? '⋯' : 'Choose');
  first.value = '';
  node.setAttribute('aria-label', first.textContent === '⋯' ? 'More' : first.textContent);
  node.append(first);
  const groups = part.option_groups || [{ options: part.options || [] }];
  for (const item of groups.flatMap((group) => group.options)) {
    const choice = element('option', '', item.text.text);
    choice.value = item.value;
    node.append(choice);
  }
  node.addEventListener('change', () => {
    if (node.value) fire(node, part, press, { value: node.value });
    node.value = '';
  });
  return node;
}

export function drawAction(part, press) {
  if (part.type === 'button') return button(part, press);
  if (part.options || part.option_groups) return menu(part, press);
  return element('span', 'button-like', (part.placeholder && part.placeholder.text) || part.type);
}

// The attachments' buttons of the time before blocks.
export function drawLegacy(part, press) {
  const style = part.style === 'default' ? undefined : part.style;
  const legacy = { ...part, text: { text: part.text || part.name }, style, action_id: part.name, confirm: undefined };
  return drawAction({ ...legacy, type: 'button' }, () => ({ ...press(), legacy: true }));
}
