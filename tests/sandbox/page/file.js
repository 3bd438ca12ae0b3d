// A shared file as Slack's card: what it is, how large, and a link to have it.

import { element } from './mrkdwn.js';

const BYTES = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${BYTES.format(bytes / 1000)} kB` : `${BYTES.format(bytes / 1_000_000)} MB`;
}

export function drawFile(file) {
  // Only what this page's own server keeps: a message from elsewhere may say anything.
  const own = String(file.url_private_download || '').startsWith(`${location.origin}/files-pri/`);
  const card = element(own ? 'a' : 'div', 'file');
  const kind = (file.filetype || (file.name || '').split('.').pop() || 'file').slice(0, 4).toUpperCase();
  const mark = element('span', 'file-kind', kind);
  mark.setAttribute('aria-hidden', 'true');
  const words = element('span', 'file-words');
  words.append(element('span', 'file-name', file.title || file.name || 'File'),
    element('span', 'file-about', [file.pretty_type || kind, file.size === undefined ? '' : sizeOf(file.size)].filter(Boolean).join(' · ')));
  card.append(mark, words);
  if (own) {
    card.href = file.url_private_download;
    card.download = file.name || '';
    card.setAttribute('aria-label', `Download ${file.name}`);
    card.append(element('span', 'file-get', '↓'));
  }
  return card;
}
