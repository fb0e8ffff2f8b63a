// Fetches the page again when the service says that something changed, and puts the parts that
// differ in place. Everything works without it.
'use strict';
(() => {
  if (!window.EventSource || !window.fetch || !window.DOMParser) return;
  const status = document.getElementById('live');
  const say = text => { if (status && status.textContent !== text) status.textContent = text; };
  // As the service sent them: the page itself may have been touched since.
  const sent = new Map();
  const parts = root => root.querySelectorAll('[data-live]');
  for (const part of parts(document)) sent.set(part.dataset.live, part.outerHTML);

  // A part in which somebody types or chooses is left alone until they are done.
  const isBusy = part => {
    const at = document.activeElement;
    return part.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  };

  const replace = (old, part) => {
    const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
    for (const details of old.querySelectorAll('details[id]')) {
      const next = part.querySelector('#' + CSS.escape(details.id));
      if (next) next.open = details.open;
    }
    old.replaceWith(part);
    const next = focused && document.getElementById(focused);
    if (next) next.focus({preventScroll: true});
  };

  let timer = 0, isRunning = false, isWanted = false;
  const refresh = async () => {
    if (document.hidden || isRunning) { isWanted = true; return; }
    isRunning = true;
    isWanted = false;
    try {
      const answer = await fetch(location.href, {credentials: 'same-origin', cache: 'no-store'});
      // Signed out, or not well: what is shown stays, and says of when it is.
      if (!answer.ok || answer.redirected) return say('Not up to date: reload the page.');
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      document.title = page.title;
      const [x, y] = [scrollX, scrollY];
      for (const part of parts(page)) {
        const name = part.dataset.live, text = part.outerHTML;
        if (sent.get(name) === text) continue;
        const old = document.querySelector(`[data-live="${CSS.escape(name)}"]`);
        if (!old || isBusy(old)) continue;
        sent.set(name, text);
        replace(old, document.adoptNode(part));
      }
      scrollTo(x, y);
      say('');
    } catch {
      say('The service does not answer. What is shown may be old.');
    } finally {
      isRunning = false;
      if (isWanted && !document.hidden) later();
    }
  };

  // Many changes at once are one refresh.
  const later = () => { clearTimeout(timer); timer = setTimeout(refresh, 500); };

  const events = new EventSource('/events');
  let wasOpen = false;
  events.onopen = () => { if (wasOpen) later(); wasOpen = true; say(''); };
  events.onmessage = later;
  events.addEventListener('change', later);
  events.onerror = () => say('The connection is lost; it is tried again.');
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && isWanted) later();
  });
  // Ages are told in minutes.
  setInterval(later, 60000);
})();
