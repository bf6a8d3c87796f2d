import Pages

/// A part of a report's page: a file that says what it shows, and how; ``ReportPage/parts`` lists them.
protocol ReportPart: PagePart {
  /// What it shows of `data`; nil where there is nothing to show.
  init?(_ data: ReportData)
}
