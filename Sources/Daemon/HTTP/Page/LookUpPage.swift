import NIOCore
import Pages

/// The look-up page: its markup, and what it may load, which is only what this server has at `/page.js`, `/page.css`
/// and beneath `/api`.
enum LookUpPage {
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

  /// The style of all pages, and of this one.
  static let style = Array(PageStyle.css.utf8) + PackageResources.page_css

  static let html = ByteBuffer(string: markup.text)

  private static let markup: HTML = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Latent</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page.css">
    <script src="/page.js" defer></script>
    </head>
    <body>
    <header>
    <h1>Latent</h1>
    <p class="caption" id="state" role="status">Asking the daemon what is in service&#8230;</p>
    <noscript><p class="failure">This page needs JavaScript. Without it, use /api/recommend?user=1, /api/similar?item=1, /api/explain?user=1&amp;item=1, /api/models.</p></noscript>
    </header>
    <main>
    <section aria-labelledby="asks">
    <h2 id="asks">Look up</h2>
    <p class="only-several"><label for="model">Model</label> <select id="model"></select></p>
    <div class="asks">
    <form id="of-user">
    <h3>For a user</h3>
    <p><label for="user">User</label><input id="user" name="user" required autocomplete="off" autocapitalize="off" spellcheck="false"></p>
    <p><label for="user-count">How many</label><input id="user-count" name="count" type="number" min="1" max="1000" value="10" required></p>
    <button>Recommend</button>
    </form>
    <form id="of-item">
    <h3>Like an item</h3>
    <p><label for="item">Item</label><input id="item" name="item" required autocomplete="off" autocapitalize="off" spellcheck="false"></p>
    <p><label for="item-count">How many</label><input id="item-count" name="count" type="number" min="1" max="1000" value="10" required></p>
    <button>Find similar</button>
    </form>
    <form id="of-pair">
    <h3>One user, one item</h3>
    <p><label for="pair-user">User</label><input id="pair-user" name="user" required autocomplete="off" autocapitalize="off" spellcheck="false"></p>
    <p><label for="pair-item">Item</label><input id="pair-item" name="item" required autocomplete="off" autocapitalize="off" spellcheck="false"></p>
    <button>Predict and explain</button>
    </form>
    </div>
    </section>
    <section id="answer" aria-labelledby="answer-title" aria-live="polite" aria-busy="false" tabindex="-1" hidden>
    <h2 id="answer-title"></h2>
    <div id="answer-body"></div>
    </section>
    <section aria-labelledby="models-title">
    <h2 id="models-title">In service</h2>
    <div id="models"></div>
    </section>
    <section aria-labelledby="daemon-title">
    <h2 id="daemon-title">The daemon</h2>
    <dl class="facts" id="daemon"></dl>
    </section>
    </main>
    <footer>Read only. Shows the replies to <code>RECOMMEND</code>, <code>SIMILAR</code>, <code>EXPLAIN</code>, <code>PREDICT</code> and <code>INFO</code>; the same as JSON under <code>/api</code>, metrics for Prometheus at <a href="/metrics">/metrics</a>.</footer>
    </body>
    </html>

    """
}
