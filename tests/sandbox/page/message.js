// One message as Slack draws it: who, when, blocks, attachments, files.

import { drawBlock } from './blocks.js';
import { drawFile } from './file.js';
import { clock, element, emoji, link, mrkdwn, decode } from './mrkdwn.js';
import { drawLegacy } from './press.js';

const COLORS = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

function initials(name) {
  return name.split(/\s+/).map((word) => word[0]).join('').slice(0, 2).toUpperCase();
}

export function paint(avatar, person, bot) {
  avatar.textContent = person.id === bot ? '' : initials(person.real_name);
  avatar.classList.toggle('bot', person.id === bot);
  avatar.style.setProperty('--color', `#${person.color}`);
}

export function avatarOf(person, bot, size = '') {
  const avatar = element('span', `avatar ${size}`.trim());
  avatar.setAttribute('aria-hidden', 'true');
  paint(avatar, person, bot);
  return avatar;
}

function authorLine(message, person, bot) {
  const head = element('div', 'author');
  head.append(element('span', 'name', person.id === bot ? person.profile.real_name : person.real_name));
  if (person.is_bot) head.append(element('span', 'badge', 'APP'));
  const when = new Date(Number(message.ts) * 1000);
  const time = element('time', '', clock(when));
  time.dateTime = when.toISOString();
  time.title = when.toLocaleString();
  head.append(time);
  return head;
}

// Slack's own errors, and the bot's word that it has no answer. (A warning below an answer is none of these.)
function tellsOfFailure(message) {
  const [first] = message.blocks || [];
  const lead = first ? first.type === 'section' && first.text && first.text.text : message.text;
  return Boolean(message._error) || /^:warning:/.test(lead || '');
}

function drawAttachment(attachment, names, press) {
  const side = element('div', 'attachment');
  side.style.setProperty('--color', COLORS[attachment.color] || attachment.color || '#ddd');
  for (const key of ['pretext', 'title', 'text']) {
    if (!attachment[key]) continue;
    const part = element('div', key);
    if (key === 'title' && attachment.title_link) part.append(link(attachment.title_link, decode(attachment.title)));
    else part.append(mrkdwn(attachment[key], names));
    side.append(part);
  }
  for (const field of attachment.fields || []) {
    const part = element('div', 'field');
    part.append(element('strong', '', field.title), element('br'), mrkdwn(field.value || '', names));
    side.append(part);
  }
  for (const block of attachment.blocks || []) side.append(drawBlock(block, names, press));
  if (attachment.actions) {
    const row = element('div', 'actions');
    row.append(...attachment.actions.map((part) => drawLegacy(part, press)));
    side.append(row);
  }
  return side;
}

// What the bot shows below a person's link: who added it, then the same as an attachment.
function drawUnfurl(unfurl, names, bot, press) {
  const side = drawAttachment(unfurl, names, press);
  const person = names.people.get(bot);
  const by = element('div', 'unfurl-by');
  by.append(avatarOf(person, bot, 'tiny'), element('span', '', `Added by ${person.real_name}`));
  side.classList.add('unfurl');
  side.append(by);
  return side;
}

function drawReactions(reactions) {
  const row = element('div', 'reactions');
  for (const { name, count } of reactions) {
    const chip = element('span', 'reaction');
    chip.title = `:${name}:`;
    chip.append(emoji(`:${name}:`), ` ${count}`);
    row.append(chip);
  }
  return row;
}

// `act` says for which person and channel a button is pressed.
export function drawMessage(message, names, bot, act) {
  const press = () => ({ ...act(), ts: message.ts });
  const out = element('article', 'message');
  out.dataset.ts = message.ts;
  const person = names.people.get(message.user) || names.people.get(bot);
  const body = element('div', 'body');
  if (message._ephemeral_to) {
    out.classList.add('ephemeral');
    body.append(element('div', 'only-you', 'Only visible to you'));
  }
  if (tellsOfFailure(message)) out.classList.add('failed');
  body.append(authorLine(message, person, bot));
  const edited = message.edited ? element('span', 'edited', '(edited)') : '';
  if (message.blocks && message.blocks.length) {
    for (const block of message.blocks) body.append(drawBlock(block, names, press));
    body.append(edited);
  } else if (message.text) {
    const text = element('div', message._via === 'slash' ? 'section typed' : 'section');
    text.append(mrkdwn(message.text, names));
    if (edited) text.append(' ', edited);
    body.append(text);
  }
  for (const attachment of message.attachments || []) body.append(drawAttachment(attachment, names, press));
  for (const unfurl of Object.values(message._unfurls || {})) body.append(drawUnfurl(unfurl, names, bot, press));
  for (const file of message.files || []) body.append(drawFile(file));
  if (message.reactions) body.append(drawReactions(message.reactions));
  out.append(avatarOf(person, bot), body);
  return out;
}
