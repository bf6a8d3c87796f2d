import Pages

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
    let sections = Self.parts.compactMap { $0.init(data) }.map { Page.Section($0) }
    html =
      Page(
        title: data.title, facts: data.facts, sections: sections,
        footer: "Made by Latent. The page shows ratings of people: whoever has it can see them."
      ).html
  }
}
