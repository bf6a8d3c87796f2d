import Pages

/// A part of a report, in a file of its own. ``ReportPage/parts`` lists them.
protocol ReportPart: PagePart {
  /// Creates the part from `data`; nil if there is nothing to show.
  init?(_ data: ReportData)
}
