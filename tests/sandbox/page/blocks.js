// Block Kit blocks as Slack draws them.

import { chart } from './chart.js';
import { decode, element, emoji, link, mrkdwn, safeUrl } from './mrkdwn.js';
import { drawAction } from './press.js';
import { dataTable, plainTable } from './table.js';

export function textObject(object, names) {
  if (object.type === 'mrkdwn') return mrkdwn(object.text, names);
  const out = document.createDocumentFragment();
  object.text.split('\n').forEach((line, index) => {
    if (index) out.append(element('br'));
    out.append(emoji(line));
  });
  return out;
}

function styled(part, node) {
  const style = part.style || {};
  let out = node;
  for (const [key, name] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's']]) {
    if (!style[key]) continue;
    const outer = element(name);
    outer.append(out);
    out = outer;
  }
  return out;
}

function richPart(part, names) {
  switch (part.type) {
    case 'text': return styled(part, document.createTextNode(part.text));
    case 'link': return styled(part, link(part.url, part.text || part.url));
    case 'emoji': return emoji(`:${part.name}:`);
    case 'user': {
      const person = names.people.get(part.user_id);
      return element('span', 'mention', '@' + (person ? person.profile.display_name : part.user_id));
    }
    case 'channel': {
      const channel = names.channels.get(part.channel_id);
      return element('span', 'mention', '#' + (channel ? channel.name : part.channel_id));
    }
    case 'broadcast': return element('span', 'mention loud', '@' + part.range);
    default: return document.createTextNode(part.fallback || '');
  }
}

export function richText(elements, names) {
  const out = document.createDocumentFragment();
  for (const group of elements || []) {
    const tag = { rich_text_preformatted: 'pre', rich_text_quote: 'blockquote' }[group.type] || 'span';
    if (group.type === 'rich_text_list') {
      const list = element(group.style === 'ordered' ? 'ol' : 'ul');
      for (const item of group.elements) {
        const li = element('li');
        li.append(...item.elements.map((part) => richPart(part, names)));
        list.append(li);
      }
      out.append(list);
      continue;
    }
    const node = element(tag, tag === 'pre' ? 'code-block' : '');
    node.append(...(group.elements || []).map((part) => richPart(part, names)));
    out.append(node);
  }
  return out;
}

// A file of Slack's; anything else stays a description.
function picture(block) {
  if (!block.slack_file || !block.slack_file.id) return image(block, 'image-block');
  const figure = element('figure', 'picture');
  const img = element('img');
  img.src = `/sandbox/picture/${encodeURIComponent(block.slack_file.id)}`;
  img.alt = block.alt_text;
  figure.append(img);
  return figure;
}

function image(part, className) {
  const url = safeUrl(part.image_url || '');
  // The policy lets no image in from elsewhere; its description stands for it.
  return element('span', className, url ? `🖼 ${part.alt_text}` : part.alt_text);
}

function section(block, names, press) {
  const out = element('div', 'section');
  if (block.text) {
    const text = element('div', 'section-text');
    text.append(textObject(block.text, names));
    out.append(text);
  }
  if (block.fields) {
    const fields = element('div', 'fields');
    for (const field of block.fields) {
      const cell = element('div', 'field');
      cell.append(textObject(field, names));
      fields.append(cell);
    }
    out.append(fields);
  }
  if (block.accessory) {
    out.classList.add('with-accessory');
    out.append(block.accessory.type === 'image' ? image(block.accessory, 'context-image') : drawAction(block.accessory, press));
  }
  return out;
}

function context(block, names) {
  const out = element('div', 'context');
  for (const part of block.elements) {
    if (part.type === 'image') {
      out.append(image(part, 'context-image'));
      continue;
    }
    const span = element('span');
    span.append(textObject(part, names));
    out.append(span);
  }
  return out;
}

// `press` says which message (or view) a button belongs to, when it is pressed.
export function drawBlock(block, names, press) {
  switch (block.type) {
    case 'section': return section(block, names, press);
    case 'context': return context(block, names);
    case 'divider': return element('hr');
    case 'header': return element('h3', 'block-header', decode(block.text.text));
    case 'rich_text': {
      const out = element('div', 'section');
      out.append(richText(block.elements, names));
      return out;
    }
    case 'actions': {
      const out = element('div', 'actions');
      out.append(...block.elements.map((part) => drawAction(part, press)));
      return out;
    }
    case 'image': return picture(block);
    case 'markdown': return element('pre', 'code-block', block.text);
    case 'data_table': return dataTable(block, names);
    case 'table': return plainTable(block, names);
    case 'data_visualization': return chart(block);
    default: return element('p', 'unknown', `(${block.type})`);
  }
}
