// Pointing lights, clicking pins, heads sort, codes copy. Marks carry the indices of what they belong to (see view.py).
"use strict";

const root = document.documentElement;
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

const listed = (element, name) => (element.dataset[name] || "").split(" ").filter(Boolean);

for (const ring of document.querySelectorAll(".ring")) {
  const marks = [...ring.querySelectorAll(".mark, .edges line")];
  const reasons = [...ring.querySelectorAll("button.reason")];
  const dealers = [...ring.querySelectorAll("button.dealer")];
  const kinds = [...ring.querySelectorAll("button.kind")];
  let pinned = null;

  // name is m, s, d or r; values are indices, and a mark that has one of them is lit.
  const light = (name, values) => {
    const wanted = new Set(values);
    ring.classList.toggle("lighting", wanted.size > 0);
    for (const mark of marks) mark.classList.toggle("lit", listed(mark, name).some((value) => wanted.has(value)));
  };
  const rest = () => (pinned ? light(...pinned.what) : light("r", []));
  const show = (button, what) => {
    button.addEventListener("mouseenter", () => light(...what));
    button.addEventListener("mouseleave", rest);
    button.addEventListener("focus", () => light(...what));
    button.addEventListener("blur", rest);
    button.addEventListener("click", () => {
      const again = pinned && pinned.button === button;
      for (const other of [...reasons, ...dealers, ...kinds]) other.setAttribute("aria-pressed", "false");
      pinned = again ? null : { button, what };
      button.setAttribute("aria-pressed", String(!again));
      if (again) light("r", []); else light(...what);
    });
  };
  for (const reason of reasons) show(reason, ["r", [reason.dataset.reason]]);
  for (const dealer of dealers) show(dealer, ["d", dealer.dataset.dealer.split(" ")]);
  for (const kind of kinds) show(kind, ["s", kind.dataset.kind.split(" ")]);
  ring.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pinned) return;
    pinned.button.setAttribute("aria-pressed", "false");
    pinned = null;
    light("r", []);
  });

  for (const mark of ring.querySelectorAll(".mark")) {
    // An identifier lights everybody who holds it, a member lights all it holds.
    const identifier = mark.classList.contains("identifier") || mark.closest("details");
    const what = identifier ? ["s", listed(mark, "s")] : ["m", listed(mark, "m")];
    mark.addEventListener("mouseenter", () => light(...what));
    mark.addEventListener("mouseleave", rest);
    mark.addEventListener("focusin", () => light(...what));
    mark.addEventListener("focusout", rest);
  }
}

// A table that is cut says how many rows are below.
for (const more of document.querySelectorAll(".more")) {
  const box = more.previousElementSibling;
  const rows = [...box.querySelectorAll("tbody tr")];
  const tell = () => {
    const end = box.getBoundingClientRect().bottom;
    const below = rows.filter((row) => row.getBoundingClientRect().bottom > end + 4).length;
    more.hidden = box.scrollHeight <= box.clientHeight + 4;
    more.textContent = below ? document.body.dataset.more.replace("{n}", below) : "\u00a0";
  };
  box.addEventListener("scroll", tell);
  addEventListener("resize", tell);
  more.addEventListener("click", () => {
    box.classList.remove("tall");
    tell();
  });
  tell();
}

for (const table of document.querySelectorAll(".sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const sortBy = (column) => {
    const head = heads[column];
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => {
      const cell = row.cells[column];
      return cell.dataset.order ?? cell.textContent.trim();
    };
    const apart = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b, root.lang, { numeric: true }) : a - b);
    const compare = (a, b) => apart(value(a), value(b)) * (down ? -1 : 1);
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  };
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    head.addEventListener("click", () => sortBy(column));
    head.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      sortBy(column);
    });
  });
}

const said = document.getElementById("said");
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  said.textContent = `${text} ${document.body.dataset.copied}`;
  setTimeout(() => { said.textContent = ""; }, 2000);
});

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
