import Pages

/// A part of a report on an image model, in a file of its own. ``ImageReportPage`` lists them.
protocol ImageReportPart: PagePart {
  /// Creates the part from `data`; nil if there is nothing to show.
  init?(_ data: ImageReportData)
}

/// A self-contained report on an image model in one file, without network access or scripts. It is a few megabytes
/// at most, however many images there are.
package struct ImageReportPage: Sendable {
  /// The parts, in order.
  private static let parts: [any ImageReportPart.Type] = [
    ClassFiguresPart.self, NumberFiguresPart.self, ConfusionPart.self, LabelCountsPart.self,
    ThresholdsPart.self, ReliabilityPart.self, ScatterPart.self, ResultsPart.self,
    LossesPart.self, SuspectsPart.self, AlikePart.self, WeakGroupsPart.self,
  ]

  /// The HTML of the page.
  package let html: String

  /// Creates the page about `data`. Reads the images shown, some two hundred at most.
  package init(_ data: ImageReportData) {
    let sections = Self.parts.compactMap { $0.init(data) }.map { Page.Section($0) }
    html =
      Page(
        title: data.title, facts: data.facts, sections: sections,
        footer:
          "Made by Latent. This page contains images of the data set: anyone who has it can see them."
      ).html
  }
}
