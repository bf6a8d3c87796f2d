import Pages

/// A part of the page about a model of images: a file that says what it shows, and how; ``ImageReportPage`` lists them.
protocol ImageReportPart: PagePart {
  /// What it shows of `data`; nil where there is nothing to show.
  init?(_ data: ImageReportData)
}

/// A page that tells all about a model of images, in one file: it needs no network and no script, and is a few
/// megabytes at the most, however many images there are.
package struct ImageReportPage: Sendable {
  /// The parts, in their order.
  private static let parts: [any ImageReportPart.Type] = [
    ClassFiguresPart.self, NumberFiguresPart.self, ConfusionPart.self, LabelCountsPart.self,
    ThresholdsPart.self, ReliabilityPart.self, ScatterPart.self, ResultsPart.self,
    LossesPart.self, SuspectsPart.self, AlikePart.self, WeakGroupsPart.self,
  ]

  /// The page, in HTML.
  package let html: String

  /// The page about `data`. Reads the images that are shown, some two hundred at the most.
  package init(_ data: ImageReportData) {
    let sections = Self.parts.compactMap { $0.init(data) }.map { Page.Section($0) }
    html =
      Page(
        title: data.title, facts: data.facts, sections: sections,
        footer:
          "Made by Latent. The page holds images of the data set: whoever has it can see them."
      ).html
  }
}
