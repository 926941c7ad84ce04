"""The look of the approval pages: one style sheet, which the content security policy allows by its hash."""

import base64
import hashlib

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1a2230; --soft: #566174; --line: #dde2ea;
  --accent: #1f5fbf; --go: #17693f; --go-ink: #ffffff; --stop: #a32a2a; --stop-ink: #ffffff;
  --was: #fbeceb; --was-ink: #7d2420; --new: #e8f5ed; --new-ink: #14532f;
  --warn: #fdf3dc; --warn-ink: #6a4a06;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11151c; --card: #191f29; --ink: #e8ecf3; --soft: #a5b0c2; --line: #2e3745;
    --accent: #8ab8ff; --go: #2f9560; --go-ink: #04130b; --stop: #e5716b; --stop-ink: #1e0606;
    --was: #35201f; --was-ink: #f3b9b3; --new: #16301f; --new-ink: #a9e2c0;
    --warn: #352b14; --warn-ink: #f0d596;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; justify-content: space-between; align-items: center; padding-top: 1.25rem; }
header p { margin: 0; }
.brand { font-weight: 650; letter-spacing: 0.01em; }
.env {
  border: 1px solid var(--line); border-radius: 99px; padding: 0.1rem 0.75rem;
  font-size: 0.875rem; color: var(--soft); background: var(--card);
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.25rem 0 0.5rem; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1.0625rem; margin: 0 0 0.75rem; }
p { margin: 0 0 0.75rem; }
.lead, .soft { color: var(--soft); }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem;
  padding: 1.125rem; margin: 1rem 0;
}
.card > :last-child { margin-bottom: 0; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.5rem; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 500; font-size: 0.875rem; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; width: 8.5rem; }
td span { display: inline-block; border-radius: 0.375rem; padding: 0.0625rem 0.4375rem; }
.was span { background: var(--was); color: var(--was-ink); }
.new span { background: var(--new); color: var(--new-ink); }
.money { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.75rem; margin: 0 0 0.75rem; }
.money div { display: flex; flex-direction: column; }
.money dt { color: var(--soft); font-size: 0.875rem; }
.money dd { margin: 0; font-size: 1.1875rem; font-weight: 600; font-variant-numeric: tabular-nums; }
ul { margin: 0 0 0.75rem; padding-left: 1.125rem; }
li { margin-bottom: 0.5rem; overflow-wrap: anywhere; }
code { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
blockquote { margin: 0 0 0.25rem; padding-left: 0.875rem; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; }
figcaption { color: var(--soft); font-size: 0.875rem; padding-left: 1.0625rem; overflow-wrap: anywhere; }
a, summary { color: var(--accent); }
summary { cursor: pointer; padding: 0.625rem 0; }
.note a { color: inherit; }
.note { border-radius: 0.5rem; padding: 0.75rem 0.875rem; background: var(--warn); color: var(--warn-ink); }
label, .label { display: block; font-weight: 600; margin-bottom: 0.25rem; }
.hint { color: var(--soft); font-size: 0.9375rem; margin-bottom: 0.375rem; }
.fault { color: var(--was-ink); background: var(--was); border-radius: 0.375rem; padding: 0.375rem 0.625rem; }
input, textarea {
  width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 0.5rem; padding: 0.75rem; margin-bottom: 1rem;
}
input { min-height: 3rem; max-width: 24rem; display: block; }
.digits { letter-spacing: 0.25em; font-variant-numeric: tabular-nums; max-width: 12rem; }
textarea { min-height: 6rem; resize: vertical; display: block; }
button {
  width: 100%; min-height: 3.25rem; font: inherit; font-weight: 650; border: 0; border-radius: 0.625rem;
  cursor: pointer;
}
.approve { background: var(--go); color: var(--go-ink); }
.decline { background: var(--stop); color: var(--stop-ink); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
footer { color: var(--soft); font-size: 0.875rem; padding-top: 0.5rem; padding-bottom: 3rem; overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: block; padding: 0.625rem 0; }
  tbody th, tbody td { display: block; width: auto; padding: 0.125rem 0; }
  td[data-label]::before { content: attr(data-label); display: block; color: var(--soft); font-size: 0.8125rem; }
  .money { grid-template-columns: 1fr; }
  .money div { flex-direction: row; justify-content: space-between; align-items: baseline; gap: 1rem; }
}
@media (forced-colors: active) { button, .env, input, textarea { border: 1px solid; } }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""The content security policy of every page: this style sheet, a form that posts back, and nothing else."""

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
"""What every page is sent with. The referrer policy keeps the link, which is in the address, on the page."""
