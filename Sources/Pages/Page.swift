/// A self-contained page in one file, without network access or scripts.
package struct Page: Sendable {
  /// A section of the page, with a heading.
  package struct Section: Sendable {
    let heading: String
    let caption: String
    let body: HTML

    package init(heading: String, caption: String, body: HTML) {
      self.heading = heading
      self.caption = caption
      self.body = body
    }
  }

  /// The HTML of the page.
  package let html: String

  /// Creates a page of sections below a title and facts. `footer` says who should see it.
  package init(
    title: String, facts: [(name: String, value: String)], sections: [Section], footer: String
  ) {
    let body = sections.map { section -> HTML in
      """
      <section>
      <h2>\(section.heading)</h2>
      <p class="caption">\(section.caption)</p>
      \(section.body)
      </section>

      """
    }
    let facts = facts.map { fact -> HTML in
      let style = fact.value.count > 40 ? "long" : "short"
      return #"<div class="\#(style)"><dt>\#(fact.name)</dt><dd>\#(fact.value)</dd></div>"#
    }
    let page: HTML = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <title>\(title)</title>
      <style>\(HTML(markup: PageStyle.css))</style>
      </head>
      <body>
      <header>
      <h1>\(title)</h1>
      <dl class="facts">\(facts)</dl>
      </header>
      <main>
      \(body)</main>
      <footer>\(footer)</footer>
      </body>
      </html>

      """
    html = page.text
  }
}
