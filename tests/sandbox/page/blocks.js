// Block Kit blocks as Slack draws them.

import { decode, element, emoji, link, mrkdwn, safeUrl } from './mrkdwn.js';
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

function image(part, className) {
  const url = safeUrl(part.image_url || '');
  // The policy lets no image in from elsewhere; its description stands for it.
  return element('span', className, url ? `🖼 ${part.alt_text}` : part.alt_text);
}

function section(block, names) {
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
  if (block.accessory) out.append(action(block.accessory));
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

function action(part) {
  if (part.type !== 'button') return element('span', 'button-like', (part.placeholder && part.placeholder.text) || part.type);
  const button = part.url ? link(part.url, part.text.text) : element('button', '', part.text.text);
  button.classList.add('button-like');
  if (part.style) button.classList.add(part.style);
  if (!part.url) {
    button.type = 'button';
    button.disabled = true;
    button.title = 'The sandbox does not press buttons yet';
  }
  return button;
}

function chart(block) {
  const figure = element('figure', 'chart');
  figure.append(element('figcaption', '', block.title));
  const rows = [];
  for (const series of block.chart.series || [{ name: '', data: block.chart.segments || [] }]) {
    for (const point of series.data) rows.push([series.name, point.label, point.value]);
  }
  const most = Math.max(...rows.map((row) => Math.abs(row[2])), 1e-9);
  for (const [name, label, value] of rows) {
    const line = element('div', 'bar-line');
    const bar = element('span', 'bar');
    bar.style.width = `${Math.round((Math.abs(value) / most) * 100)}%`;
    const track = element('span', 'track');
    track.append(bar);
    line.append(element('span', 'bar-label', name && block.chart.series.length > 1 ? `${label}, ${name}` : label), track,
      element('span', 'bar-value', value.toLocaleString('en')));
    figure.append(line);
  }
  return figure;
}

export function drawBlock(block, names) {
  switch (block.type) {
    case 'section': return section(block, names);
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
      out.append(...block.elements.map(action));
      return out;
    }
    case 'image': return image(block, 'image-block');
    case 'markdown': return element('pre', 'code-block', block.text);
    case 'data_table': return dataTable(block, names);
    case 'table': return plainTable(block, names);
    case 'data_visualization': return chart(block);
    default: return element('p', 'unknown', `(${block.type})`);
  }
}
