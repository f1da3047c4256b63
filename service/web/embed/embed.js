/* Fills a page's places in one call, and reports each ad and teaser that was seen.
 *
 *   <div data-standfirst-widget="must-read" data-size="5"></div>
 *   <div data-standfirst-slot="sidebar"></div>
 *   <script src="https://standfirst.example/embed.js" data-site="courier" data-article="a-102" async></script>
 *
 * Without data-article a page that calls itself an article (og:type) is known by its canonical address. What stands in
 * a place stays there until something comes, and for good if nothing does. */
(() => {
  "use strict";

  const script = document.currentScript;
  const base = script.src.replace(/\/embed\.js.*$/, "");
  const TIME_LIMIT_MS = 3000;
  const CONSENT_LIMIT_MS = 500;
  // Seen: half of the pixels, of a large ad three tenths, for one second without a break in a page that has the focus (MRC).
  const SEEN_MS = 1000;
  const LARGE_PIXELS = 242500;
  // Views of teasers wait so long for others, and go together; a page that is left sends what it has.
  const TOGETHER_MS = 1000;
  const MOST_EVENTS = 100;

  const article = () => {
    if (script.dataset.article) return { id: script.dataset.article };
    const type = document.querySelector('meta[property="og:type"]');
    const canonical = document.querySelector('link[rel="canonical"]');
    return type && type.content === "article" && canonical ? { url: canonical.href } : undefined;
  };

  // The reader's choice, where a consent platform stands on the page and knows it in time.
  const consent = () =>
    new Promise((resolve) => {
      const gpc = navigator.globalPrivacyControl === true;
      if (typeof window.__tcfapi !== "function") return resolve({ gpc });
      setTimeout(() => resolve({ gpc }), CONSENT_LIMIT_MS);
      window.__tcfapi("addEventListener", 2, (data, ok) => {
        if (ok && data.tcString && (data.eventStatus === "tcloaded" || data.eventStatus === "useractioncomplete"))
          resolve({ tcf: data.tcString, gpc });
      });
    });

  // Places of one attribute, each with an id of its own: its kind, and a number from the second of a kind on.
  const places = (name) => {
    const met = {};
    return [...document.querySelectorAll(`[data-standfirst-${name}]:not([data-standfirst-asked])`)].map((element) => {
      element.setAttribute("data-standfirst-asked", "");
      const kind = element.getAttribute(`data-standfirst-${name}`);
      met[kind] = (met[kind] || 0) + 1;
      return { element, kind, id: element.dataset.id || (met[kind] > 1 ? `${kind}-${met[kind]}` : kind) };
    });
  };

  const widget = ({ element, kind, id }) => {
    const asked = { id, kind };
    if (element.dataset.size) asked.size = Number(element.dataset.size);
    if (element.dataset.sections) asked.sections = element.dataset.sections.split("|");
    return asked;
  };

  const slot = ({ element, kind, id }) => {
    const asked = { id, placement: kind };
    if (element.dataset.near) asked.near = element.dataset.near.split("|");
    return asked;
  };

  const show = (found, fragments) => {
    for (const { element, id } of found) {
      const html = fragments[id];
      if (!html) continue;
      element.innerHTML = html;
      element.setAttribute("data-standfirst-filled", "");
    }
  };

  const told = [];
  let known;
  let view;
  let waiting = 0;

  const send = () => {
    waiting = clearTimeout(waiting) || 0;
    const { site } = script.dataset;
    const address = `${base}/v1/events${site ? `?site=${encodeURIComponent(site)}` : ""}`;
    while (told.length) navigator.sendBeacon(address, JSON.stringify({ events: told.splice(0, MOST_EVENTS), reader: known, page_view: view }));
  };

  // What was done with a teaser, and where it stood: its address is the same for all readers, in every position.
  const tell = (teaser, kind) => {
    const { standfirstKind, standfirstModel, standfirstVariant } = (teaser.closest("[data-standfirst-kind]") || teaser).dataset;
    told.push({
      token: teaser.dataset.standfirstTeaser,
      kind,
      widget: standfirstKind || "",
      position: Number(teaser.dataset.standfirstPosition) || 0,
      model: standfirstModel || "",
      variant: standfirstVariant || "",
    });
  };

  const met = new WeakSet();

  // Reports what stands on the page and was not met before; teasers begin to render together and are told together.
  const look = () => {
    const unmet = (selector) =>
      [...document.querySelectorAll(selector)].filter((element) => !met.has(element) && met.add(element));
    for (const ad of unmet("[data-standfirst-view]"))
      whenSeen(ad, () => navigator.sendBeacon(ad.getAttribute("data-standfirst-view")));
    for (const teaser of unmet("[data-standfirst-teaser]")) {
      tell(teaser, "impression");
      whenSeen(teaser, () => {
        tell(teaser, "view");
        waiting = waiting || setTimeout(send, TOGETHER_MS);
      });
    }
    send();
  };

  const followed = (event) => {
    const link = event.button < 2 && event.target.closest && event.target.closest("[data-standfirst-teaser] a[href]");
    if (!link) return;
    tell(link.closest("[data-standfirst-teaser]"), "click");
    send();
  };

  const whenSeen = (element, report) => {
    if (!("IntersectionObserver" in window)) return;
    let inSight = false;
    let timer = 0;
    const judge = () => {
      const counts = inSight && document.visibilityState === "visible" && document.hasFocus();
      if (counts && !timer) timer = setTimeout(seen, SEEN_MS);
      if (!counts && timer) timer = clearTimeout(timer) || 0;
    };
    const watcher = new IntersectionObserver(
      (entries) => {
        const { intersectionRatio, boundingClientRect: box } = entries[entries.length - 1];
        inSight = intersectionRatio >= (box.width * box.height >= LARGE_PIXELS ? 0.3 : 0.5);
        judge();
      },
      { threshold: [0.3, 0.5] },
    );
    const moments = [[document, "visibilitychange"], [window, "focus"], [window, "blur"]];
    const seen = () => {
      watcher.disconnect();
      moments.forEach(([target, name]) => target.removeEventListener(name, judge));
      report();
    };
    moments.forEach(([target, name]) => target.addEventListener(name, judge));
    watcher.observe(element);
  };

  // Who reads, if the page says so: an id is for readers who consented, a session for the others.
  const reader = async () => {
    const { reader: id, session } = script.dataset;
    return { ...(id && { id }), ...(session && { session }), consent: await consent() };
  };

  const pageView = () =>
    crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint32Array(4))].join("-");

  const fill = async () => {
    look();
    const widgets = places("widget");
    const slots = places("slot");
    known = await reader();
    view = script.dataset.pageView || pageView();
    if (!widgets.length && !slots.length) return;
    const asked = {
      site: script.dataset.site,
      article: article(),
      widgets: widgets.map(widget),
      slots: slots.map(slot),
      page_view: view,
      reader: known,
    };
    // Sent as plain text, which browsers send across origins without asking first.
    const answer = await fetch(`${base}/v1/page?format=html`, {
      method: "POST",
      body: JSON.stringify(asked),
      credentials: "omit",
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    const page = await answer.json();
    if (!answer.ok) throw new Error(page.detail || page.title);
    show(widgets, page.widgets);
    show(slots, page.slots);
    look();
  };

  document.addEventListener("click", followed, true);
  document.addEventListener("auxclick", followed, true);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && send());
  window.addEventListener("pagehide", send);

  // A browser does not say whether nobody answered, the page's policy forbade the call, or the site does not know the page.
  const reason = (error) =>
    error instanceof TypeError
      ? `no answer from ${base}. Is it in connect-src of the page's policy, and ${location.origin} in the site's origins?`
      : error.message;
  const begin = () => fill().catch((error) => console.warn(`Standfirst: ${reason(error)}`));
  const whenRead = () =>
    document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", begin, { once: true }) : begin();
  // A page that a browser prepares ahead of need asks when it is looked at.
  if (document.prerendering) document.addEventListener("prerenderingchange", whenRead, { once: true });
  else whenRead();
})();
