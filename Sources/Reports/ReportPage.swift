import Pages

/// A self-contained report on a model in one file, without network access or scripts.
package struct ReportPage: Sendable {
  /// The parts, in order.
  private static let parts: [any ReportPart.Type] = [
    FiguresPart.self, SlicesPart.self, CurvesPart.self, CalibrationPart.self, LongTailPart.self,
    ItemMapPart.self, ExampleUsersPart.self,
  ]

  /// The HTML of the page.
  package let html: String

  /// Creates the page about `data`. The confidence intervals are bootstrapped over users: that takes seconds for
  /// many users.
  package init(_ data: ReportData) {
    let sections = Self.parts.compactMap { $0.init(data) }.map { Page.Section($0) }
    html =
      Page(
        title: data.title, facts: data.facts, sections: sections,
        footer: "Made by Latent. This page shows people's ratings: anyone who has it can see them."
      ).html
  }
}
