import Foundation

/// A page that tells all about a model, in one file: it needs no network and no script.
package struct ReportPage: Sendable {
  /// The parts, in their order.
  private static let parts: [any ReportPart.Type] = [
    FiguresPart.self, SlicesPart.self, CurvesPart.self, CalibrationPart.self, LongTailPart.self,
    ItemMapPart.self, ExampleUsersPart.self,
  ]

  /// The page, in HTML.
  package let html: String

  /// The page about `data`. Takes intervals by drawing users anew: seconds for a great many.
  package init(_ data: ReportData) {
    let parts = Self.parts.compactMap { $0.init(data) }
    let sections = parts.map { part -> HTML in
      """
      <section>
      <h2>\(part.heading)</h2>
      <p class="caption">\(part.caption)</p>
      \(part.body)
      </section>

      """
    }
    let facts = data.facts.map { fact -> HTML in
      let style = fact.value.count > 40 ? "long" : "short"
      return #"<div class="\#(style)"><dt>\#(fact.name)</dt><dd>\#(fact.value)</dd></div>"#
    }
    let page: HTML = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(data.title)</title>
      <style>\(HTML(markup: ReportStyle.css))</style>
      </head>
      <body>
      <header>
      <h1>\(data.title)</h1>
      <dl class="facts">\(facts)</dl>
      </header>
      <main>
      \(sections)</main>
      <footer>Made by Latent. The page shows ratings of people: whoever has it can see them.</footer>
      </body>
      </html>

      """
    html = page.text
  }
}
