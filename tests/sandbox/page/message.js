// One message as Slack draws it: who, when, blocks, attachments, files.

import { drawBlock } from './blocks.js';
import { clock, element, mrkdwn } from './mrkdwn.js';

const BYTES = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

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

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${BYTES.format(bytes / 1000)} kB` : `${BYTES.format(bytes / 1_000_000)} MB`;
}

function drawFile(file) {
  const card = element('div', 'file');
  const kind = (file.filetype || (file.name || '').split('.').pop() || 'file').slice(0, 4).toUpperCase();
  const mark = element('span', 'file-kind', kind);
  mark.setAttribute('aria-hidden', 'true');
  const words = element('span', 'file-words');
  words.append(element('span', 'file-name', file.title || file.name || 'File'),
    element('span', 'file-about', [file.pretty_type || kind, file.size === undefined ? '' : sizeOf(file.size)].filter(Boolean).join(' · ')));
  card.append(mark, words);
  return card;
}

function drawAttachment(attachment, names) {
  const side = element('div', 'attachment');
  side.style.setProperty('--color', attachment.color || '#ddd');
  for (const key of ['pretext', 'title', 'text']) {
    if (!attachment[key]) continue;
    const part = element('div', key);
    part.append(mrkdwn(attachment[key], names));
    side.append(part);
  }
  for (const block of attachment.blocks || []) side.append(drawBlock(block, names));
  return side;
}

export function drawMessage(message, names, bot) {
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
    for (const block of message.blocks) body.append(drawBlock(block, names));
    body.append(edited);
  } else if (message.text) {
    const text = element('div', message._via === 'slash' ? 'section typed' : 'section');
    text.append(mrkdwn(message.text, names));
    if (edited) text.append(' ', edited);
    body.append(text);
  }
  for (const attachment of message.attachments || []) body.append(drawAttachment(attachment, names));
  for (const file of message.files || []) body.append(drawFile(file));
  out.append(avatarOf(person, bot), body);
  return out;
}
