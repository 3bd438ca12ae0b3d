// Slack's data_table (sortable, paged) and table blocks.

import { element } from './mrkdwn.js';
import { richText } from './blocks.js';

const number = new Intl.NumberFormat('en');

function plain(cell) {
  if (cell.type !== 'rich_text') return cell.text ?? String(cell.value ?? '');
  const walk = (part) => part.text ?? part.url ?? (part.elements || []).map(walk).join('');
  return (cell.elements || []).map(walk).join('');
}

function fill(node, cell, names) {
  if (cell.type === 'rich_text') node.append(richText(cell.elements, names));
  else node.textContent = plain(cell);
}

export function dataTable(block, names) {
  const [header, ...rows] = block.rows;
  const size = block.page_size || 5;
  const numeric = header.map((_, column) => rows.every((row) => row[column] && row[column].type === 'raw_number'));
  const rowHeader = block.row_header_column_index;
  const state = { page: 0, column: -1, falling: false };

  const figure = element('figure', 'data-table');
  const scroll = element('div', 'table-scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', block.caption);
  const table = element('table');
  table.append(element('caption', '', block.caption));
  const heads = header.map((cell, column) => {
    const th = element('th', numeric[column] ? 'number' : '');
    th.scope = 'col';
    const button = element('button', 'sort');
    button.type = 'button';
    button.append(element('span', '', plain(cell)), element('span', 'arrow'));
    button.addEventListener('click', () => {
      state.falling = state.column === column ? !state.falling : numeric[column];
      state.column = column;
      state.page = 0;
      draw();
    });
    th.append(button);
    return th;
  });
  const headRow = element('tr');
  headRow.append(...heads);
  const thead = element('thead');
  thead.append(headRow);
  const body = element('tbody');
  table.append(thead, body);
  scroll.append(table);

  const foot = element('figcaption', 'pager');
  const where = element('span');
  where.setAttribute('role', 'status');
  const back = element('button', '', '‹');
  const on = element('button', '', '›');
  back.type = on.type = 'button';
  back.setAttribute('aria-label', 'Previous rows');
  on.setAttribute('aria-label', 'Next rows');
  back.addEventListener('click', () => { state.page -= 1; draw(); });
  on.addEventListener('click', () => { state.page += 1; draw(); });
  foot.append(where, back, on);
  figure.append(scroll, foot);

  function sorted() {
    if (state.column < 0) return rows;
    const sign = state.falling ? -1 : 1;
    const value = (row) => (numeric[state.column] ? row[state.column].value : plain(row[state.column]).toLowerCase());
    return [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      return (numeric[state.column] ? x - y : x.localeCompare(y)) * sign;
    });
  }

  function draw() {
    heads.forEach((th, column) => {
      const order = column === state.column ? (state.falling ? 'descending' : 'ascending') : 'none';
      th.setAttribute('aria-sort', order);
      th.querySelector('.arrow').textContent = { descending: '↓', ascending: '↑', none: '' }[order];
    });
    const first = state.page * size;
    const shown = sorted().slice(first, first + size);
    body.replaceChildren(...shown.map((row) => {
      const line = element('tr');
      row.forEach((cell, column) => {
        const isHeader = column === rowHeader;
        const td = element(isHeader ? 'th' : 'td', numeric[column] ? 'number' : '');
        if (isHeader) td.scope = 'row';
        fill(td, cell, names);
        line.append(td);
      });
      return line;
    }));
    where.textContent = `${number.format(first + 1)}–${number.format(first + shown.length)} of ${number.format(rows.length)}`;
    back.disabled = state.page === 0;
    on.disabled = first + size >= rows.length;
    foot.classList.toggle('single', rows.length <= size);
  }
  draw();
  return figure;
}

export function plainTable(block, names) {
  const scroll = element('div', 'table-scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', 'Table');
  const table = element('table', 'plain-table');
  block.rows.forEach((row, index) => {
    const line = element('tr');
    row.forEach((cell, column) => {
      const setting = (block.column_settings || [])[column] || {};
      const td = element(index ? 'td' : 'th', setting.align === 'right' ? 'number' : '');
      if (!index) td.scope = 'col';
      fill(td, cell, names);
      line.append(td);
    });
    table.append(line);
  });
  scroll.append(table);
  return scroll;
}

