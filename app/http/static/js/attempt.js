// The pages of an attempt: clock, saving of drafts, keys. Everything here only adds to forms that work without it.
const find = (selector, root = document) => root.querySelector(selector);
const root = document.documentElement;
const form = find('form[data-attempt]');
const status = find('[data-saved]');
const say = text => { if (status) status.textContent = text; };

find('[data-focus]')?.focus(); // the error summary, when there is one

// Drafts ----------------------------------------------------------------------------------------------------------
// Each carries a revision; the server keeps the highest. At time-out it scores the draft it has.
const drafts = form?.dataset.draft ? draftsOf(form) : null;

function draftsOf(form) {
  const url = form.dataset.draft;
  const kept = `plumbline:${url}#${form.dataset.turn || ''}`;
  let revision = Number(form.dataset.revision) || 0;
  let timer = 0;
  let dirty = false;
  let closed = false;

  const fields = () => {
    const body = new URLSearchParams(new FormData(form));
    body.set('revision', ++revision);
    return body;
  };
  const keep = body => { try { localStorage.setItem(kept, body); } catch { /* private mode: the server still has it */ } };
  const forget = () => { try { localStorage.removeItem(kept); } catch { /* as above */ } };
  const later = delay => { clearTimeout(timer); timer = setTimeout(save, delay); };

  async function save() {
    clearTimeout(timer);
    if (closed) return true;
    const body = fields();
    const sent = revision;
    keep(body);
    let answer;
    try {
      answer = await fetch(url, { method: 'POST', body, keepalive: true, headers: { Accept: 'application/json' } });
    } catch {
      say('Offline: kept on this device');
      later(4000);
      return false;
    }
    if (answer.ok) {
      if (sent === revision) { dirty = false; forget(); say('Saved'); }
      return true;
    }
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
      // Not ours to save any more: answered in another window, timed out, signed out. Submitting tells which.
      closed = true;
      say('This question can no longer be saved here. Submit to go on.');
      return true;
    }
    say('Not saved yet, trying again');
    later(Number(answer.headers.get('Retry-After')) * 1000 || 4000);
    return false;
  }

  function restore() {
    let stored = null;
    try {
      stored = localStorage.getItem(kept);
      for (const key of Object.keys(localStorage)) { // of questions answered since
        if (key.startsWith(`plumbline:${url}#`) && key !== kept) localStorage.removeItem(key);
      }
    } catch { return; }
    if (!stored) return;
    const body = new URLSearchParams(stored);
    if (Number(body.get('revision')) <= revision) return forget();
    for (const field of form.elements) {
      if (!field.name || field.type === 'hidden' || field.type === 'submit') continue;
      const values = body.getAll(field.name);
      if (field.type === 'radio' || field.type === 'checkbox') field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    revision = Number(body.get('revision'));
    dirty = true;
    later(0);
  }

  form.addEventListener('input', () => { dirty = true; later(600); });
  addEventListener('online', () => { if (dirty) later(0); });
  addEventListener('pagehide', () => { if (dirty && !closed) { const body = fields(); keep(body); navigator.sendBeacon(url, body); } });
  form.addEventListener('submit', () => {
    clearTimeout(timer);
    // kept until the next question is shown, which forgets it: the server may be gone although the network is there
    if (dirty) keep(fields());
    dirty = false;
  });
  restore();
  return { save };
}

// "I haven't learned this yet" and an answer exclude each other; without this script the server says so.
const skip = form && find('input[type=checkbox][name=skip]', form);
if (skip) {
  const answers = [...form.querySelectorAll('.input, .opt:not(.idk) input')].filter(field => field.tagName !== 'SELECT');
  const typed = new Map();
  form.addEventListener('input', event => {
    if (event.target !== skip) {
      if (answers.includes(event.target)) skip.checked = false;
      return;
    }
    for (const field of answers) {
      if (field.type === 'checkbox') field.checked = field.checked && !skip.checked;
      else if (skip.checked) { typed.set(field, field.value); field.value = ''; }
      else field.value = typed.get(field) ?? field.value;
    }
  });
}

// A second press must not post twice; coming back from the browser's cache starts anew.
if (form) {
  let sent = false;
  form.addEventListener('submit', event => {
    if (sent) return event.preventDefault();
    sent = true;
    event.submitter?.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', () => {
    sent = false;
    for (const button of form.querySelectorAll('[aria-disabled=true]')) button.removeAttribute('aria-disabled');
  });
}

// Clock -----------------------------------------------------------------------------------------------------------
// The server's time counts. It is spoken at 10, 5 and 1 minutes, never by the second, and stays hidden on request.
const timer = find('[data-ends]');
if (timer) {
  const ahead = Date.now() - Number(timer.dataset.now);
  const ends = Number(timer.dataset.ends);
  const face = find('[data-clock]', timer);
  const voice = find('[data-timer-say]');
  const toggle = find('[data-timer-toggle]');
  let hidden = root.dataset.timer === 'hidden';
  try { hidden = (localStorage.getItem('plumbline:timer') ?? (hidden ? 'hidden' : '')) === 'hidden'; } catch { /* as set */ }
  let before = Infinity;
  let over = false;

  const paint = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now() + ahead) / 1000));
    const shown = !hidden || left <= 60;
    face.textContent = shown ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` : 'hidden';
    timer.classList.toggle('low', left <= 60);
    for (const mark of [600, 300, 60]) {
      if (before !== Infinity && before > mark && left <= mark) voice.textContent = mark > 60 ? `${mark / 60} minutes left` : 'One minute left';
    }
    before = left;
    if (left === 0 && !over) { over = true; clearInterval(ticking); finish(); }
  };
  const finish = async () => {
    voice.textContent = 'Time is up';
    // The page is left only when the answer is safe; offline it stays, and saving is tried again.
    while (drafts && !(await drafts.save())) await new Promise(resolve => { setTimeout(resolve, 4000); });
    location.replace(timer.dataset.after || location.href);
  };
  const label = () => { toggle.textContent = hidden ? 'Show time' : 'Hide time'; };
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener('click', () => {
      hidden = !hidden;
      try { localStorage.setItem('plumbline:timer', hidden ? 'hidden' : 'shown'); } catch { /* for this page only */ }
      label();
      paint();
    });
    label();
  }
  const ticking = setInterval(paint, 1000);
  paint();
}

// Keys ------------------------------------------------------------------------------------------------------------
// A to F choose an option. Not while typing, not with a modifier, and not when switched off (WCAG 2.1.4).
if (form && root.dataset.keys !== 'off') {
  addEventListener('keydown', event => {
    const typing = event.target.matches?.('textarea, select, input:not([type=radio], [type=checkbox])');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const place = event.key.length === 1 ? 'abcdef'.indexOf(event.key.toLowerCase()) : -1;
    const option = place < 0 ? null : form.querySelectorAll('.opt:not(.idk) input')[place];
    if (!option) return;
    option.checked = option.type === 'radio' || !option.checked;
    option.focus();
    option.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

// Copying the resume code ---------------------------------------------------------------------------------------------
const copy = find('[data-copy]');
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    const field = document.getElementById(copy.dataset.copy);
    field.select(); // so that it is easy to copy by hand when the browser refuses
    try { await navigator.clipboard.writeText(field.value); copy.textContent = 'Copied'; } catch { copy.textContent = 'Press Ctrl+C'; }
  });
}
